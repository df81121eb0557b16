"""One network as an ONNX, a Darknet and a Keras file: zoo_formats.py FOLDER NAME FORMAT...

NAME is a network of the zoo, or `small`. For each FORMAT (darknet, keras) the compiled network has to give what the ONNX file's
gives, within 1e-4 of max|b|, by the same kernels in the same order. Behind detection heads, what they read is compared, and
the kernels up to there. Locally connected layers are products of matrices in ONNX, and so other kernels."""
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))

from zoo.darknet import DarknetWriter, save_darknet  # noqa: E402
from zoo.keras import save_keras  # noqa: E402
from zoo.network import Network  # noqa: E402
from zoo.registry import NETWORKS  # noqa: E402
from zoo.verify import pictures  # noqa: E402
from zoo.writer import save  # noqa: E402

LIMIT = 1e-4


def small(g) -> None:
    """Batch norm, three activations, pools with and without borders, a residual, a concatenation, dense layers."""
    x = g.leaky_relu(g.batch_norm(g.conv(g.input("input", 1, 3, 20, 24), "conv1", 16, 3, 1, 1, bias=False), "bn1"))
    x = g.max_pool(x, "pool1", 2, 2)
    y = g.relu(g.conv(x, "conv2", 16, 3, 1, 1, groups=16))
    x = g.relu(g.add(x, g.batch_norm(g.conv(y, "conv3", 16, 1), "bn3"), "sum"))
    x = g.concat([x, g.tanh(g.conv(x, "conv4", 8, 3, 1, 1))], "both")
    x = g.leaky_relu(g.dense(g.flatten(g.max_pool(x, "pool2", 2, 2)), "fc1", 30))
    g.output(g.softmax(g.dense(x, "fc2", 7), "answer"))


SMALL = Network("small", small, "pool1", "")


def kernels(model: Path, *options: str) -> list[str]:
    """The kernels of an inference, with all that the schedule has decided, without the names of their buffers."""
    subprocess.run(["kiln", "compile", model, *options, "--emit=mlir", "--stop-after=schedule", "-o", f"{model}.mlir"], check=True)
    lines = Path(f"{model}.mlir").read_text().splitlines()
    calls = [line.strip() for line in lines if re.match(r"\s*kernel\.(?!fill_border|weight|pack_filter)", line)]
    return [re.sub(r"%\w+(:\d+)?", "%", call) for call in calls]


def run(model: Path, picture: np.ndarray, outputs: dict[str, str], *options: str) -> list[np.ndarray]:
    """Named outputs or, with `--tap`, tensors inside; in the order of `outputs`, which maps a name to its option."""
    np.save(f"{model}.in.npy", picture)
    files = [f"{model}.{index}.npy" for index in range(len(outputs))]
    words = [word for (name, option), file in zip(outputs.items(), files) for word in (option, f"{name}={file}" if name else file)]
    subprocess.run(["kiln", "run", model, *options, "--input", f"{model}.in.npy", *words], check=True, stdout=subprocess.DEVNULL)
    return [np.load(file) for file in files]


def compare(graph, what: str, actual: list[np.ndarray], expected: list[np.ndarray], given: list[str], wanted: list[str]) -> bool:
    errors = [float(np.abs(a.reshape(b.shape) - b).max() / np.abs(b).max()) for a, b in zip(actual, expected, strict=True)]
    different = next((i for i, (a, b) in enumerate(zip(given, wanted)) if a != b), None)
    fine = max(errors) < LIMIT and (bool(graph.locals) or (different is None and len(given) >= len(wanted) > 0))
    print(f"{graph.name} as {what}: {max(errors):.1e}, {len(wanted)} kernels: {'agrees' if fine else 'DIFFERS'}", flush=True)
    if not fine and different is not None:
        print(f"  not   {wanted[different]}\n  but   {given[different]}")
    return fine


def check(name: str, formats: list[str], folder: Path) -> bool:
    network = SMALL if name == "small" else NETWORKS[name]
    graph = network.graph()
    outputs = [x.name for x in graph.outputs]
    (picture,) = pictures(graph).values()
    onnx = folder / f"{name}.onnx"
    save(graph, onnx)
    expected, wanted = run(onnx, picture, dict.fromkeys(outputs, "--output")), kernels(onnx)
    fine = True
    if "darknet" in formats:
        model, weights = folder / f"{name}.cfg", f"--weights={folder / name}.weights"
        save_darknet(graph, model, network.darknet_heads)
        writer = DarknetWriter(graph, network.darknet_heads)
        writer.write()
        taps = {f"layer{writer.layer[x]}": "--tap" for x in outputs} if network.darknet_heads else {"": "--output"}
        fine &= compare(graph, "Darknet", run(model, picture, taps, weights), expected, kernels(model, weights), wanted)
    if "keras" in formats:
        model = folder / f"{name}.h5"
        save_keras(graph, model)
        last = [(0, *range(2, x.ndim), 1) if x.ndim > 2 else (0, 1) for x in expected]
        assert len(outputs) == 1, "outputs of Keras have other names"
        actual = run(model, np.moveaxis(picture, 1, -1), {"": "--output"})
        fine &= compare(graph, "Keras", actual, [x.transpose(order) for x, order in zip(expected, last)], kernels(model), wanted)
    return fine


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    return 0 if check(sys.argv[2], sys.argv[3:], folder) else 1


if __name__ == "__main__":
    sys.exit(main())
