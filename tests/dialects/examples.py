"""Prints the examples of the ODS as a module for kiln-opt: examples.py FILE.td...

An example is a block between ```mlir and ```. Its operands, which nothing defines, become arguments of a function around
it; functions and weights that it refers to stand beside. What prints must be read and verified.
"""
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"```mlir\n(.*?)```", re.S)
STATEMENT = re.compile(r"(?:[^\n]|\n\s)+")
BESIDE = ("func.func private", "kernel.weight @")


def operands(statement: str):
    """Pairs of an operand and its type: `op %x, %y : (A, B) -> C`, or `op %x : A`."""
    operation = re.sub(r"^[%\w, ]+ = ", "", statement)
    types = re.search(r"\s: \((.*?)\) ->|\s: ([^()]*)$", operation, re.S)
    names = re.findall(r"%\w+", operation[: types.start()])
    return list(zip(names, re.findall(r"\w+<.*?>+(?=,|$)", (types[1] or types[2]).strip())))


def wrapped(number: int, block: str) -> str:
    statements = [match.group().strip() for match in STATEMENT.finditer(block)]
    beside = [text for text in statements if text.startswith(BESIDE)]
    inside = [text for text in statements if not text.startswith(BESIDE)]
    arguments = ", ".join(f"{name}: {kind}" for text in inside for name, kind in operands(text))
    return "\n".join([*beside, f"func.func @example{number}({arguments}) {{", *inside, "return", "}"])


def main() -> int:
    text = "\n".join(Path(name).read_text() for name in sys.argv[1:])
    blocks = [re.sub(r"^    ", "", block, flags=re.M) for block in BLOCK.findall(text)]
    print("\n\n// -----\n\n".join(wrapped(number, block) for number, block in enumerate(blocks)))
    return 0 if blocks else 1


if __name__ == "__main__":
    sys.exit(main())
