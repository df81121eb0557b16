"""What Debian's `darknet` program says of configurations, beside what `kiln summary` says.

    darknet_program.py record DARKNET FOLDER > Inputs/darknet-program.txt   runs the program of the package `darknet`
    darknet_program.py check KILN Inputs/darknet-program.txt FOLDER         needs the recorded lines only
    darknet_program.py compile KILN Inputs/darknet-program.txt FOLDER LETTERS    those whose names begin with one of LETTERS

A line of the record is a configuration: its name, the numbers in the weights file that the program writes for it, the operations
that it counts, and the size that it prints for each layer, as WIDTHxHEIGHTxCHANNELS or COUNT; `-` where it prints none."""
import json
import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HEADER_BYTES = 20
# `   12 max          2 x 2 / 2    13 x  13 x 512   ->    13 x  13 x 512`, and the layers that are a list.
ROW = re.compile(r"^\s*(\d+) (.*)$", re.MULTILINE)
SIZE = re.compile(r"(?:->|softmax|cost) *(\d+(?: *x *\d+ *x *\d+)?)[^>]*$")


def layers_printed(text: str) -> list[str]:
    sizes = []
    for row in ROW.finditer(text):
        assert int(row[1]) == len(sizes), row[0]
        size = SIZE.search(row[2])
        sizes.append(size[1].replace(" ", "") if size else "-")
    return sizes


def record(program: str, folder: Path) -> None:
    for config in sorted(folder.glob("*.cfg")):
        table = subprocess.run([program, "ops", config], cwd=folder.parent, capture_output=True, text=True)
        if table.returncode != 0 or re.search(r"RNN|GRU", table.stderr):
            continue
        with tempfile.NamedTemporaryFile() as weights:
            subprocess.run([program, "rescale", config, "/dev/zero", weights.name], capture_output=True, check=True)
            numbers = (Path(weights.name).stat().st_size - HEADER_BYTES) // 4
        operations = re.search(r"Operations: (\d+)$", table.stdout + table.stderr, re.MULTILINE)[1]
        # Lines without a number of their own belong to the layer in front.
        joined = re.sub(r"\n\t\tconnected", "", re.sub(r"\n(?=\t\t|cost )", "", table.stderr))
        print(config.stem, numbers, operations, *layers_printed(joined))


def lines_of_sections(config: Path) -> list[int]:
    """The line of each section behind [net]."""
    lines = config.read_text().splitlines()
    return [number for number, line in enumerate(lines, 1) if line.lstrip().startswith("[")][1:]


def elements(size: str) -> int:
    return math.prod(int(part) for part in size.split("x"))


def check(kiln: str, line: str, folder: Path) -> list[str]:
    name, numbers, operations, *sizes = line.split()
    config = folder / f"{name}.cfg"
    output = subprocess.run([kiln, "summary", config, "--weights=random:1", "--json"], capture_output=True, text=True, check=True).stdout
    summary = json.loads(output)
    rows = {int(row["name"].rsplit(":", 1)[1]): row for row in summary["layers"] if ".cfg:" in row["name"]}
    wrong = []
    if summary["parameters"] != int(numbers):
        wrong.append(f"{name}: {summary['parameters']} parameters, not {numbers}")
    # The program leaves locally connected layers out.
    counted = summary["multiply_adds"] - sum(row["multiply_adds"] for row in rows.values() if row["name"].startswith("local "))
    if 2 * counted != int(operations):
        wrong.append(f"{name}: {2 * counted} operations, not {operations}")
    positions = lines_of_sections(config)
    assert len(positions) == len(sizes), (name, len(positions), len(sizes))
    for index, (position, size) in enumerate(zip(positions, sizes)):
        shape = rows[position]["shape"]
        given = "x".join(map(str, [shape[3], shape[2], shape[1]] if len(shape) == 4 else shape[1:]))
        if size != "-" and given != size and not ("x" not in size and elements(given) == int(size)):
            wrong.append(f"{name}: layer {index} is {given}, not {size}")
    print(f"{name}: {len(sizes)} layers, {numbers} parameters")
    return wrong


def compile_all(kiln: str, names: list[str], folder: Path) -> None:
    """To object files, with random weights."""
    for name in names:
        with tempfile.TemporaryDirectory() as results:
            command = [kiln, "compile", folder / f"{name}.cfg", "--weights=random:1", "--emit=obj", "-o", Path(results) / "net.o"]
            subprocess.run(command, check=True)
        print(f"{name}: compiled", flush=True)


def main() -> int:
    if sys.argv[1] == "record":
        record(sys.argv[2], Path(sys.argv[3]).resolve())
        return 0
    lines = Path(sys.argv[3]).read_text().splitlines()
    if sys.argv[1] == "compile":
        names = [line.split()[0] for line in lines]
        compile_all(sys.argv[2], [name for name in names if name[0] in sys.argv[5]], Path(sys.argv[4]))
        return 0
    wrong = [text for line in lines for text in check(sys.argv[2], line, Path(sys.argv[4]))]
    print("\n".join(wrong))
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
