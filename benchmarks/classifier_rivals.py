"""The LSTM text classifier as ONNX Runtime and torch run it best, with the weights and answers of ours.

Both pad reviews of similar length to the longest of them. Torch's fused kernel knows no lengths, so the backward
direction is a second kernel call over reversed reviews: exact, and far faster than `pack_padded_sequence`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

Floats = npt.NDArray[np.float32]
Logits = npt.NDArray[Any]


def random_tensors(config: NetworkConfig) -> dict[str, Floats]:
    """Weights of the size that trained ones have."""
    random = np.random.default_rng(0)
    return {
        name: (random.standard_normal(shape) * 0.1).astype(np.float32) for name, shape in config.tensor_shapes().items()
    }


def by_length(tokens: Ragged, batch_texts: int) -> list[npt.NDArray[np.int64]]:
    """Batches of similar length, longest first."""
    order = np.argsort(-tokens.lengths, kind="stable")
    return [order[start : start + batch_texts] for start in range(0, len(order), batch_texts)]


def grid(tokens: Ragged, part: npt.NDArray[np.int64], *, reverse: bool = False) -> npt.NDArray[np.int64]:
    """``[T, b]`` ids of some reviews, each from its first word, or from its last one, on; zeros after it."""
    lengths = tokens.lengths[part]
    padded = np.zeros((len(part), int(lengths.max())), dtype=np.int64)
    for row, (index, length) in enumerate(zip(part.tolist(), lengths.tolist(), strict=True)):
        padded[row, :length] = tokens[index][::-1] if reverse else tokens[index]
    return np.ascontiguousarray(padded.T)


class TorchClassifier:
    """Torch's side: embedding, one `nn.LSTM` a direction, pooling by mask, head."""

    def __init__(self, config: NetworkConfig, tensors: dict[str, Floats]) -> None:
        weights = {name: torch.from_numpy(array) for name, array in tensors.items()}
        self.config, self.embedding = config, weights["embedding.weight"]
        self.head = (weights["head.weight"], weights["head.bias"])
        self.lstms = []
        for suffix in ("l0", "l0_reverse")[: config.directions]:
            lstm = nn.LSTM(config.embedding_size, config.hidden_size)
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            lstm.load_state_dict({f"{name}_l0": weights[f"encoder.{name}_{suffix}"] for name in names})
            self.lstms.append(lstm.eval())

    @torch.inference_mode()
    def logits(self, tokens: Ragged, batch_texts: int) -> Logits:
        """``[B, outputs]`` in the order of `tokens`."""
        found = torch.empty(len(tokens), self.config.outputs)
        for part in by_length(tokens, batch_texts):
            found[torch.from_numpy(part)] = self._batch(tokens, part)
        return found.numpy()

    def _batch(self, tokens: Ragged, part: npt.NDArray[np.int64]) -> torch.Tensor:
        lengths = torch.from_numpy(tokens.lengths[part])
        hidden = [
            lstm(nn.functional.embedding(torch.from_numpy(grid(tokens, part, reverse=bool(number))), self.embedding))[0]
            for number, lstm in enumerate(self.lstms)
        ]
        # Positions past the end are the same ones in both grids, and no part of the pooling looks at the order.
        states = torch.cat(hidden, dim=2) if len(hidden) > 1 else hidden[0]
        past = (torch.arange(len(states))[:, None] >= lengths)[:, :, None]
        pools = {
            "last": lambda: states[lengths - 1, torch.arange(len(part))],
            "max": lambda: states.masked_fill(past, -torch.inf).amax(0),
            "mean": lambda: states.masked_fill(past, 0.0).sum(0) / lengths[:, None],
        }
        pooled = torch.cat([pools[name]() for name in self.config.pooling.split("+")], dim=1)
        return nn.functional.linear(pooled, *self.head)


class OnnxClassifier:
    """ONNX Runtime's side: one graph with its own LSTM operator, which is given the lengths."""

    def __init__(self, config: NetworkConfig, tensors: dict[str, Floats], threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        model = onnx_model(config, tensors).SerializeToString()
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.outputs = config.outputs

    def logits(self, tokens: Ragged, batch_texts: int) -> Logits:
        """``[B, outputs]`` in the order of `tokens`."""
        found = np.empty((len(tokens), self.outputs), dtype=np.float32)
        for part in by_length(tokens, batch_texts):
            feeds = {"ids": grid(tokens, part), "lengths": tokens.lengths[part].astype(np.int32)}
            found[part] = self.session.run(None, feeds)[0]
        return found


def onnx_model(config: NetworkConfig, tensors: dict[str, Floats]) -> onnx.ModelProto:
    """The classifier as a graph from ``ids`` [T, b] and ``lengths`` [b] to ``logits`` [b, outputs]."""
    suffixes = ("l0", "l0_reverse")[: config.directions]
    width = config.hidden_size * config.directions
    constants: dict[str, npt.NDArray[Any]] = {
        "embedding": tensors["embedding.weight"],
        "W": np.stack([_onnx_gates(tensors[f"encoder.weight_ih_{suffix}"]) for suffix in suffixes]),
        "R": np.stack([_onnx_gates(tensors[f"encoder.weight_hh_{suffix}"]) for suffix in suffixes]),
        "B": np.stack([
            np.concatenate([_onnx_gates(tensors[f"encoder.bias_{name}_{suffix}"]) for name in ("ih", "hh")])
            for suffix in suffixes
        ]),
        "head_weight": tensors["head.weight"],
        "head_bias": tensors["head.bias"],
        "flat": np.array([-1, width]),
        "zero": np.array(0),
        "one": np.array(1),
        "lowest": np.array(-2.0, dtype=np.float32),  # below any hidden state
        "time_axis": np.array([0]),
        "column": np.array([1, -1, 1]),
        "row": np.array([-1, 1, 1]),
        "grid": np.array([0, 0, width]),
    }  # fmt: skip
    parts = config.pooling.split("+")
    nodes = [
        helper.make_node("Gather", ["embedding", "ids"], ["x"]),
        helper.make_node(
            "LSTM",
            ["x", "W", "R", "B", "lengths"],
            ["Y", "Y_h"],
            hidden_size=config.hidden_size,
            direction="bidirectional" if config.bidirectional else "forward",
        ),
        *(node for part in parts for node in _ONNX_POOLS[part]()),
        helper.make_node("Concat", parts, ["features"], axis=1),
        helper.make_node("Gemm", ["features", "head_weight", "head_bias"], ["logits"], transB=1),
    ]
    if {"max", "mean"} & set(parts):
        nodes[2:2] = _onnx_grid()
    graph = helper.make_graph(
        nodes,
        "classifier",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["T", "b"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["b"]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", config.outputs])],
        [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model


def _onnx_gates(rows: Floats) -> Floats:
    """From the gate order i, f, g, o to ONNX's i, o, f, g."""
    i, f, g, o = np.split(rows, 4)
    return np.concatenate([i, o, f, g])


def _onnx_grid() -> list[onnx.NodeProto]:
    """Y [T, D, b, H] as ``states`` [T, b, D * H], and ``inside`` [T, b, 1]."""
    node = helper.make_node
    return [
        node("Transpose", ["Y"], ["Y_tb"], perm=[0, 2, 1, 3]),
        node("Reshape", ["Y_tb", "grid"], ["states"]),
        node("Shape", ["ids"], ["time"], start=0, end=1),
        node("Squeeze", ["time"], ["T"]),
        node("Range", ["zero", "T", "one"], ["positions"]),
        node("Reshape", ["positions", "row"], ["positions_t"]),
        node("Cast", ["lengths"], ["lengths_wide"], to=TensorProto.INT64),
        node("Reshape", ["lengths_wide", "column"], ["lengths_b"]),
        node("Less", ["positions_t", "lengths_b"], ["inside"]),
    ]


def _onnx_last() -> list[onnx.NodeProto]:
    node = helper.make_node
    return [node("Transpose", ["Y_h"], ["Y_hb"], perm=[1, 0, 2]), node("Reshape", ["Y_hb", "flat"], ["last"])]


def _onnx_max() -> list[onnx.NodeProto]:
    node = helper.make_node
    return [
        node("Where", ["inside", "states", "lowest"], ["real_states"]),
        node("ReduceMax", ["real_states"], ["max"], axes=[0], keepdims=0),
    ]


def _onnx_mean() -> list[onnx.NodeProto]:
    """The operator leaves zeros past the end of a sequence."""
    node = helper.make_node
    return [
        node("ReduceSum", ["states", "time_axis"], ["sum"], keepdims=0),
        node("Cast", ["lengths"], ["count"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["count", "one"], ["count_b"]),
        node("Div", ["sum", "count_b"], ["mean"]),
    ]


_ONNX_POOLS = {"last": _onnx_last, "max": _onnx_max, "mean": _onnx_mean}
