"""Sequence operators over ragged rows: features are ``[N, F]``, sequence b is ``rows[offsets[b]:offsets[b + 1]]``."""
