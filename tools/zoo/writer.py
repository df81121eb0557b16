"""Writes a graph as an ONNX file, one tensor in memory at a time.

A protobuf message is its fields one after the other, each with its length before it. The graph's length is computed
first and its initializers are then streamed, so VGG-16 needs the memory of its largest layer, not three times 553 MB.
The file is no different from one that `onnx.save` writes.
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from onnx import GraphProto, ModelProto, TensorProto, helper

from zoo.graph import Graph
from zoo.initializer import Initializer

PROTOBUF_LIMIT = 2**31 - 1
ELEMENT_TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}


def save(graph: Graph, path: Path) -> int:
    """Writes `graph` to `path` and returns the file's size in bytes."""
    nodes = _nodes(graph).SerializeToString(deterministic=True)
    prefixes = [_prefix(initializer) for initializer in graph.initializers]
    size = len(nodes) + sum(len(p) for p in prefixes) + sum(i.bytes for i in graph.initializers)
    if size > PROTOBUF_LIMIT:
        raise ValueError(f"{graph.name}: {size} bytes are more than one protobuf message can hold")
    with path.open("wb") as file:
        file.write(_header(graph) + _field(ModelProto, "graph", size) + nodes)
        for prefix, initializer in zip(prefixes, graph.initializers):
            file.write(prefix)
            _write_values(file, initializer, graph.name)
        return file.tell()


def _header(graph: Graph) -> bytes:
    """The model message without its graph."""
    opset = helper.make_opsetid("", graph.opset)
    version = max(4, helper.find_min_ir_version_for([opset]))  # older ones want every weight among the inputs
    return ModelProto(ir_version=version, producer_name="kiln-zoo",
                      opset_import=[opset]).SerializeToString(deterministic=True)


def _nodes(graph: Graph) -> GraphProto:
    """The graph without its initializers."""

    def infos(tensors):
        return [helper.make_tensor_value_info(t.name, TensorProto.FLOAT, t.shape) for t in tensors]

    return helper.make_graph(graph.nodes, graph.name, infos(graph.inputs), infos(graph.outputs))


def _prefix(initializer: Initializer) -> bytes:
    """The bytes of an initializer in its graph up to, not including, its values."""
    tensor = TensorProto(name=initializer.name, dims=initializer.shape, data_type=ELEMENT_TYPES[initializer.dtype])
    head = tensor.SerializeToString(deterministic=True) + _field(TensorProto, "raw_data", initializer.bytes)
    return _field(GraphProto, "initializer", len(head) + initializer.bytes) + head


def _write_values(file: BinaryIO, initializer: Initializer, network: str) -> None:
    values = np.ascontiguousarray(initializer.values(network), initializer.dtype.newbyteorder("<"))
    assert values.nbytes == initializer.bytes, initializer.name
    file.write(values.data if values.ndim else values.tobytes())


def _field(message: type, name: str, length: int) -> bytes:
    """Key and length of a length-delimited field (wire type 2 of the protobuf encoding)."""
    return _varint(message.DESCRIPTOR.fields_by_name[name].number << 3 | 2) + _varint(length)


def _varint(value: int) -> bytes:
    """Base-128 number, least significant group first."""
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    groups.append(value)
    return bytes(groups)
