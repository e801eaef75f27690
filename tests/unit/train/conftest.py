from __future__ import annotations

import sys
from pathlib import Path

# `small.py` beside the tests holds the problem they share.
sys.path.insert(0, str(Path(__file__).parent))
