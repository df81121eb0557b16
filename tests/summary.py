"""Counts lit's results: how many tests that need the real models ran, then 'N passed, N failed, N skipped' alone on a
line. The exit status is 1 when a test failed or none ran."""
import json
import re
import sys
from pathlib import Path

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}
TESTS = Path(__file__).resolve().parent
NEEDS_MODELS = re.compile(r"REQUIRES:.*\bmodels\b")


def needs_models(name: str) -> bool:
    """`name` is lit's: 'kiln :: compiler/graph/simplify.mlir'."""
    path = TESTS / name.split(" :: ", 1)[-1]
    return path.is_file() and bool(NEEDS_MODELS.search(path.read_text(errors="replace")))


def main() -> int:
    try:
        tests = json.loads(Path(sys.argv[1]).read_text())["tests"]
    except OSError:
        print("no test ran: lit left no results", file=sys.stderr)
        return 1
    skipped = [test for test in tests if test["code"] in SKIPPED]
    passed = [test for test in tests if test["code"] in PASSED]
    models = [test for test in tests if needs_models(test["name"])]
    ran = sum(test["code"] not in SKIPPED for test in models)
    failed = len(tests) - len(passed) - len(skipped)
    print(f"{ran} of {len(models)} tests that need the real models ran")
    print(f"{len(passed)} passed, {failed} failed, {len(skipped)} skipped")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
