"""damage_library.py LIBRARY: two damaged copies, LIBRARY.loader with relocations of an unknown type, LIBRARY.code without code."""
import struct
import sys
from pathlib import Path


def sections(data: bytes):
    """Name, offset and bytes of each section of a 64-bit little-endian ELF file."""
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, table + size * i) for i in range(count)]
    strings = headers[names][4]
    for name, _, _, _, offset, length in headers:
        start = strings + name
        yield data[start:data.index(b"\0", start)].decode(), offset, length


library = Path(sys.argv[1])
data = library.read_bytes()
place = {name: (offset, length) for name, offset, length in sections(data)}

loader, (offset, length) = bytearray(data), place[".rela.dyn"]
for entry in range(offset, offset + length, 24):
    loader[entry + 8] = 0xEE  # r_info: the type
Path(f"{library}.loader").write_bytes(loader)

code, (offset, length) = bytearray(data), place[".text"]
code[offset:offset + length] = b"\xcc" * length  # int3
Path(f"{library}.code").write_bytes(code)
