"""Sequence operators over ragged rows: features are ``[N, F]``, sequence b is ``rows[offsets[b]:offsets[b + 1]]``.

An operator is computed by the native core where the compiled library is there (`gatewise.ops.native`), else by its
NumPy twin, which reads like the paper and which tests compare the core with.
"""
