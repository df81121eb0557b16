"""damage.py MODEL [--cuts N] [--flips N] [--seed S]: what kiln compile makes of damaged copies of a model.

The model is cut off at N places and, in N other copies, one byte is changed. Every run has to end with exit status 0 or 1, within
10 seconds of processor time and 1 GB, and a failing one with a message. Prints a line for each that does not, and a summary.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SECONDS, KILOBYTES = 10, 1_000_000
PATIENCE = 120  # seconds until a process counts as hanging, on a machine that others use too


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def damaged_copies(data: bytes, arguments: argparse.Namespace):
    """Pairs of a description and the bytes. A third of the flips hits the first kilobytes, where the structure is."""
    numbers = random.Random(arguments.seed)
    for i in range(arguments.cuts):
        length = len(data) * i // arguments.cuts
        yield f"cut at {length}", data[:length]
    for i in range(arguments.flips):
        place = numbers.randrange(min(len(data), 4096) if i % 3 == 0 else len(data))
        value = numbers.randrange(1, 256)
        copy = bytearray(data)
        copy[place] ^= value
        yield f"byte {place} xor {value}", bytes(copy)


def compile_copy(folder: Path, number: int, data: bytes) -> tuple[int, float, int, str]:
    """Exit status, seconds of processor time, peak kilobytes and messages of one compilation."""
    model = folder / f"{number}.onnx"
    model.write_bytes(data)
    start = time.monotonic()
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(["kiln", "compile", model, "--emit=obj", "-o", folder / f"{number}.o"],
                                   stdout=messages, stderr=messages, start_new_session=True)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > PATIENCE:
                os.kill(process.pid, signal.SIGKILL)  # Popen.kill would reap it and hide its usage
            time.sleep(0.01)
        process.returncode = os.waitstatus_to_exitcode(status)
        messages.seek(0)
        text = messages.read().decode(errors="replace")
    for file in folder.glob(f"{number}.*"):
        file.unlink()
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text


def complaint(status: int, seconds: float, kilobytes: int, text: str) -> str:
    if status not in (0, 1):
        return f"exit status {status}: {text.strip()[-300:]}"
    if seconds > SECONDS:
        return f"{seconds:.1f} seconds"
    if kilobytes > KILOBYTES:
        return f"{kilobytes} kB"
    return "no message" if status == 1 and "error: " not in text else ""


def main() -> int:
    arguments = parse_arguments()
    copies = list(damaged_copies(arguments.model.read_bytes(), arguments))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as workers:
        results = list(workers.map(lambda item: compile_copy(Path(folder), item[0], item[1][1]), enumerate(copies)))
    bad = [(copy[0], complaint(*result)) for copy, result in zip(copies, results) if complaint(*result)]
    for what, why in bad:
        print(f"{arguments.model.name}, {what}: {why}")
    refused = sum(result[0] == 1 for result in results)
    print(f"{len(results)} copies of {arguments.model.name}: {refused} refused, {len(bad)} mishandled; at most "
          f"{max(result[1] for result in results):.1f} s, {max(result[2] for result in results) / 1000:.0f} MB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
