"""Where an ONNX file holds the values of its tensors, found in the wire format of protocol buffers."""
from typing import Iterator

# Messages by the number of the field that holds them: onnx.proto3 of the ONNX project.
INSIDE = {"model": {7: "graph"}, "graph": {1: "node", 5: "tensor"}, "node": {5: "attribute"},
          "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph"}, "tensor": {}}
VALUES = {4, 5, 7, 9, 10, 11}  # float_data, int32_data, int64_data, raw_data, double_data, uint64_data
SMALLEST = 64  # bytes; fewer are shapes, axes and the like


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def values_of_tensors(data: bytes) -> list[tuple[int, int]]:
    """Beginnings and ends of the values of every tensor with SMALLEST bytes or more."""
    return list(values_inside(data, "model", 0, len(data)))


def values_inside(data: bytes, message: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at < end:
        tag, at = read_varint(data, at)
        field, wire = tag >> 3, tag & 7
        if wire == 0:
            _, at = read_varint(data, at)
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            size, at = read_varint(data, at)
            if field in INSIDE[message]:
                yield from values_inside(data, INSIDE[message][field], at, at + size)
            elif message == "tensor" and field in VALUES and size >= SMALLEST:
                yield at, at + size
            at += size
