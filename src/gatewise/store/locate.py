"""Which folder is meant by the name of a model."""

from __future__ import annotations

import re
from pathlib import Path

from gatewise.errors import ModelError

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|hf:|www\.")


# The encoder that is meant where none is named.
PACKAGED_ENCODER = "imdb-encoder"


def packaged_models() -> list[str]:
    """Names of the models that come with the package."""
    return sorted(folder.parent.name for folder in _packaged().glob("*/config.json"))


def find_model(name_or_path: str | Path) -> Path:
    """The folder of a model.

    Args:
        name_or_path: Name of a packaged model (``imdb``), or a path; ``./imdb`` is a folder called imdb.

    Raises:
        ModelError: No such model or folder, a file, or an address: nothing is ever downloaded.

    Example:
        >>> find_model("https://example.org/model")
        Traceback (most recent call last):
        gatewise.errors.ModelError: https://example.org/model: models are not fetched from addresses
        download the folder yourself and give its path
    """
    written = str(name_or_path)
    if _URL.match(written):
        hint = "download the folder yourself and give its path"
        raise ModelError("models are not fetched from addresses", where=written, hint=hint)
    if isinstance(name_or_path, str) and _NAME.fullmatch(written) and (_packaged() / written).is_dir():
        return _packaged() / written
    if "\0" in written or not written:
        raise ModelError("this is no path", where=repr(written))
    path = Path(written).expanduser()
    if not path.exists():
        names = ", ".join(packaged_models()) or "none"
        raise ModelError("there is no such folder", where=written, hint=f"models that come with the package: {names}")
    if not path.is_dir():
        raise ModelError("this is a file, wanted a model folder", where=written, hint=f"perhaps {path.parent}")
    return path


def find_encoder(name_or_path: str | Path | None = None) -> Path:
    """The folder of an encoder.

    Args:
        name_or_path: See `find_model`; the packaged encoder when not given.

    Raises:
        ModelError: No such folder, or none was given and none comes with the package.
    """
    if name_or_path is None and not (_packaged() / PACKAGED_ENCODER).is_dir():
        raise ModelError(
            "no encoder is named, and none comes with this package",
            hint="make one with gatewise pretrain TEXT --out ENCODER, then name it with --encoder ENCODER",
        )
    return find_model(PACKAGED_ENCODER if name_or_path is None else name_or_path)


def _packaged() -> Path:
    # Beside this package, which is always unpacked: the weights are read from real files.
    return Path(__file__).resolve().parents[1] / "packaged"
