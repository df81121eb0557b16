"""zoo.py FOLDER NAME...: compiles networks of the zoo and compares them with ONNX Runtime.

A middle tensor, the logits and the outputs have to be spread and within 1e-4 of max|b|. Prints one line a network; exit status
1 when one is off. The models stay in FOLDER.
"""
import subprocess
import sys
from pathlib import Path

import numpy as np

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from zoo.registry import NETWORKS  # noqa: E402
from zoo.verify import pictures, run  # noqa: E402
from zoo.writer import save  # noqa: E402

LIMIT = 1e-4


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def compile_and_run(model: Path, network, tensors: list[str], folder: Path) -> dict[str, np.ndarray]:
    """What the compiled network gives for the pictures that zoo.verify uses."""
    graph = network.graph()
    arguments = []
    for i, (name, picture) in enumerate(pictures(graph).items()):
        np.save(folder / f"picture{i}.npy", picture)
        arguments += ["--input", f"{name}={folder / f'picture{i}.npy'}"]
    files = {name: folder / f"tensor{i}.npy" for i, name in enumerate(tensors)}
    outputs = {output.name for output in graph.outputs}
    for name, file in files.items():
        arguments += ["--output" if name in outputs else "--tap", f"{name}={file}"]
    subprocess.run(["kiln", "run", model, *arguments], check=True)
    return {name: np.load(file) for name, file in files.items()}


def check(name: str, folder: Path) -> bool:
    network = NETWORKS[name]
    model = folder / f"{name}.onnx"
    save(network.graph(), model)
    expected = run(model, network)
    actual = compile_and_run(model, network, list(expected), folder)
    fine, report = True, []
    for tensor, values in actual.items():
        error, deviation = relative_error(values, expected[tensor]), float(expected[tensor].std())
        fine &= error < LIMIT and (deviation > 0 or values.size == 1)
        report.append(f"{tensor} {error:.2e} (standard deviation {deviation:.2f})")
    print(f"{name}: {', '.join(report)}: {'agrees' if fine else 'DIFFERS'}", flush=True)
    return fine


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    results = [check(name, folder) for name in sys.argv[2:]]
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
