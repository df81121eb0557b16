"""Just enough of protobuf and .npy to compare tensors and to name a model's inputs and outputs, with the standard
library alone. Field numbers are those of onnx.proto."""
import ast
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path

# TensorProto.DataType: the letter of `struct` for one element in raw_data, and the field for typed elements.
FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL, FLOAT16, DOUBLE, BFLOAT16 = 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 16
RAW = {FLOAT: "f", UINT8: "B", INT8: "b", UINT16: "H", INT16: "h", INT32: "i", INT64: "q", BOOL: "?", FLOAT16: "e",
       DOUBLE: "d", BFLOAT16: "H"}
FLOATS = {FLOAT, FLOAT16, DOUBLE, BFLOAT16}


@dataclass
class Tensor:
    shape: tuple
    elements: list
    kind: str  # "float", "half", "bfloat" or "integer"


@dataclass
class Model:
    inputs: list  # (name, DataType) of the inputs without initializer
    outputs: list  # (name, DataType)


def fields(data):
    """The (number, value) pairs of a message: an int for a varint, bytes for everything else."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while position < len(data):
        tag = varint()
        wire = tag & 7
        if wire == 0:
            yield tag >> 3, varint()
            continue
        length = varint() if wire == 2 else 8 if wire == 1 else 4
        yield tag >> 3, data[position:position + length]
        position += length


def signed(value, bits=64):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def integers(value):
    """A packed list of varints, or a single one that was not packed."""
    if isinstance(value, int):
        return [signed(value)]
    return [signed(element) for _, element in fields(b"".join(b"\x08" + part for part in varints(value)))]


def varints(data):
    start = 0
    for end, byte in enumerate(data, 1):
        if byte < 0x80:
            yield data[start:end]
            start = end


def bfloat(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


def half(bits):
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def with_type(data: bytes, kind: int) -> bytes:
    """The TensorProto as the type that its model says: recorded tensors of bfloat16 call themselves uint16."""
    return data + b"\x10\x10" if kind == BFLOAT16 else data


def read_pb(data: bytes) -> Tensor:
    """A serialised TensorProto."""
    dims, kind, raw, typed = [], 0, None, []
    for number, value in fields(data):
        if number == 1:
            dims += integers(value)
        elif number == 2:
            kind = value
        elif number == 9:
            raw = value
        elif number in (4, 10):
            letter = "f" if number == 4 else "d"
            typed += [element for element, in struct.iter_unpack("<" + letter, value)]
        elif number in (5, 7):
            typed += integers(value)
    if kind not in RAW:
        raise ValueError(f"elements of type {kind}")
    if raw is not None:
        elements = [element for element, in struct.iter_unpack("<" + RAW[kind], raw)]
        if kind == BFLOAT16:
            elements = [bfloat(bits) for bits in elements]
    elif kind in (FLOAT16, BFLOAT16):
        elements = [(half if kind == FLOAT16 else bfloat)(bits & 0xFFFF) for bits in typed]
    else:
        elements = typed
    if len(elements) != prod(dims):
        raise ValueError("the shape and the number of elements differ")
    return Tensor(tuple(dims), elements, {FLOAT16: "half", BFLOAT16: "bfloat"}.get(kind, "float" if kind in FLOATS else "integer"))


def read_npy(path: Path) -> Tensor:
    """An array in C order, as `kiln run --output` writes it; bfloat16 comes as V2, two bytes without meaning."""
    data = path.read_bytes()
    length = struct.unpack("<H" if data[6] == 1 else "<I", data[8:10] if data[6] == 1 else data[8:12])[0]
    start = (10 if data[6] == 1 else 12) + length
    header = ast.literal_eval(data[start - length:start].decode())
    letter = {"f4": "f", "f2": "e", "f8": "d", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "i8": "q",
              "b1": "?", "V2": "H"}[header["descr"][1:]]
    elements = [element for element, in struct.iter_unpack("<" + letter, data[start:])]
    if header["descr"][1:] == "V2":
        elements = [bfloat(bits) for bits in elements]
    return Tensor(tuple(header["shape"]), elements, "integer" if isinstance(next(iter(elements), 0), int) else "float")


def read_value(data: bytes):
    """Name and DataType of a ValueInfoProto; 0 for what is no tensor."""
    found = dict(fields(data))
    tensor = dict(fields(found.get(2, b""))).get(1, b"")
    return found[1].decode(), dict(fields(tensor)).get(1, 0)


def read_model(path: Path) -> Model:
    graph = list(fields(dict(fields(path.read_bytes()))[7]))
    initializers = {dict(fields(value)).get(8) for number, value in graph if number == 5}
    values = {field: [read_value(value) for number, value in graph if number == field] for field in (11, 12)}
    return Model([(name, kind) for name, kind in values[11] if name.encode() not in initializers], values[12])
