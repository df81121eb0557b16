"""zoo.py FOLDER NAME...: compiles networks of the zoo and compares them with ONNX Runtime.

Logits and a middle tensor have to be spread and within 1e-4 of max|b|. Prints one line a network; exit status 1 when one is
off. The models stay in FOLDER.
"""
import subprocess
import sys
from pathlib import Path

import numpy as np

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from zoo.registry import NETWORKS  # noqa: E402
from zoo.verify import run  # noqa: E402
from zoo.writer import save  # noqa: E402

LIMIT = 1e-4


def relative_error(actual: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(actual - expected).max() / np.abs(expected).max())


def compile_and_run(model: Path, network, folder: Path) -> dict[str, np.ndarray]:
    """What the compiled network gives for the picture that zoo.verify uses."""
    shape = network.graph().inputs[0].shape
    np.save(folder / "picture.npy", np.random.default_rng(0).standard_normal(shape, dtype=np.float32))
    files = {name: folder / f"tensor{i}.npy" for i, name in enumerate((network.middle, "logits"))}
    taps = [argument for name, file in files.items() for argument in ("--tap", f"{name}={file}")]
    subprocess.run(["kiln", "run", model, "--input", folder / "picture.npy", *taps], check=True)
    return {name: np.load(file) for name, file in files.items()}


def check(name: str, folder: Path) -> bool:
    network = NETWORKS[name]
    model = folder / f"{name}.onnx"
    save(network.graph(), model)
    expected = run(model, network)
    actual = compile_and_run(model, network, folder)
    fine, report = True, []
    for tensor, values in actual.items():
        error, deviation = relative_error(values, expected[tensor]), float(expected[tensor].std())
        fine &= error < LIMIT and deviation > 0
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
