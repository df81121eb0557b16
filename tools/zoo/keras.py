"""Writes a graph as a functional Keras model with its weights: NAME.h5, in the layout of Keras 2.

Maps are N, H, W, C there: kernels are transposed, and the rows of a dense layer behind a flattened map are put into that order.
Borders that `same` does not make are layers of their own.
"""

import json
from pathlib import Path

import numpy as np
from onnx import NodeProto

from zoo.graph import Graph
from zoo.shapes import attributes, shapes_of

KERAS_VERSION = "2.15.0"


def _same(size: int, kernel: int, stride: int) -> list[int]:
    """The borders that padding='same' makes along an axis: the smaller half in front."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return [total // 2, total - total // 2]


class KerasWriter:
    """Layers so far with their weights, and the layer that holds each tensor."""

    def __init__(self, graph: Graph):
        self.graph, self.shapes = graph, shapes_of(graph)
        self.values = {i.name: i for i in graph.initializers}
        self.layers: list[dict] = []
        self.weights: dict[str, dict[str, np.ndarray]] = {}
        self.holder: dict[str, str] = {}
        self.flattened: dict[str, tuple[int, ...]] = {}  # the maps that lists were
        self.rectified: set[str] = set()
        for x in graph.inputs:
            shape = [None, *x.shape[2:], x.shape[1]]
            self.holder[x.name] = self.layer("InputLayer", x.name, [], batch_input_shape=shape, dtype="float32")

    def write(self) -> dict:
        for node in self.graph.nodes:
            if node.name in self.graph.locals:
                self.holder[node.output[0]] = self.translate_local(node)
                continue
            if node.name in self.graph.local_parts:
                continue
            translate = getattr(self, f"translate_{node.op_type.lower()}", None)
            if not translate:
                raise ValueError(f"{self.graph.name}: {node.op_type} ({node.name}) is not written for Keras")
            self.holder[node.output[0]] = translate(node)
        ends = lambda tensors: [[self.holder[x.name], 0, 0] for x in tensors]
        return {"class_name": "Functional", "config": {"name": self.graph.name, "layers": self.layers,
                                                       "input_layers": ends(self.graph.inputs),
                                                       "output_layers": ends(self.graph.outputs)}}

    def layer(self, kind: str, name: str, inputs: list[str], weights: dict[str, np.ndarray] | None = None, **config) -> str:
        name = name.replace("/", "_")
        nodes = [[[layer, 0, 0, {}] for layer in inputs]] if inputs else []
        self.layers.append({"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes})
        if weights:
            self.weights[name] = weights
        return name

    def plain(self, kind: str, node: NodeProto, **config) -> str:
        """A layer without weights that reads every input of the node that is a tensor."""
        inputs = [self.holder[name] for name in node.input if name in self.holder]
        return self.layer(kind, node.name, inputs, **config)

    def take(self, name: str) -> np.ndarray:
        return self.values[name].values(self.graph.name)

    def bordered(self, node: NodeProto, kernel: list[int], may_pad: bool) -> tuple[str, str]:
        """The layer to read and the padding to use, with zeros around it where `same` makes others and zeros are the border."""
        given, source = attributes(node), self.holder[node.input[0]]
        pads, rank = given["pads"], len(kernel)
        sides = [[pads[axis], pads[axis + rank]] for axis in range(rank)]
        sizes = self.shapes[node.input[0]][2:]
        if not any(pads):
            return source, "valid"
        if sides == [_same(size, k, s) for size, k, s in zip(sizes, kernel, given["strides"])]:
            return source, "same"
        if not may_pad:
            raise ValueError(f"{self.graph.name}: {node.name} has a border that Keras has not")
        return self.layer("ZeroPadding2D", f"{node.name}/border", [source], padding=sides), "valid"

    # One method an op.

    def translate_conv(self, node: NodeProto) -> str:
        given, kernel = attributes(node), self.take(node.input[1])
        source, padding = self.bordered(node, given["kernel_shape"], may_pad=True)
        weights = {"kernel": kernel.transpose(2, 3, 1, 0)} | self.bias(node)
        return self.layer("Conv2D", node.name, [source], weights, filters=kernel.shape[0], kernel_size=given["kernel_shape"],
                          strides=given["strides"], padding=padding, groups=given["group"], dilation_rate=given["dilations"],
                          use_bias="bias" in weights, activation="linear")

    def translate_local(self, node: NodeProto) -> str:
        """Positions x taps x filters, the channels innermost among the taps."""
        local = self.graph.locals[node.name]
        kernel, bias = self.take(local.weight), self.take(local.bias)
        positions, taps, filters = kernel.shape
        taps_of_map = kernel.reshape(positions, -1, local.kernel**2, filters).transpose(0, 2, 1, 3)
        weights = {"kernel": taps_of_map.reshape(positions, taps, filters), "bias": bias[0].transpose(1, 2, 0)}
        return self.layer("LocallyConnected2D", node.name, [self.holder[local.input]], weights, filters=filters,
                          kernel_size=[local.kernel] * 2, strides=[local.stride] * 2, padding="valid", implementation=1,
                          use_bias=True, activation="linear")

    def translate_convtranspose(self, node: NodeProto) -> str:
        given, kernel = attributes(node), self.take(node.input[1])
        weights = {"kernel": kernel.transpose(2, 3, 1, 0)} | self.bias(node)
        return self.layer("Conv2DTranspose", node.name, [self.holder[node.input[0]]], weights, filters=kernel.shape[1],
                          kernel_size=given["kernel_shape"], strides=given["strides"], padding="valid", use_bias="bias" in weights,
                          activation="linear")

    def bias(self, node: NodeProto) -> dict[str, np.ndarray]:
        return {"bias": self.take(node.input[2])} if len(node.input) > 2 else {}

    def translate_gemm(self, node: NodeProto) -> str:
        kernel = self.take(node.input[1])
        if node.input[0] in self.flattened:
            rows = kernel.reshape(-1, *self.flattened[node.input[0]])
            kernel = np.moveaxis(rows, 1, -1).reshape(kernel.shape)
        return self.layer("Dense", node.name, [self.holder[node.input[0]]], {"kernel": kernel.T} | self.bias(node),
                          units=kernel.shape[0], use_bias=True, activation="linear")

    def translate_batchnormalization(self, node: NodeProto) -> str:
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        weights = {name: self.take(value) for name, value in zip(names, node.input[1:], strict=True)}
        return self.layer("BatchNormalization", node.name, [self.holder[node.input[0]]], weights, axis=[3],
                          epsilon=attributes(node)["epsilon"])

    def translate_maxpool(self, node: NodeProto, kind: str = "MaxPooling2D") -> str:
        given = attributes(node)
        if "ceil_mode" in given:
            raise ValueError(f"{self.graph.name}: {node.name} rounds its size up")
        # Behind a Relu the largest of a window is the same with zeros around the map.
        may_pad = kind == "MaxPooling2D" and node.input[0] in self.rectified
        source, padding = self.bordered(node, given["kernel_shape"], may_pad)
        return self.layer(kind, node.name, [source], pool_size=given["kernel_shape"], strides=given["strides"], padding=padding)

    def translate_averagepool(self, node: NodeProto) -> str:
        return self.translate_maxpool(node, "AveragePooling2D")

    def translate_globalaveragepool(self, node: NodeProto) -> str:
        return self.plain("GlobalAveragePooling2D", node)

    def translate_flatten(self, node: NodeProto) -> str:
        self.flattened[node.output[0]] = self.shapes[node.input[0]][1:]
        return self.plain("Flatten", node)

    def translate_dropout(self, node: NodeProto) -> str:
        self.flattened |= {node.output[0]: self.flattened[x] for x in node.input if x in self.flattened}
        return self.plain("Dropout", node, rate=0.5)

    def translate_relu(self, node: NodeProto) -> str:
        self.rectified.add(node.output[0])
        return self.plain("Activation", node, activation="relu")

    def translate_tanh(self, node: NodeProto) -> str:
        return self.plain("Activation", node, activation="tanh")

    def translate_softmax(self, node: NodeProto) -> str:
        return self.plain("Softmax", node, axis=-1)

    def translate_leakyrelu(self, node: NodeProto) -> str:
        return self.plain("LeakyReLU", node, alpha=attributes(node)["alpha"])

    def translate_add(self, node: NodeProto) -> str:
        return self.plain("Add", node)

    def translate_concat(self, node: NodeProto) -> str:
        return self.plain("Concatenate", node, axis=-1)

    def translate_resize(self, node: NodeProto) -> str:
        return self.plain("UpSampling2D", node, size=[int(scale) for scale in self.take(node.input[2])[2:]])

    def translate_slice(self, node: NodeProto) -> str:
        """The middle of a map, as a border that is cut off."""
        starts, ends, _, steps = (self.take(name) for name in node.input[1:])
        if set(steps) != {1}:
            raise ValueError(f"{self.graph.name}: {node.name} has steps")
        sizes = self.shapes[node.input[0]][2:]
        sides = [[int(start), int(size - end)] for start, end, size in zip(starts, ends, sizes)]
        return self.plain("Cropping2D", node, cropping=sides)


def save_keras(graph: Graph, path: Path) -> int:
    """Writes `path` (.h5) and returns its size in bytes; ValueError where an op has no counterpart here."""
    import h5py

    writer = KerasWriter(graph)
    config = writer.write()
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["keras_version"] = KERAS_VERSION.encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer["name"].encode() for layer in writer.layers]
        group.attrs["keras_version"] = KERAS_VERSION.encode()
        group.attrs["backend"] = b"tensorflow"
        for layer in writer.layers:
            here, weights = group.create_group(layer["name"]), writer.weights.get(layer["name"], {})
            here.attrs["weight_names"] = [f"{layer['name']}/{name}:0".encode() for name in weights]
            for name, value in weights.items():
                here.create_dataset(f"{layer['name']}/{name}:0", data=value)
    return path.stat().st_size
