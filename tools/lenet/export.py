"""Writes the trained network as ONNX."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from lenet.network import KERNEL, SHAPES, Parameters

OPSET = 13


def onnx_weights(parameters: Parameters) -> dict[str, np.ndarray]:
    """Weights in ONNX's order: O, I, H, W and units, features. The first layer takes 0..255 instead of 0..1."""
    weights = {}
    for name in SHAPES:
        weight = parameters[f"{name}/weight"].T
        units = len(weight)
        if name.startswith("conv"):
            weight = weight.reshape(units, KERNEL, KERNEL, -1).transpose(0, 3, 1, 2)
        elif name == "fc1":
            weight = weight.reshape(units, 5, 5, -1).transpose(0, 3, 1, 2).reshape(units, -1)
        weights[f"{name}/weight"] = weight / np.float32(255 if name == "conv1" else 1)
        weights[f"{name}/bias"] = parameters[f"{name}/bias"]
    return weights


def _nodes() -> list[onnx.NodeProto]:
    nodes = []

    def node(op: str, name: str, x: str, *weights: str, **attributes) -> str:
        nodes.append(helper.make_node(op, [x, *weights], [name], name=name, **attributes))
        return name

    def conv(name: str, x: str, pad: int) -> str:
        x = node("Conv", name, x, f"{name}/weight", f"{name}/bias", kernel_shape=[KERNEL] * 2, pads=[pad] * 4)
        x = node("Relu", f"{name}/relu", x)
        return node("MaxPool", f"{name}/pool", x, kernel_shape=[2, 2], strides=[2, 2])

    def dense(name: str, x: str) -> str:
        return node("Gemm", name, x, f"{name}/weight", f"{name}/bias", transB=1)

    x = node("Flatten", "flatten", conv("conv2", conv("conv1", "image", 2), 0))
    for name in ("fc1", "fc2"):
        x = node("Relu", f"{name}/relu", dense(name, x))
    node("Softmax", "probabilities", dense("fc3", x), axis=1)
    return nodes


def save(parameters: Parameters, path: Path) -> None:
    """`image` 1x1x28x28 f32, gray 0..255, white on black, to `probabilities` 1x10."""
    initializers = [numpy_helper.from_array(np.ascontiguousarray(value), name)
                    for name, value in onnx_weights(parameters).items()]
    graph = helper.make_graph(
        _nodes(), "lenet5", [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, 10])], initializers)
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=helper.find_min_ir_version_for([opset]),
                              producer_name="kiln-lenet")
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
