"""Checks that every verifier rule has a label of its own and a test: rules.py DIALECTS_FOLDER TESTS_FOLDER.

A rule is a line `- LABEL: ...` in the ODS; its negative test expects a message that ends with `[LABEL]`.
"""
import collections
import re
import sys
from pathlib import Path


def texts(folder: Path, *patterns: str) -> str:
    return "".join(path.read_text() for pattern in patterns for path in sorted(folder.rglob(pattern)))


def main() -> int:
    dialects, tests = Path(sys.argv[1]), Path(sys.argv[2])
    rules = collections.Counter(re.findall(r"^ *- ([A-Z]+[0-9]+): ", texts(dialects, "*.td"), re.M))
    tested = set(re.findall(r"\[([A-Z]+[0-9]+)\]", texts(tests, "*-invalid.mlir", "*Test.cpp")))
    problems = [f"rule {label} stands in the ODS {count} times" for label, count in sorted(rules.items()) if count != 1]
    problems += [f"rule {label} has no negative test" for label in sorted(rules.keys() - tested)]
    problems += [f"label {label} is tested but no rule in the ODS" for label in sorted(tested - rules.keys())]
    print("\n".join(problems))
    return 1 if problems or not rules else 0


if __name__ == "__main__":
    sys.exit(main())
