"""A classifier for 14x14 pictures, compiled for larger ones, answers for every window as it answers for the crop.

usage: sliding_window.py FOLDER

Conv 5x5 without padding, 2x2 pool, three dense layers (Sermanet et al. 2014), the dense layers written as Gemm behind a
Flatten and as MatMul + Add behind a Reshape. Oracle: ONNX Runtime on each crop.
"""
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

WINDOW, STEP, CLASSES, TOLERANCE = 14, 2, 4, 1e-4


def tensor(rng, name, *shape):
    return numpy_helper.from_array((rng.standard_normal(shape) * 0.1).astype(np.float32), name)


def dense(rng, index, source, inputs, outputs, as_matmul):
    """Nodes, initializers and output name of one dense layer."""
    weight, bias, result = f"w{index}", f"b{index}", f"d{index}"
    if not as_matmul:
        nodes = [helper.make_node("Gemm", [source, weight, bias], [result], transB=1)]
        return nodes, [tensor(rng, weight, outputs, inputs), tensor(rng, bias, outputs)], result
    nodes = [
        helper.make_node("MatMul", [source, weight], [result + "_product"]),
        helper.make_node("Add", [result + "_product", bias], [result]),
    ]
    return nodes, [tensor(rng, weight, inputs, outputs), tensor(rng, bias, outputs)], result


def classifier(rng, as_matmul):
    nodes = [
        helper.make_node("Conv", ["image", "filter", "offset"], ["c"]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    weights = [tensor(rng, "filter", 16, 3, 5, 5), tensor(rng, "offset", 16)]
    if as_matmul:
        weights.append(numpy_helper.from_array(np.array([1, 400]), "flat_shape"))
        nodes.append(helper.make_node("Reshape", ["p", "flat_shape"], ["x0"]))
    else:
        nodes.append(helper.make_node("Flatten", ["p"], ["x0"]))
    for index, outputs in enumerate((400, 400, CLASSES)):
        layer, values, result = dense(rng, index, f"x{index}", 400, outputs, as_matmul)
        nodes += layer
        weights += values
        if outputs != CLASSES:
            nodes.append(helper.make_node("Relu", [result], [f"x{index + 1}"]))
    nodes.append(helper.make_node("Softmax", [result], ["classes"], axis=1))
    graph = helper.make_graph(
        nodes,
        "classifier",
        [helper.make_tensor_value_info("image", 1, [1, 3, WINDOW, WINDOW])],
        [helper.make_tensor_value_info("classes", 1, [1, CLASSES])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    return model


def crops(session, picture):
    """The answers of all windows, as a map of classes x rows x columns."""
    count = (picture.shape[2] - WINDOW) // STEP + 1
    answers = np.empty((CLASSES, count, count), np.float32)
    for row in range(count):
        for column in range(count):
            y, x = row * STEP, column * STEP
            crop = np.ascontiguousarray(picture[:, :, y : y + WINDOW, x : x + WINDOW])
            answers[:, row, column] = session.run(None, {"image": crop})[0][0]
    return answers


def main(folder):
    rng = np.random.default_rng(14)
    for as_matmul in (False, True):
        model = str(folder / "classifier.onnx")
        onnx.save(classifier(rng, as_matmul), model)
        session = onnxruntime.InferenceSession(model)
        for size, windows in ((16, 2), (28, 8)):
            picture = rng.standard_normal((1, 3, size, size)).astype(np.float32)
            np.save(folder / "picture.npy", picture)
            subprocess.run(
                ["kiln", "run", model, "--sliding-window", f"--input-shape=image:1x3x{size}x{size}",
                 "--input", str(folder / "picture.npy"), "--output", str(folder / "map.npy")],
                check=True,
            )
            answer, expected = np.load(folder / "map.npy")[0], crops(session, picture)
            assert answer.shape == (CLASSES, windows, windows), answer.shape
            error = np.abs(answer - expected).max() / np.abs(expected).max()
            assert error < TOLERANCE, error
            print(f"{size}x{size}: {windows}x{windows} windows agree, error {error:.1e}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
