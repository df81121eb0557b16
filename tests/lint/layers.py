"""Checks who includes whom: layers.py ROOT. Prints one line for each forbidden include and exits with 1.

A quoted or bracketed path that begins with a folder of the tree counts as that folder; what has another first part is a
library. `allowed` names both; headers without a folder (<vector>, <stdint.h>) are the language's and free, except in
runtime/core, which is freestanding."""
import re
import sys
from pathlib import Path

LLVM = {"llvm", "llvm-c", "mlir", "mlir-c"}
RULES = {
    "runtime/core": {"kiln"},
    "runtime/include": {"kiln"},
    "runtime/hosted": {"kiln", "runtime/hosted", "sys"},
    "dialects": {"dialects"} | LLVM,
    "frontends": {"frontends", "dialects", "onnx", "google", "sys"} | LLVM,
    "compiler": {"compiler", "dialects", "kiln", "runtime/manifest_generated.h", "flatbuffers", "lld"} | LLVM,
}
FREESTANDING = {"cpuid.h", "float.h", "immintrin.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
                "stdint.h", "kiln"}
SUFFIXES = {".c", ".cpp", ".def", ".h", ".td"}
INCLUDE = re.compile(r"^[ \t]*#?[ \t]*include[ \t]+[\"<]([^\">]+)[\">]", re.MULTILINE)


def is_allowed(folder: str, header: str) -> bool:
    """Whether a file under `folder` may include `header`."""
    if "/" not in header:
        return folder != "runtime/core" or header in FREESTANDING
    return any(header == name or header.startswith(name + "/") for name in RULES[folder])


def violations(root: Path):
    """Pairs of a file and a header that it must not include."""
    for folder in RULES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES:
                for header in INCLUDE.findall(path.read_text()):
                    if not is_allowed(folder, header):
                        yield path.relative_to(root), header, folder


def main() -> int:
    found = list(violations(Path(sys.argv[1])))
    for path, header, folder in found:
        print(f"{path}: includes {header}; {folder} may include {', '.join(sorted(RULES[folder]))}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
