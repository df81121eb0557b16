"""tools/bench/compare: Kiln beside its peers on networks of the zoo or on ONNX files."""
import argparse
import datetime
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np

from bench import machine, report
from bench.rounds import Settings, measure, prepare

ROOT = Path(__file__).resolve().parent.parent.parent
TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 10: np.float16, 11: np.float64}


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="compare", description=__doc__)
    parser.add_argument("models", metavar="NETWORK", nargs="*", help="a name of the zoo, or an ONNX file; default: the zoo")
    parser.add_argument("--threads", default="1,2", help="numbers of threads (default: %(default)s)")
    parser.add_argument("--with", dest="names", default=",".join(report.TITLES), metavar="NAMES",
                        help="contenders (default: %(default)s)")
    parser.add_argument("--cores", default=",".join(map(str, reversed(sorted(os.sched_getaffinity(0))))),
                        help="cores to run on, the first of them with one thread (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of runs a contender and row (default: %(default)g)")
    parser.add_argument("--kiln", type=Path, help="the kiln to measure (default: that of build/release or build/dev)")
    parser.add_argument("--kiln-options", default="", metavar="TEXT", help="further options of kiln compile")
    parser.add_argument("--json", type=Path, help="where to keep the rows; those of an earlier run stay, unless measured anew")
    parser.add_argument("--plot", type=Path, help="where to write the plot, an SVG")
    parser.add_argument("--show", action="store_true", help="measure nothing, show what --json holds")
    parser.add_argument("--prepare", action="store_true", help="only make what is measured later: networks, libraries")
    arguments = parser.parse_args(words)
    arguments.names = arguments.names.split(",")
    if unknown := set(arguments.names) - set(report.TITLES):
        parser.error(f"unknown contender: {', '.join(sorted(unknown))}; known are {', '.join(report.TITLES)}")
    if arguments.show and not arguments.json:
        parser.error("--show needs --json")
    return arguments


def find_kiln(given: Path | None) -> Path:
    for path in [given] if given else [ROOT / "build" / preset / "bin" / "kiln" for preset in ("release", "dev")]:
        if path.exists():
            return path.resolve()
    sys.exit(f"compare: there is no {given or 'build/release/bin/kiln'}; build it, or name one with --kiln")


def build_support(kiln: Path, folder: Path) -> Path:
    """The library of support.c, with the runtime library that belongs to `kiln`."""
    library, prefix = folder / "libsupport.so", kiln.parent.parent
    subprocess.run(["cc", "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", f"-I{ROOT}/runtime/include",
                    ROOT / "tools/bench/support.c", prefix / "lib/libkiln_runtime.a", "-pthread", "-o", library], check=True)
    return library


def model_file(word: str, folder: Path) -> Path:
    """An ONNX file as it is; a network of the zoo is written first."""
    if word.endswith(".onnx"):
        return Path(word).resolve()
    path = folder / "models" / f"{word}.onnx"
    if not path.exists():
        command = [sys.executable, ROOT / "tools/zoo", word, "-o", path.parent]
        if subprocess.run(command).returncode:
            sys.exit(f"compare: '{word}' is neither a file.onnx nor a network of the zoo")
    return path


def write_inputs(model: Path, folder: Path) -> Path:
    """The same normally distributed numbers for every contender."""
    import onnx
    graph = onnx.load(model, load_external_data=False).graph
    random, arrays = np.random.default_rng(1), {}
    for value in graph.input:
        if value.name not in {weight.name for weight in graph.initializer}:
            tensor = value.type.tensor_type
            shape = [dim.dim_value or 1 for dim in tensor.shape.dim]
            arrays[value.name] = random.standard_normal(shape).astype(TYPES[tensor.elem_type])
    path = folder / model.stem / "inputs.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)
    return path


def merge(path: Path | None, row: dict) -> list[dict]:
    """The rows kept in a file with this one in its place."""
    kept = json.loads(path.read_text())["rows"] if path and path.exists() else []
    key = row["network"], row["threads"]
    places = [i for i, other in enumerate(kept) if (other["network"], other["threads"]) == key]
    if places:
        kept[places[0]] = row
    else:
        kept.append(row)
    return kept


def versions() -> dict[str, str]:
    lines = (ROOT / "tools/bench/requirements.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if "==" in line)
    return {name: pinned[name] for name in ("onnxruntime", "openvino", "ncnn", "pnnx")}


def measure_all(arguments: argparse.Namespace) -> list[dict]:
    from bench.native import fma_loop
    from zoo.registry import NETWORKS
    folder = ROOT / "build/bench/networks"
    folder.mkdir(parents=True, exist_ok=True)
    kiln = find_kiln(arguments.kiln)
    support = build_support(kiln, folder)
    options = shlex.split(arguments.kiln_options)
    (folder / "kiln.json").write_text(json.dumps({"kiln": str(kiln), "options": options, "support": str(support)}))
    settings = Settings(folder, [int(core) for core in arguments.cores.split(",")], arguments.seconds)
    fma, rows = fma_loop(support), []
    for word in arguments.models or list(NETWORKS):
        model = model_file(word, folder)
        inputs = write_inputs(model, folder)
        if arguments.prepare:
            for name, result in prepare(model, arguments.names, inputs, settings).items():
                print(f"{word}, {report.TITLES[name]}: {result['problem']}")
            continue
        for threads in map(int, arguments.threads.split(",")):
            row = measure(model, threads, arguments.names, inputs, settings, fma)
            row["time"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            rows.append(row)
            print(report.table([row]).splitlines()[2], *report.table([row]).splitlines()[3:], sep="\n", flush=True)
            if arguments.json:
                kept = {"machine": machine.describe(), "versions": versions(), "rows": merge(arguments.json, row)}
                arguments.json.write_text(json.dumps(kept, indent=1) + "\n")
    return rows


def main() -> int:
    arguments = parse_arguments()
    rows = [] if arguments.show else measure_all(arguments)
    if arguments.prepare:
        return 0
    if arguments.json and arguments.json.exists():
        rows = json.loads(arguments.json.read_text())["rows"]
    print("\nMilliseconds, minimum (median); / NAME: its minimum over Kiln's; others: cores that other processes took.\n")
    print(report.table(rows))
    if arguments.plot:
        report.plot(rows, arguments.plot)
    return 0


if __name__ == "__main__":
    sys.exit(main())
