from __future__ import annotations

import sys
from pathlib import Path

# `lstm_twins.py` beside the tests holds what they share.
sys.path.insert(0, str(Path(__file__).parent))
