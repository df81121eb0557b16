"""Checks that every verifier rule is tested: rules.py DIALECT_FOLDER TEST_FOLDER.

A rule is a line `- LABEL: ...` in the ODS; its negative test expects a message that ends with `[LABEL]`.
"""
import re
import sys
from pathlib import Path


def main() -> int:
    dialect, tests = Path(sys.argv[1]), Path(sys.argv[2])
    rules = {label for path in dialect.glob("*.td") for label in re.findall(r"^ *- ([A-Z]+[0-9]+): ", path.read_text(), re.M)}
    negative = "".join(path.read_text() for pattern in ("*-invalid.mlir", "*Test.cpp") for path in tests.glob(pattern))
    tested = set(re.findall(r"\[([A-Z]+[0-9]+)\]", negative))
    for label in sorted(rules - tested):
        print(f"rule {label} has no negative test")
    for label in sorted(tested - rules):
        print(f"label {label} is tested but no rule in the ODS")
    return 1 if rules != tested or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
