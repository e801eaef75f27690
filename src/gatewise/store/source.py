"""What training can begin with: the folder of a model, or of an encoder."""

from __future__ import annotations

from pathlib import Path

from gatewise.store.encoder import StoredEncoder, is_encoder, read_encoder
from gatewise.store.folder import StoredModel, read_model
from gatewise.store.locate import find_model


def read_source(name_or_path: str | Path) -> StoredModel | StoredEncoder:
    """Read the model or the encoder of a name or a folder, whichever it is; of a model its network and words only.

    Args:
        name_or_path: See `find_model`.

    Raises:
        ModelError: There is neither, or it is damaged.
    """
    folder = find_model(name_or_path)
    return read_encoder(folder) if is_encoder(folder) else read_model(folder, parts=())
