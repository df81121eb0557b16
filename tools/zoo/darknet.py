"""Writes a graph as a Darknet configuration with its weights: NAME.cfg and NAME.weights.

A batch norm and an activation behind a convolution or a dense layer go into its section. A layer that does not read the one in
front of it gets a [route]. The file's revision says that the epsilon stands under the root, as in ONNX. What a head needs to
know beyond the graph (anchors, classes) is the network's `darknet_heads`: a section for each of those outputs.
"""

from pathlib import Path

import numpy as np
from onnx import NodeProto

from zoo.graph import Graph
from zoo.shapes import attributes

REVISION = 5
ACTIVATIONS = {"Relu": "relu", "LeakyRelu": "leaky", "Tanh": "tanh"}
STATISTICS_EPSILON = 1e-5


class DarknetWriter:
    """Sections so far, the numbers behind them, and which layer holds which tensor."""

    def __init__(self, graph: Graph, heads: dict[str, str]):
        self.graph, self.heads = graph, heads
        self.values = {i.name: i for i in graph.initializers}
        self.users: dict[str, list[NodeProto]] = {}
        for node in graph.nodes:
            for name in node.input:
                self.users.setdefault(name, []).append(node)
        shape = graph.inputs[0].shape
        size = ("channels", "height", "width") if len(shape) == 4 else ("inputs",)
        self.text = ["[net]", *(f"{key}={value}" for key, value in zip(size, shape[1:], strict=True))]
        self.numbers: list[np.ndarray] = []
        self.layer = {graph.inputs[0].name: -1}
        self.count, self.current = 0, graph.inputs[0].name
        self.done: set[str] = set()

    def write(self) -> None:
        for node in self.graph.nodes:
            if node.name in self.graph.locals:
                self.translate_local(node)
            elif node.name not in self.done | self.graph.local_parts:
                translate = getattr(self, f"translate_{node.op_type.lower()}", None)
                if not translate:
                    raise ValueError(f"{self.graph.name}: {node.op_type} ({node.name}) has no section in Darknet")
                translate(node)
            if node.output[0] in self.heads and self.current == node.output[0]:
                self.section(self.heads[node.output[0]], "")

    # Sections and what stands in them.

    def section(self, text: str, result: str, **options) -> None:
        self.text += ["", text, *(f"{key}={value}" for key, value in options.items())]
        self.layer[result], self.current = self.count, result
        self.count += 1

    def number(self, name: str) -> int:
        """The layer whose result a tensor is."""
        if self.layer[name] < 0:
            raise ValueError(f"{self.graph.name}: only the first layer can read the input of a Darknet network")
        return self.layer[name]

    def follow(self, name: str) -> None:
        """Makes `name` the result of the newest layer."""
        if self.current != name:
            self.section("[route]", name, layers=self.number(name))

    def alias(self, node: NodeProto) -> None:
        """The same numbers: lists and maps are one to Darknet."""
        self.follow(node.input[0])
        self.layer[node.output[0]], self.current = self.layer[node.input[0]], node.output[0]

    def take(self, name: str) -> np.ndarray:
        return self.values[name].values(self.graph.name)

    def only_user(self, name: str, *ops: str) -> NodeProto | None:
        """The op behind a tensor that nothing else reads, if it is one of these."""
        users = self.users.get(name, [])
        outputs = {x.name for x in self.graph.outputs}
        return users[0] if len(users) == 1 and users[0].op_type in ops and name not in outputs else None

    def with_activation(self, name: str) -> tuple[str, str]:
        """The name of the activation behind a tensor, and the tensor behind that."""
        node = self.only_user(name, *ACTIVATIONS)
        if not node:
            return "linear", name
        alpha = attributes(node).get("alpha")
        if alpha is not None and abs(alpha - 0.1) > 1e-6:
            raise ValueError(f"{self.graph.name}: {node.name} has the slope {alpha}; leaky has 0.1")
        self.done.add(node.name)
        return ACTIVATIONS[node.op_type], node.output[0]

    def batch_norm(self, node: NodeProto, bias: np.ndarray) -> list[np.ndarray]:
        """Biases, scales, means and variances of a batch norm behind a layer with that bias."""
        if abs(attributes(node)["epsilon"] - STATISTICS_EPSILON) > 1e-9:
            raise ValueError(f"{self.graph.name}: {node.name} has another epsilon than Darknet's")
        scales, biases, means, variances = (self.take(name) for name in node.input[1:])
        self.done.add(node.name)
        return [biases, scales, means - bias, variances]

    def weighted(self, node: NodeProto, units: int, name: str) -> tuple[list[np.ndarray], dict, str]:
        """What stands in front of the weights, the options for it, and the result of a layer with bias, norm and activation."""
        bias = self.take(node.input[2]) if len(node.input) > 2 else np.zeros(units, np.float32)
        norm = self.only_user(node.output[0], "BatchNormalization")
        vectors = self.batch_norm(norm, bias) if norm else [bias]
        activation, result = self.with_activation(norm.output[0] if norm else node.output[0])
        return vectors, {name: units, "batch_normalize": int(bool(norm)), "activation": activation}, result

    # One method an op.

    def translate_conv(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        weights, given = self.take(node.input[1]), attributes(node)
        kernel, strides, pads = given["kernel_shape"], given["strides"], given["pads"]
        if len(kernel) != 2 or {len(set(sides)) for sides in (kernel, strides, pads)} != {1} or set(given["dilations"]) != {1}:
            raise ValueError(f"{self.graph.name}: {node.name} has no equal sides, strides and borders")
        vectors, options, result = self.weighted(node, weights.shape[0], "filters")
        self.numbers += [*vectors, weights]
        self.section("[convolutional]", result, **options, groups=given["group"], size=kernel[0], stride=strides[0],
                     padding=pads[0])

    def translate_local(self, node: NodeProto) -> None:
        """Positions x filters x taps."""
        local = self.graph.locals[node.name]
        self.follow(local.input)
        weights, bias = self.take(local.weight), self.take(local.bias)
        activation, result = self.with_activation(node.output[0])
        self.numbers += [bias, weights.transpose(0, 2, 1)]
        self.section("[local]", result, filters=weights.shape[2], size=local.kernel, stride=local.stride, activation=activation)

    def translate_gemm(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        weights = self.take(node.input[1])
        vectors, options, result = self.weighted(node, weights.shape[0], "output")
        self.numbers += [vectors[0], weights, *vectors[1:]]
        self.section("[connected]", result, **options)

    def translate_maxpool(self, node: NodeProto, section: str = "[maxpool]") -> None:
        self.follow(node.input[0])
        given = attributes(node)
        size, strides, pads = given["kernel_shape"], given["strides"], given["pads"]
        total = pads[0] + pads[-1]
        border = [total // 2] * 2 + [total - total // 2] * 2
        if len(size) != 2 or {len(set(sides)) for sides in (size, strides)} != {1} or pads != border or "ceil_mode" in given:
            raise ValueError(f"{self.graph.name}: {node.name} has sides or borders that Darknet has not")
        self.section(section, node.output[0], size=size[0], stride=strides[0], padding=total)

    def translate_averagepool(self, node: NodeProto) -> None:
        if any(attributes(node)["pads"]):
            raise ValueError(f"{self.graph.name}: {node.name} has a border")
        self.translate_maxpool(node, "[local_avgpool]")

    def translate_globalaveragepool(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        self.section("[avgpool]", node.output[0])

    def translate_add(self, node: NodeProto) -> None:
        older, newer = sorted(node.input, key=lambda name: self.layer[name])
        self.follow(newer)
        activation, result = self.with_activation(node.output[0])
        self.section("[shortcut]", result, **{"from": self.number(older), "activation": activation})

    def translate_concat(self, node: NodeProto) -> None:
        self.section("[route]", node.output[0], layers=",".join(str(self.number(name)) for name in node.input))

    def translate_resize(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        scales = self.take(node.input[2])
        self.section("[upsample]", node.output[0], stride=int(scales[-1]))

    def translate_softmax(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        self.section("[softmax]", node.output[0])

    def translate_dropout(self, node: NodeProto) -> None:
        self.follow(node.input[0])
        self.section("[dropout]", node.output[0])

    def translate_flatten(self, node: NodeProto) -> None:
        self.alias(node)

    def translate_reshape(self, node: NodeProto) -> None:
        """Blocks of pixels to channels: to six dimensions, transposed, and back."""
        shape, moved = self.take(node.input[1]), self.only_user(node.output[0], "Transpose")
        merged = self.only_user(moved.output[0], "Reshape") if moved else None
        if len(shape) != 6 or not merged or attributes(moved)["perm"] != [0, 3, 5, 1, 2, 4]:
            raise ValueError(f"{self.graph.name}: {node.name} has no section in Darknet")
        self.follow(node.input[0])
        self.done |= {moved.name, merged.name}
        self.section("[reorg3d]", merged.output[0], stride=int(shape[3]))


def save_darknet(graph: Graph, path: Path, heads: dict[str, str] | None = None) -> int:
    """Writes `path` (.cfg) and the weights beside it, and returns their size in bytes; ValueError where Darknet cannot say what the graph says."""
    if len(graph.inputs) != 1:
        raise ValueError(f"{graph.name}: Darknet has one input, not {len(graph.inputs)}")
    writer = DarknetWriter(graph, heads or {})
    writer.write()
    path.write_text("\n".join(writer.text) + "\n")
    weights = path.with_suffix(".weights")
    with weights.open("wb") as file:
        file.write(np.array([0, 2, REVISION, 0, 0], "<i4").tobytes())
        for array in writer.numbers:
            file.write(np.ascontiguousarray(array, "<f4").tobytes())
        return file.tell()
