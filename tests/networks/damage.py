"""damage.py FILE [--cuts N] [--flips N] [--seed S] [--weights-of=MODEL] [--option=O]...: what kiln compile makes of damaged copies.

FILE is a model (.onnx, .h5, .keras, .cfg, .json), or with --weights-of the weights of one. It is cut off at N places and, in N
other copies, one byte is changed, nine times in ten outside the weights. Every run has to end with exit status 0 or 1, within 10
seconds of processor time and 1 GB, and a failing one with a message. Prints a line for each that does not, and a summary.

Most time would go into code for copies that are as good as the model. So each copy is scheduled, and code is generated for those
whose schedule no earlier copy had, and for those with altered weights, which a schedule does not show.
"""
import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator, NamedTuple

from file_values import values_in_file, with_right_checksums

SECONDS, KILOBYTES = 10, 1_000_000
PATIENCE = 60  # seconds of processor time until a process counts as hanging


class Damage(NamedTuple):
    """A file ends at a place, or the byte there is altered by a mask."""
    place: int
    mask: int = 0
    in_weights: bool = False

    def __str__(self) -> str:
        return f"byte {self.place} xor {self.mask}" if self.mask else f"cut at {self.place}"

    def applied(self, data: bytes) -> bytes:
        if not self.mask:
            return data[: self.place]
        return data[: self.place] + bytes([data[self.place] ^ self.mask]) + data[self.place + 1 :]


class Run(NamedTuple):
    status: int
    seconds: float
    kilobytes: int
    messages: str

    def complaint(self) -> str:
        if self.status not in (0, 1):
            return f"exit status {self.status}: {self.messages.strip()[-300:]}"
        if self.seconds > SECONDS:
            return f"{self.seconds:.1f} seconds"
        if self.kilobytes > KILOBYTES:
            return f"{self.kilobytes} kB"
        return "no message" if self.status == 1 and "error: " not in self.messages else ""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights-of", type=Path, metavar="MODEL")
    parser.add_argument("--option", action="append", default=[], help="a further option of kiln compile")
    return parser.parse_args()


def damages(data: bytes, arguments: argparse.Namespace) -> Iterator[Damage]:
    numbers = random.Random(arguments.seed)
    weights = [place for begin, end in values_in_file(arguments.file) for place in range(begin, end)]
    structure = sorted(set(range(len(data))).difference(weights))
    for i in range(arguments.cuts):
        yield Damage(len(data) * i // arguments.cuts)
    for i in range(arguments.flips):
        in_weights = i % 10 == 0 and bool(weights)
        yield Damage(numbers.choice(weights if in_weights else structure), numbers.randrange(1, 256), in_weights)


def run(command: list) -> Run:
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))

    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(command, stdout=messages, stderr=messages, preexec_fn=limit)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        messages.seek(0)
        text = messages.read().decode(errors="replace")
    return Run(process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, text)


class Campaign:
    """Compiles damaged copies in a folder."""

    def __init__(self, arguments: argparse.Namespace, data: bytes, folder: Path):
        self.data, self.folder, self.suffix, self.model = data, folder, arguments.file.suffix, arguments.weights_of
        self.command = ["kiln", "compile", "--name=damaged", *arguments.option]
        self.schedules = set()

    def compile_copy(self, number: int, damage: Damage) -> Run:
        """The last run of the compiler on a copy."""
        copy, schedule, code = (self.folder / f"{number}{suffix}" for suffix in (self.suffix, ".mlir", ".o"))
        copy.write_bytes(with_right_checksums(damage.applied(self.data), self.suffix))
        model = [self.model, f"--weights={copy}"] if self.model else [copy]
        result = run([*self.command, *model, "--stop-after=schedule", "--emit=mlir", "-o", schedule])
        if result.status == 0 and not result.complaint():
            text = schedule.read_bytes()
            if damage.in_weights or text not in self.schedules:
                self.schedules.add(text)
                result = run([*self.command, *model, "--emit=obj", "-o", code])
        for file in (copy, schedule, code):
            file.unlink(missing_ok=True)
        return result


def main() -> int:
    arguments = parse_arguments()
    data = arguments.file.read_bytes()
    copies = list(damages(data, arguments))
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as workers:
        campaign = Campaign(arguments, data, Path(folder))
        results = []
        for damage, result in zip(copies, workers.map(campaign.compile_copy, range(len(copies)), copies)):
            results.append(result)
            if result.complaint():
                print(f"{arguments.file.name}, {damage}: {result.complaint()}", flush=True)
    refused = sum(result.status == 1 for result in results)
    bad = sum(bool(result.complaint()) for result in results)
    print(f"{len(results)} copies of {arguments.file.name}: {refused} refused, {bad} mishandled; at most "
          f"{max(result.seconds for result in results):.1f} s, {max(result.kilobytes for result in results) / 1000:.0f} MB")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
