"""Where a file of a model or of weights holds weights, and checksums that do not give damage away."""
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

from onnx_values import values_of_tensors

DARKNET_HEADER = 20
LOCAL_HEADER, LOCAL_SIGNATURE, LOCAL_CHECKSUM, LOCAL_LENGTHS = 30, b"PK\3\4", 14, 26
ENTRY_SIGNATURE, ENTRY_CHECKSUM, ENTRY_SIZE, ENTRY_OFFSET = b"PK\1\2", 16, 20, 42


def values_in_file(path: Path) -> list[tuple[int, int]]:
    """Beginnings and ends of the weights. Of an archive, the weights of its HDF5 file."""
    if path.suffix == ".onnx":
        return values_of_tensors(path.read_bytes())
    if path.suffix == ".weights":
        return [(DARKNET_HEADER, path.stat().st_size)]
    if path.suffix == ".keras":
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo("model.weights.h5")
            name, extra = struct.unpack_from("<HH", path.read_bytes(), entry.header_offset + LOCAL_LENGTHS)
            begin = entry.header_offset + LOCAL_HEADER + name + extra
            return [(begin + at, begin + end) for at, end in values_of_datasets(BytesIO(archive.read(entry)))]
    return values_of_datasets(path) if path.suffix in (".h5", ".hdf5") else []


def values_of_datasets(file) -> list[tuple[int, int]]:
    """Of the datasets of an HDF5 file that lie in one piece."""
    import h5py
    found = []

    def visit(_, item):
        if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None:
            found.append((item.id.get_offset(), item.id.get_offset() + item.id.get_storage_size()))

    with h5py.File(file) as hdf5:
        hdf5.visititems(visit)
    return sorted(found)


def with_right_checksums(data: bytes, suffix: str) -> bytes:
    """An archive of stored entries whose checksums agree with what their bytes are, as far as its directory can be followed."""
    if suffix != ".keras":
        return data
    sealed, at = bytearray(data), data.find(ENTRY_SIGNATURE)
    while at >= 0 and at + ENTRY_OFFSET + 4 <= len(data):
        (local,), (size,) = (struct.unpack_from("<I", data, at + field) for field in (ENTRY_OFFSET, ENTRY_SIZE))
        if data[local : local + 4] == LOCAL_SIGNATURE and local + LOCAL_HEADER <= at:
            begin = local + LOCAL_HEADER + sum(struct.unpack_from("<HH", data, local + LOCAL_LENGTHS))
            for place in (at + ENTRY_CHECKSUM, local + LOCAL_CHECKSUM):
                struct.pack_into("<I", sealed, place, zlib.crc32(data[begin : begin + size]))
        at = data.find(ENTRY_SIGNATURE, at + 4)
    return bytes(sealed)
