"""Gatewise: gated recurrent networks for text, trained on an ordinary CPU and run without a framework.

The public names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatewise.version import __version__ as __version__

if TYPE_CHECKING:
    from gatewise.classifier import TextClassifier as TextClassifier
    from gatewise.classifier import load as load
    from gatewise.errors import GatewiseError as GatewiseError

__all__ = ["GatewiseError", "TextClassifier", "__version__", "load"]

_HOMES = {"TextClassifier": "gatewise.classifier", "load": "gatewise.classifier", "GatewiseError": "gatewise.errors"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'gatewise' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
