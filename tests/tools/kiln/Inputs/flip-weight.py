"""flip-weight.py LIBRARY WEIGHT OUT: copies a compiled network with the sign bit of one large packed weight flipped."""
import json
import struct
import subprocess
import sys

library, wanted, out = sys.argv[1:]
manifest = json.loads(subprocess.check_output(["kiln", "inspect", "--json", library]))[0]
weight = next(weight for weight in manifest["weights"] if weight["name"] == wanted)
sections = subprocess.check_output(["llvm-readelf", "-SW", library], text=True).splitlines()
fields = next(line for line in sections if ".kiln_weights" in line).split(".kiln_weights")[1].split()
data = bytearray(open(library, "rb").read())
start = int(fields[2], 16) + weight["offset"]
values = struct.unpack_from(f"<{weight['bytes'] // 4}f", data, start)
largest = max(range(len(values)), key=lambda i: abs(values[i]))
data[start + 4 * largest + 3] ^= 0x80
open(out, "wb").write(data)
