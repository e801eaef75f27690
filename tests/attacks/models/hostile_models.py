"""Hostile and damaged model folders: each entry turns a good folder into a bad one.

`MUTATIONS` maps a name to (function, pattern): the function damages the folder given, the pattern is what the error
must say. Where a file is damaged *with* a right digest (`forge`), the attacker has also rewritten config.json, which
anybody can: digests find accidents, the checks behind them find malice.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from forging import CONFIG, MODEL, TOKENIZER, add, edit, forge, mutation, raw, split, tensors
from forging import MUTATIONS as MUTATIONS
from safetensors.numpy import save

# --- files that are not there, or are not files ---------------------------------------------------------------------


@mutation("no model in this folder")
def no_config(folder: Path) -> None:
    (folder / CONFIG).unlink()


@mutation("model.safetensors: the file is missing")
def no_weights(folder: Path) -> None:
    (folder / MODEL).unlink()


@mutation("tokenizer.json: the file is missing")
def no_tokenizer(folder: Path) -> None:
    (folder / TOKENIZER).unlink()


def replaced(folder: Path, name: str, make: Callable[[Path], None]) -> None:
    (folder / name).rename(folder / "aside")
    make(folder / name)


for _name in (CONFIG, MODEL, TOKENIZER):
    add(f"pipe_{_name}", "not a regular file", replaced, _name, os.mkfifo)
    add(f"folder_{_name}", "not a regular file", replaced, _name, os.mkdir)
    add(f"link_{_name}", "symbolic links", replaced, _name, lambda path: path.symlink_to("aside"))
    add(f"link_outside_{_name}", "symbolic links", replaced, _name, lambda path: path.symlink_to("/etc/hostname"))
    add(f"link_to_nothing_{_name}", "symbolic links", replaced, _name, lambda path: path.symlink_to("nowhere"))
    add(f"link_to_device_{_name}", "symbolic links", replaced, _name, lambda path: path.symlink_to("/dev/zero"))
    add(f"link_loop_{_name}", "symbolic links", replaced, _name, lambda path: path.symlink_to(path.name))

# --- files cut short, stretched, changed ----------------------------------------------------------------------------


def cut(folder: Path, name: str, share: float) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[: int(len(data) * share)])


for _share in (0.0, 0.3, 0.999):
    add(f"cut_{CONFIG}_{_share}", "damaged JSON", cut, CONFIG, _share)
    add(f"cut_{MODEL}_{_share}", "wanted", cut, MODEL, _share)
    add(f"cut_{TOKENIZER}_{_share}", "wanted", cut, TOKENIZER, _share)


@mutation("wanted")
def a_byte_too_many(folder: Path) -> None:
    (folder / MODEL).write_bytes((folder / MODEL).read_bytes() + b"\0")


@mutation("SHA-256 differs")
def one_bit_flipped(folder: Path) -> None:
    data = bytearray((folder / MODEL).read_bytes())
    data[-5] ^= 1
    (folder / MODEL).write_bytes(data)


@mutation("SHA-256 differs")
def one_tokenizer_bit_flipped(folder: Path) -> None:
    data = bytearray((folder / TOKENIZER).read_bytes())
    data[5] ^= 1
    (folder / TOKENIZER).write_bytes(data)


@mutation("at most")
def huge_config(folder: Path) -> None:
    with (folder / CONFIG).open("ab") as file:
        file.truncate(1 << 40)  # A hole: costs nothing on the disk, and everything to whoever reads it all.


@mutation("wanted")
def huge_weights(folder: Path) -> None:
    with (folder / MODEL).open("ab") as file:
        file.truncate(1 << 40)


# --- config.json ----------------------------------------------------------------------------------------------------

_CONFIGS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "damaged JSON"),
    "not_utf8": (b'{"a": "\xff"}', "damaged JSON"),
    "utf16": ('{"a": 1}'.encode("utf-16"), "damaged JSON"),
    "nul": (b"\0" * 100, "damaged JSON"),
    "pickle": (b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07builtin.", "damaged JSON"),
    "deep_lists": (b"[" * 200_000, "nested too deeply"),
    "deep_objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "list": (b"[]", "not the configuration"),
    "string": (b'"config"', "not the configuration"),
    "null": (b"null", "not the configuration"),
    "empty_object": (b"{}", "not the configuration"),
    "files_only": (b'{"files": {}}', "not the configuration"),
    "nan": (b'{"temperature": NaN}', "NaN is not a number"),
    "infinity": (b'{"temperature": -Infinity}', "not a number"),
    "long_integer": (b'{"format_version": ' + b"9" * 5000 + b"}", "damaged JSON"),
    "twice": (b'{"format": 1, "format": 2}', "occurs twice"),
    "surrogate": (b'{"format": "\\ud800", "files": {}}', "damaged JSON"),
    "other_model": (b'{"architectures": ["BertModel"], "files": {}}', "not the configuration"),
}
for _key, (_data, _pattern) in _CONFIGS.items():
    add(f"config_{_key}", _pattern, lambda folder, data: (folder / CONFIG).write_bytes(data), _data)

_BLEND = {"weight": 0.5, "network_scale": 1.0, "rival_scale": 1.0}
_ENTRIES: list[tuple[tuple[str, ...], Any, str]] = [
    (("format",), "gatewise-language-model", "not the configuration"),
    (("format_version",), 2, "format version 2 is unknown"),
    (("format_version",), "1", "format version '1' is unknown"),
    (("network", "network"), "os.system", "not one of lstm, gru, rnn"),
    (("network", "network"), ["lstm"], "not one of"),
    (("network", "network"), "gru", "wanted"),
    (("network", "pooling"), "first", "not one of"),
    (("network", "pooling"), "max", "head.weight has shape"),
    (("network", "hidden_size"), -1, "whole number"),
    (("network", "hidden_size"), 0, "whole number"),
    (("network", "hidden_size"), 2**62, "whole number"),
    (("network", "hidden_size"), 4.0, "whole number"),
    (("network", "hidden_size"), True, "whole number"),
    (("network", "hidden_size"), "4", "whole number"),
    (("network", "hidden_size"), 5, "wanted"),
    (("network", "vocabulary_size"), 10**10, "whole number"),
    (("network", "vocabulary_size"), 10**7, "wanted"),
    (("network", "layers"), 10**6, "whole number"),
    (("network", "layers"), 2, "is missing"),
    (("network", "bidirectional"), True, "is missing"),
    (("network", "bidirectional"), 1, "not True or False"),
    (("network", "recurrent_bias"), False, "does not belong here"),
    (("network", "classes"), 3, "not 3 different names"),
    (("network", "weights_url"), "http://localhost/x", "unknown entry 'weights_url'"),
    (("network",), None, "must be an object"),
    (("network",), {}, "missing entry"),
    (("text",), [], "must be an object"),
    (("text", "truncation"), "middle", "not one of"),
    (("text", "max_tokens"), -5, "whole number"),
    (("text", "max_tokens"), 0, "does not go with"),
    (("labels",), ["neg"], "not 2 different names"),
    (("labels",), ["neg", "neg"], "not 2 different names"),
    (("labels",), ["neg", 1], "mix strings and integers"),
    (("labels",), ["neg", None], "strings or integers"),
    (("labels",), [["neg"], ["pos"]], "strings or integers"),
    (("labels",), "ab", "must be a list"),
    (("labels",), ["n" * 10_000, "pos"], "at most 1000 characters"),
    (("temperature",), 0, "is not a number from"),
    (("temperature",), 1e-300, "is not a number from"),
    (("temperature",), -1.0, "is not a number from"),
    (("temperature",), "1.0", "is not a number from"),
    (("temperature",), True, "is not a number from"),
    (("temperature",), 10**400, "is not a number from"),
    (("written_by",), 5, "not a string"),
    (("class",), "gatewise.Custom", "unknown entry 'class'"),
    (("blend",), None, "must be an object"),
    (("blend",), {}, "missing entry"),
    (("blend",), 0.5, "must be an object"),
    (("blend",), {**_BLEND, "weight": 2}, "weight=2 is not a number from"),
    (("blend",), {**_BLEND, "rival_scale": 0}, "rival_scale=0 is not a number from"),
    (("blend",), {**_BLEND, "network_scale": 1e300}, r"network_scale=1e\+300 is not a number from"),
    (("blend",), {**_BLEND, "code": "import os"}, "unknown entry 'code'"),
    (("files",), None, "not the configuration"),
    (("files",), [], "not the configuration"),
    (("files",), {}, "model.safetensors is not listed"),
    (("files", "../../etc/passwd"), {"sha256": "0" * 64, "bytes": 1}, "unknown file"),
    (("files", "config.json"), {"sha256": "0" * 64, "bytes": 1}, "unknown file"),
    (("files", MODEL), None, "must have sha256 and bytes"),
    (("files", MODEL), {"sha256": "0" * 64, "bytes": 1, "path": "/etc/passwd"}, "must have sha256 and bytes"),
    (("files", MODEL, "sha256"), "../../../../etc/passwd", "no SHA-256"),
    (("files", MODEL, "sha256"), "0" * 63 + "/", "no SHA-256"),
    (("files", MODEL, "sha256"), "0" * 64, "SHA-256 differs"),
    (("files", MODEL, "sha256"), "0" * 64 + "\n", "no SHA-256"),
    (("files", MODEL, "sha256"), 5, "no SHA-256"),
    (("files", MODEL, "bytes"), -1, "must have 0 to"),
    (("files", MODEL, "bytes"), 1 << 50, "must have 0 to"),
    (("files", MODEL, "bytes"), 1.5, "must have 0 to"),
]
for _place, _value, _pattern in _ENTRIES:
    add(f"config_{'.'.join(_place)}={str(_value)[:30]}", _pattern, edit, *_place, value=_value)

# --- model.safetensors, with a right digest -------------------------------------------------------------------------

add("weights_empty", "cut short", forge, MODEL, b"")
add("weights_seven_bytes", "cut short", forge, MODEL, b"\1" + b"\0" * 6)
add("weights_pickle", "safetensors", forge, MODEL, b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix.")
add("weights_zip", "safetensors", forge, MODEL, b"PK\x03\x04" + b"\0" * 100)
add("header_longer_than_file", "cut short", raw, b"{}", length=10**6)
add("header_of_2_to_64", "cut short", raw, b"{}", length=2**64 - 1)
add("header_huge", "cut short", raw, b"{" + b" " * (2 << 20) + b"}")
add("header_no_json", "damaged safetensors", raw, b"abc")
add("header_list", "damaged safetensors", raw, b"[]")
add("header_deep", "damaged safetensors", raw, b'{"a":' * 1000 + b"1" + b"}" * 1000)
add("header_no_utf8", "damaged safetensors", raw, b'{"\xff": 1}')
add("header_no_tensors", "is missing", raw, b"{}")


def one_tensor(folder: Path, **changes: Any) -> None:
    """The header entry of head.bias changed, the body kept."""
    header, body = split(folder)
    header["head.bias"].update(changes)
    raw(folder, json.dumps(header).encode(), body)


def overlapping(folder: Path) -> None:
    header, body = split(folder)
    size = header["head.bias"]["data_offsets"][1] - header["head.bias"]["data_offsets"][0]
    header["head.bias"]["data_offsets"] = [0, size]
    raw(folder, json.dumps(header).encode(), body)


add("overlap", "damaged safetensors", overlapping)
add("offsets_backwards", "damaged safetensors", one_tensor, data_offsets=[4, 0])
add("offsets_negative", "damaged safetensors", one_tensor, data_offsets=[-4, 0])
add("offsets_beyond_file", "damaged safetensors", one_tensor, data_offsets=[0, 1 << 40])
add("offsets_overflow", "damaged safetensors", one_tensor, data_offsets=[2**64 - 4, 2**64])
add("shape_overflow", "damaged safetensors", one_tensor, shape=[2**32, 2**32, 2**32])
add("shape_negative", "damaged safetensors", one_tensor, shape=[-1])
add("shape_no_list", "damaged safetensors", one_tensor, shape="1")
add("shape_larger_than_data", "damaged safetensors", one_tensor, shape=[1000])
add("dtype_unknown", "damaged safetensors", one_tensor, dtype="object")
add("dtype_number", "damaged safetensors", one_tensor, dtype=5)


@mutation("damaged safetensors")
def hole_before_the_data(folder: Path) -> None:
    header, body = split(folder)
    for name, entry in header.items():
        if name != "__metadata__":
            entry["data_offsets"] = [place + 8 for place in entry["data_offsets"]]
    raw(folder, json.dumps(header).encode(), b"#!/bin/s" + body)


@mutation("damaged safetensors")
def data_after_the_end(folder: Path) -> None:
    header, body = split(folder)
    raw(folder, json.dumps(header).encode(), body + b"PK\x03\x04")


add("tensor_extra", "tensor extra does not belong here", tensors, extra=np.zeros(1, np.float32))
add("tensor_path", "impossible tensor name", tensors, **{"../../x": np.zeros(1, np.float32)})
add("tensor_upper_case", "impossible tensor name", tensors, HEAD=np.zeros(1, np.float32))
add("tensor_long_name", "impossible tensor name", tensors, **{"a" * 129: np.zeros(1, np.float32)})
add("tensor_no_name", "impossible tensor name", tensors, **{"": np.zeros(1, np.float32)})
add("tensor_missing", "tensor head.bias is missing", tensors, head__bias=None)
add("tensor_empty", "head.bias has shape", tensors, head__bias=np.zeros(0, np.float32))
add("tensor_scalar", "head.bias has shape", tensors, head__bias=np.zeros((), np.float32))
add("tensor_turned", "encoder.weight_hh_l0 has shape", tensors, encoder__weight_hh_l0=np.zeros((4, 16), np.float32))
add("tensor_int", "dtype I64", tensors, head__bias=np.zeros(1, np.int64))
add("tensor_bool", "dtype BOOL", tensors, head__bias=np.zeros(1, bool))
add("tensor_double", "dtype F64", tensors, head__bias=np.zeros(1))
add("tensor_nan", "head.bias holds nan at position 0", tensors, head__bias=np.array([np.nan], np.float32))
add("tensor_infinite", "head.bias holds -inf", tensors, head__bias=np.array([-np.inf], np.float32))
add("tensor_half_nan", "head.bias holds nan", tensors, head__bias=np.array([np.nan], np.float16))


@mutation("baseline.safetensors is not listed")
def blend_without_rival(folder: Path) -> None:
    edit(folder, "blend", value=_BLEND)
    content = json.loads((folder / CONFIG).read_text())
    del content["files"]["baseline.safetensors"]
    (folder / CONFIG).write_text(json.dumps(content))


@mutation("baseline.safetensors: the file is missing")
def blend_rival_removed(folder: Path) -> None:
    edit(folder, "blend", value=_BLEND)
    (folder / "baseline.safetensors").unlink()


# --- word vectors in 8 bits -----------------------------------------------------------------------------------------


def in_8_bits(folder: Path, whole: Any = None, scale: Any = None, **others: Any) -> None:
    """Word vectors in 8 bits in the place of the good ones, and then the changes."""
    good = {"embedding__weight": np.zeros((7, 3), np.int8), "embedding__weight__scale": np.ones(7, np.float32)}
    given = {"embedding__weight": whole, "embedding__weight__scale": scale}
    changes = {name: array for name, array in given.items() if array is not None}
    tensors(folder, **{**good, **changes, **others})


def scales(*values: float, kind: Any = np.float32) -> Any:
    return np.array([*values, *[1.0] * (7 - len(values))], kind)


add("small_no_scale", "tensor embedding.weight.scale is missing", tensors, embedding__weight=np.zeros((7, 3), np.int8))
add("small_scale_alone", "does not belong here", tensors, embedding__weight__scale=np.ones(7, np.float32))
add("small_scale_zero", "scale holds 0.0 at position 1, wanted more than 0", in_8_bits, scale=scales(1, 0))
add("small_scale_negative", "scale holds -2.0 at position 0", in_8_bits, scale=scales(-2))
add("small_scale_nan", "scale holds nan at position 2", in_8_bits, scale=scales(1, 1, np.nan))
add("small_scale_infinite", "scale holds inf", in_8_bits, scale=scales(np.inf))
add("small_scale_too_large", "embedding.weight holds inf", in_8_bits, np.full((7, 3), 9, np.int8), scales(3e38))
add("small_scale_half", "scale has dtype float16", in_8_bits, scale=scales(kind=np.float16))
add("small_scale_int", "scale has dtype I8, which is for word vectors", in_8_bits, scale=scales(kind=np.int8))
add("small_scale_short", "scale has shape", in_8_bits, scale=np.ones(6, np.float32))
add("small_scale_one", "scale has shape", in_8_bits, scale=np.ones((), np.float32))
add("small_scale_square", "scale has shape", in_8_bits, scale=np.ones((7, 1), np.float32))
add("small_turned", "embedding.weight has shape", in_8_bits, np.zeros((3, 7), np.int8))
add("small_flat", "embedding.weight has shape", in_8_bits, np.zeros(21, np.int8))
add("small_scalar", "embedding.weight has shape", in_8_bits, np.zeros((), np.int8))
add("small_beyond", "embedding.weight holds -128", in_8_bits, np.full((7, 3), -128, np.int8))
add("small_head", "head.weight has dtype I8, which is for", in_8_bits, head__weight=np.zeros((1, 12), np.int8))
add("small_scale_of_head", "does not belong here", in_8_bits, head__weight__scale=np.ones(1, np.float32))
add("small_other", "does not belong here", in_8_bits, other__embedding__weight=np.zeros((7, 3), np.int8))

# --- the other files, with a right digest ---------------------------------------------------------------------------

add("tokenizer_no_utf8", "not UTF-8", forge, TOKENIZER, b"\xff\xfe")
add("metrics_list", "must be an object", forge, "metrics.json", b"[]")
add("metrics_nan", "NaN is not a number", forge, "metrics.json", b'{"accuracy": NaN}')
add("metrics_deep", "nested too deeply", forge, "metrics.json", b'{"a":' * 100_000 + b"1" + b"}" * 100_000)
add("metrics_surrogate", "damaged JSON", forge, "metrics.json", b'{"a": "\\udc00"}')
add("rows_signed", "dtype I64", forge, "training_rows.safetensors", save({"hashes": np.zeros(3, np.int64)}))
add("rows_unsorted", "sorted", forge, "training_rows.safetensors", save({"hashes": np.array([2, 1], np.uint64)}))
add("rows_square", "sorted", forge, "training_rows.safetensors", save({"hashes": np.zeros((2, 2), np.uint64)}))
add("rows_other", "sorted", forge, "training_rows.safetensors", save({"rows": np.zeros(2, np.uint64)}))
add("rival_nan", "weights holds nan", forge, "baseline.safetensors", save({"weights": np.array([np.nan])}))
add("rival_complex_name", "impossible", forge, "baseline.safetensors", save({"a/b": np.zeros(1)}))
