"""Runs ONNX's backend tests through `kiln run` and compares the outcome of each with expected.tsv.

    run.py --kiln build/dev/bin/kiln [--data FOLDER] [--expected FILE] [--filter REGEX] [--every N] [--jobs N] [--update]

A line of expected.tsv is a test and either `pass`, `pass given NAMES` (inputs that decide a shape are given to the
compiler with --input-value), either with `filled` (rows of -1 follow those that were recorded), or the message that it
fails with, in which `...` stands for anything. In front of it may be `given NAMES: `, behind it ` -- ` and an
explanation. A test that does not do what its line says is an error in both directions, and so is one that fails with
another message, so the file stays true; so is a crash, whatever the line says. --update writes the file anew.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from math import isinf, isnan
from pathlib import Path

import onnx_files

HERE = Path(__file__).resolve().parent
SUITES = ("node", "pytorch-converted", "pytorch-operator", "simple")
TOLERANCE = {"float": 1e-4, "half": 1e-3, "bfloat": 1e-2, "integer": 0}  # of max|a-b| / max|b|
SECONDS = 120


class Failure(Exception):
    """Why a test did not pass, in one line."""


def difference(actual, expected):
    """max|a-b| / max|b|; infinite where NaN or infinity are not in the same places."""
    worst = scale = 0.0
    for a, b in zip(actual, expected):
        if isnan(b) or isinf(b):
            if not (isnan(a) and isnan(b)) and a != b:
                return float("inf")
            continue
        worst = max(worst, abs(a - b)) if a == a else float("inf")
        scale = max(scale, abs(b))
    return worst / scale if scale else worst


def without_filling(actual, expected):
    """The rows of a result of fixed size that a result of the recorded size has, if rows of -1 are all that follows them."""
    rows, size = expected.shape[:1], len(expected.elements)
    is_filled = actual.shape[1:] == expected.shape[1:] and actual.shape[:1] > rows and set(actual.elements[size:]) == {-1}
    return onnx_files.Tensor(expected.shape, actual.elements[:size], actual.kind) if is_filled else actual


def compare(npy: Path, pb: bytes, name: str) -> bool:
    """Whether rows of -1 follow what was recorded; a Failure where anything else differs."""
    expected = onnx_files.read_pb(pb)
    whole = onnx_files.read_npy(npy)
    actual = without_filling(whole, expected)
    if actual.shape != expected.shape:
        raise Failure(f"output {name} has the shape {actual.shape} instead of {expected.shape}")
    error = difference(actual.elements, expected.elements)
    if not error <= TOLERANCE[expected.kind]:
        raise Failure(f"output {name} is off by {error:.1e}")
    return actual is not whole


def first_error(stderr: str) -> str:
    """The first error of a run, without the path of the model, on one line."""
    lines = stderr.splitlines()
    for index, line in enumerate(lines):
        if "error: " in line:
            text = line.split("error: ", 1)[1]
            if text.endswith("not supported:"):
                text = "operator that is not supported: " + lines[index + 1].split(": ", 1)[1]
            return re.sub(r"\S*/data/\S*:? ?", "", text).split("; ")[0]
    return lines[-1] if lines else "failed without a message"


def run_set(kiln: str, folder: Path, data_set: Path, model, given, scratch: Path) -> bool:
    """Whether an output is filled up with rows of -1."""
    command = [kiln, "run", str(folder / "model.onnx"), "--threads=1"]
    for index, (name, kind) in enumerate(model.inputs):
        recorded = data_set / f"input_{index}.pb"
        copy = scratch / recorded.name
        copy.write_bytes(onnx_files.with_type(recorded.read_bytes(), kind))
        command.append(("--input-value=" if name in given else "--input=") + f"{name}={copy}")
    outputs = [scratch / f"{index}.npy" for index in range(len(model.outputs))]
    command += [f"--output={name}={npy}" for (name, _), npy in zip(model.outputs, outputs)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"defect: more than {SECONDS} s") from None
    if run.returncode not in (0, 1):
        raise Failure(f"defect: exit status {run.returncode}: {first_error(run.stderr)}")
    if run.returncode != 0:
        raise Failure(first_error(run.stderr).replace(f"{scratch}/", ""))
    filled = False
    for index, ((name, kind), npy) in enumerate(zip(model.outputs, outputs)):
        recorded = (data_set / f"output_{index}.pb").read_bytes()
        filled |= compare(npy, onnx_files.with_type(recorded, kind), name)
    return filled


def run_test(kiln: str, folder: Path, given):
    """The outcome of a test as expected.tsv writes it."""
    names = ",".join(given)
    try:
        model = onnx_files.read_model(folder / "model.onnx")
        sets = sorted(path for path in folder.glob("test_data_set_*") if path.is_dir())
        if not sets:
            raise Failure("has no recorded data")
        filled = False
        for data_set in sets:
            with tempfile.TemporaryDirectory() as scratch:
                filled |= run_set(kiln, folder, data_set, model, given, Path(scratch))
    except (Failure, ValueError) as reason:
        return (f"given {names}: " if given else "") + str(reason).replace("\t", " ")
    return "pass" + (" filled" if filled else "") + (f" given {names}" if given else "")


def discover_given(kiln: str, folder: Path):
    """Like run_test, but gives the compiler each input that turns out to decide a shape."""
    given = []
    while True:
        outcome = run_test(kiln, folder, given)
        wanted = re.search(r"\(input '([^']*)'\) is computed at run time", outcome)
        if not wanted or wanted[1] in given:
            return outcome
        given.append(wanted[1])


def given_by(line: str):
    found = re.match(r"pass.* given (.*)|given (.*?): ", line)
    return (found[1] or found[2]).split(",") if found else []


def message_of(line: str) -> str:
    """A line without its explanation."""
    return line.partition(" -- ")[0]


def agrees(outcome: str, line: str) -> bool:
    if "defect: " in outcome:
        return False
    parts = map(re.escape, message_of(line).split("..."))
    return re.fullmatch(".*".join(parts), outcome) is not None


def read_expected(path: Path):
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


def write_expected(path: Path, old, outcomes):
    """Keeps the lines that still agree, with their explanations."""
    lines = ["# ONNX's backend tests (libonnx-testdata 1.12): test, then `pass`, `pass given INPUTS`, or why not."]
    for name, outcome in sorted({**old, **outcomes}.items()):
        keep = name in old and agrees(outcome, old[name])
        lines.append(f"{name}\t{old[name] if keep else re.sub(r'off by .*', 'off by ...', outcome)}")
    path.write_text("\n".join(lines) + "\n")


def select_tests(arguments):
    names = [f"{suite}/{path.parent.name}" for suite in SUITES
             for path in sorted((arguments.data / suite).glob("*/model.onnx"))]
    return [name for name in names if re.search(arguments.filter, name)][::arguments.every]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kiln", required=True)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/libonnx-testdata/data"))
    parser.add_argument("--expected", type=Path, default=HERE / "expected.tsv")
    parser.add_argument("--filter", default="", help="only tests whose name, such as node/test_abs, matches")
    parser.add_argument("--every", type=int, default=1, help="only one test of so many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    expected = read_expected(arguments.expected)
    tests = select_tests(arguments)

    def judge(name):
        folder = arguments.data / name
        if arguments.update:
            return discover_given(arguments.kiln, folder)
        return run_test(arguments.kiln, folder, given_by(expected.get(name, "")))

    with ThreadPoolExecutor(arguments.jobs) as pool:
        outcomes = dict(zip(tests, pool.map(judge, tests)))
    passed = sum(outcome.startswith("pass") for outcome in outcomes.values())
    print(f"{len(tests)} tests, {passed} passed, {len(tests) - passed} with a reason why not")
    if arguments.update:
        write_expected(arguments.expected, expected, outcomes)
        return 0
    wrong = {name: outcome for name, outcome in outcomes.items() if not agrees(outcome, expected.get(name, "pass"))}
    for name, outcome in wrong.items():
        print(f"{name}: {outcome}; expected: {expected.get(name, 'pass')}")
    if not arguments.filter and arguments.every == 1:
        for name in sorted(expected.keys() - outcomes.keys()):
            wrong[name] = "is gone"
            print(f"{name}: is in expected.tsv, but not among the tests")
    return 1 if wrong or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
