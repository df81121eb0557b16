"""emulated.py FOLDER TARGET...: networks for other processors, run in QEMU's emulation of them, against ONNX Runtime.

TARGET is what `kiln compile --target` takes. The network has every kind of kernel in small: nothing here has to be fast. Prints
a line a target; exit status 1 where max|a-b| / max|b| is above 1e-5 or a program fails.
"""
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from zoo.graph import Graph  # noqa: E402
from zoo.writer import save  # noqa: E402

LIMIT = 1e-5
SHAPE = (1, 3, 18, 18)


def network() -> Graph:
    """Convolutions of planar and blocked maps, strided, grouped, depthwise, dense; pools, LRN, arithmetic, softmax."""
    g = Graph("emulated", 13)
    x = g.relu(g.conv(g.input("input", *SHAPE), "planar", 24, 3, pad=1))
    x = g.lrn(x, "lrn", 5, 1e-3, 0.75, 1.0)
    trunk = g.relu(g.conv(x, "wide", 40, 3, pad=1))
    x = g.relu6(g.batch_norm(g.conv(trunk, "depthwise", 40, 3, pad=1, groups=40), "norm"))
    x = g.add(g.conv(x, "point", 40, 1), trunk, "sum")
    x = g.max_pool(g.tanh(x), "pool", 3, 2)
    left = g.leaky_relu(g.conv(x, "grouped", 24, 3, stride=2, pad=1, groups=4))
    right = g.average_pool(x, "mean", 2, 2)
    x = g.concat([left, right], "both")
    x = g.relu(g.dense(g.flatten(x), "hidden", 30))
    g.output(g.rename(g.softmax(g.dense(x, "classes", 11)), "output"))
    return g


EMULATORS = {
    "aarch64": ["qemu-aarch64"],
    "riscv64": ["qemu-riscv64", "-cpu", "rv64,v=true,vlen=128"],
    "x86-64-v2": ["qemu-x86_64", "-cpu", "Nehalem"],
    "x86-64-v3": ["qemu-x86_64", "-cpu", "Haswell"],
}


def machine(target: str) -> tuple[str, list[str]]:
    """The triple for the C compiler and what runs the program."""
    name = "aarch64" if target.startswith(("aarch64", "cortex")) else target
    return name.replace("x86-64", "x86_64").partition("-")[0] + "-linux-gnu", EMULATORS[name]


def run(model: Path, target: str, weights: str, picture: np.ndarray, folder: Path) -> np.ndarray:
    folder.mkdir(exist_ok=True)
    triple, emulator = machine(target)
    options = [f"--target={target}", f"--dense-weights={weights}", "--emit=obj", "--name=net"]
    subprocess.run(["kiln", "compile", model, *options, "-o", folder / "net.o"], check=True)
    sources = [Path(__file__).parent / "Inputs" / "emulated.c", *sorted((ROOT / "runtime/core").glob("*.c"))]
    flags = ["-std=c11", "-O1", "-ffreestanding", "-nostdlib", "-static", "-fuse-ld=lld", "-Werror"]
    subprocess.run(["clang", f"--target={triple}", *flags, f"-I{folder}", f"-I{ROOT / 'runtime/include'}", *sources,
                    folder / "net.o", "-o", folder / "net"], check=True)
    done = subprocess.run([*emulator, folder / "net"], input=picture.tobytes(), stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit(f"{target}: exit status {done.returncode}")
    return np.frombuffer(done.stdout, np.float32)


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "emulated.onnx"
    save(network(), model)
    picture = np.random.default_rng(7).standard_normal(SHAPE, np.float32)
    expected = onnxruntime.InferenceSession(str(model)).run(None, {"input": picture})[0].ravel()
    worst = 0.0
    for target in sys.argv[2:]:
        for weights in ("f24", "f32"):
            actual = run(model, target, weights, picture, folder / target.replace(":", "-"))
            error = float(np.abs(actual - expected).max() / np.abs(expected).max())
            worst = max(worst, error)
            print(f"{target}, dense weights {weights}: {error:.2e} (standard deviation {expected.std():.2f})", flush=True)
    return 0 if worst < LIMIT and expected.std() > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
