"""A small builder of ONNX graphs: one method a layer, shapes and cost known while building.

Tensors are N, C, H, W, or N, features. Weights are He-normal.
"""

import math
from dataclasses import dataclass
from typing import Sequence

import numpy as np
from onnx import NodeProto, helper

from zoo.initializer import Fill, Initializer, constant, normal, uniform
from zoo.moments import Moments

LOGIT_STD = 2.0


@dataclass(frozen=True)
class Tensor:
    """A value of the graph: its name, static shape and expected moments."""

    name: str
    shape: tuple[int, ...]
    moments: Moments = Moments()

    @property
    def channels(self) -> int:
        return self.shape[1]


def _pooled(size: int, kernel: int, stride: int, pad: int, ceil: bool) -> int:
    """Output length of a window operator along one axis, as the ONNX specification defines it."""
    steps = (size + 2 * pad - kernel) / stride
    return (math.ceil(steps) if ceil else math.floor(steps)) + 1


class Graph:
    """Nodes and initializers of one network, in topological order."""

    def __init__(self, name: str, opset: int = 13):
        self.name = name
        self.opset = opset
        self.nodes: list[NodeProto] = []
        self.initializers: list[Initializer] = []
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.multiply_adds = 0

    # Totals.

    def count(self, *roles: str) -> int:
        """Number of scalars in the initializers of these roles."""
        return sum(i.size for i in self.initializers if i.role in roles)

    @property
    def parameters(self) -> int:
        """Number of trained parameters; the running statistics of batch norm are not among them."""
        return self.count("parameter")

    # Borders of the graph.

    def input(self, name: str, *shape: int) -> Tensor:
        """Declares an f32 input; its values should have mean 0 and variance 1."""
        self.inputs.append(Tensor(name, shape))
        return self.inputs[-1]

    def output(self, x: Tensor) -> None:
        """Declares `x` a result of the network."""
        self.outputs.append(x)

    def rename(self, x: Tensor, name: str) -> Tensor:
        """Gives the result of the last node another name."""
        assert self.nodes[-1].output[0] == x.name, "only the newest tensor can be renamed"
        self.nodes[-1].output[0] = name
        return Tensor(name, x.shape, x.moments)

    # Layers with weights.

    def conv(self, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1, pad: int = 0, groups: int = 1,
             bias: bool = True, std: float | None = None) -> Tensor:
        """Square convolution with He-normal weights (O, I/groups, K, K), or scaled to an output deviation of `std`."""
        fan_in = x.channels // groups * kernel * kernel
        variance = std * std if std else 2 * x.moments.power
        weight = self._add(f"{name}/weight", (channels, x.channels // groups, kernel, kernel),
                           normal(math.sqrt(variance / (fan_in * x.moments.power))))
        inputs = [x.name, weight] + ([self._bias(name, channels, variance)] if bias else [])
        height, width = (_pooled(size, kernel, stride, pad, False) for size in x.shape[2:])
        self.multiply_adds += channels * height * width * fan_in
        return self._emit("Conv", name, inputs, (x.shape[0], channels, height, width), Moments(0, variance),
                          kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, dilations=[1, 1],
                          group=groups)

    def dense(self, x: Tensor, name: str, units: int, std: float | None = None) -> Tensor:
        """Fully connected layer on (N, features): Gemm with weights (units, features)."""
        fan_in = x.shape[1]
        variance = std * std if std else 2 * x.moments.power
        weight = self._add(f"{name}/weight", (units, fan_in), normal(math.sqrt(variance / (fan_in * x.moments.power))))
        self.multiply_adds += x.shape[0] * units * fan_in
        return self._emit("Gemm", name, [x.name, weight, self._bias(name, units, variance)], (x.shape[0], units),
                          Moments(0, variance), transB=1)

    def batch_norm(self, x: Tensor, name: str, epsilon: float = 1e-5) -> Tensor:
        """Inference batch norm; running statistics are drawn around what the weights before it produce."""
        deviation, variance = x.moments.deviation, x.moments.variance
        shape = (x.channels,)
        inputs = [x.name, self._add(f"{name}/scale", shape, uniform(0.7, 1.3)),
                  self._add(f"{name}/bias", shape, normal(0.2)),
                  self._add(f"{name}/mean", shape, normal(0.2 * deviation, x.moments.mean), "statistic"),
                  self._add(f"{name}/var", shape, uniform(0.7 * variance, 1.5 * variance), "statistic")]
        return self._emit("BatchNormalization", name, inputs, x.shape, Moments(0, 1.1), epsilon=epsilon)

    def classifier(self, x: Tensor, name: str, classes: int, softmax: bool = True) -> Tensor:
        """The last dense layer, its result named `logits`, and where asked a softmax named `probabilities`."""
        logits = self.rename(self.dense(x, name, classes, LOGIT_STD), "logits")
        return self.softmax(logits) if softmax else logits

    # Pointwise layers.

    def relu(self, x: Tensor, name: str | None = None) -> Tensor:
        return self._emit("Relu", name or f"{x.name}/relu", [x.name], x.shape, x.moments.rectified())

    def relu6(self, x: Tensor, name: str | None = None) -> Tensor:
        """min(max(x, 0), 6); the limits are inputs from opset 11 on."""
        name = name or f"{x.name}/relu6"
        if self.opset < 11:
            return self._emit("Clip", name, [x.name], x.shape, x.moments.rectified(), min=0.0, max=6.0)
        low, high = (self._constant(f"{name}/{limit}", np.array(value, np.float32))
                     for limit, value in (("min", 0), ("max", 6)))
        return self._emit("Clip", name, [x.name, low, high], x.shape, x.moments.rectified())

    def leaky_relu(self, x: Tensor, name: str | None = None, alpha: float = 0.1) -> Tensor:
        return self._emit("LeakyRelu", name or f"{x.name}/leaky", [x.name], x.shape,
                          x.moments.rectified(alpha), alpha=alpha)

    def tanh(self, x: Tensor, name: str | None = None) -> Tensor:
        return self._emit("Tanh", name or f"{x.name}/tanh", [x.name], x.shape,
                          Moments(0, x.moments.power / (1 + x.moments.power)))

    def lrn(self, x: Tensor, name: str, size: int, alpha: float, beta: float, bias: float) -> Tensor:
        """Local response normalisation: x / (bias + alpha / size * sum of squares over `size` channels)^beta."""
        moments = x.moments.scaled((bias + alpha * x.moments.power) ** -beta)
        return self._emit("LRN", name, [x.name], x.shape, moments, size=size, alpha=alpha, beta=beta, bias=bias)

    def dropout(self, x: Tensor, name: str) -> Tensor:
        """Dropout as exporters leave it in inference graphs: the identity."""
        return self._emit("Dropout", name, [x.name], x.shape, x.moments)

    def softmax(self, x: Tensor, name: str = "probabilities") -> Tensor:
        return self._emit("Softmax", name, [x.name], x.shape, Moments(1 / x.shape[1], 0), axis=1)

    def add(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        assert a.shape == b.shape, f"{name}: {a.shape} + {b.shape}"
        return self._emit("Add", name, [a.name, b.name], a.shape,
                          Moments.total([a.moments, b.moments]))

    # Pooling.

    def max_pool(self, x: Tensor, name: str, kernel: int, stride: int, pad: int = 0, ceil: bool = False) -> Tensor:
        return self._pool("MaxPool", x, x.moments.maximum(kernel * kernel), name, kernel, stride, pad, ceil)

    def average_pool(self, x: Tensor, name: str, kernel: int, stride: int, pad: int = 0,
                     count_include_pad: bool = False) -> Tensor:
        attributes = {"count_include_pad": 1} if count_include_pad else {}
        return self._pool("AveragePool", x, x.moments.average(0.3), name, kernel, stride, pad, False, **attributes)

    def global_average_pool(self, x: Tensor, name: str) -> Tensor:
        """Mean over H and W: N, C, 1, 1."""
        return self._emit("GlobalAveragePool", name, [x.name], (*x.shape[:2], 1, 1), x.moments.average(0.2))

    # Data movement.

    def flatten(self, x: Tensor, name: str = "flatten") -> Tensor:
        return self._emit("Flatten", name, [x.name], (x.shape[0], math.prod(x.shape[1:])), x.moments, axis=1)

    def concat(self, tensors: Sequence[Tensor], name: str) -> Tensor:
        """Joins tensors along the channels."""
        channels = sum(t.channels for t in tensors)
        moments = Moments.mixture([t.moments for t in tensors], [t.channels for t in tensors])
        batch, _, *spatial = tensors[0].shape
        assert all(t.shape[2:] == tuple(spatial) for t in tensors), f"{name}: {[t.shape for t in tensors]}"
        return self._emit("Concat", name, [t.name for t in tensors], (batch, channels, *spatial), moments, axis=1)

    def reshape(self, x: Tensor, name: str, *shape: int) -> Tensor:
        assert math.prod(shape) == math.prod(x.shape), f"{name}: {x.shape} to {shape}"
        target = self._constant(f"{name}/shape", np.array(shape, np.int64))
        return self._emit("Reshape", name, [x.name, target], shape, x.moments)

    def transpose(self, x: Tensor, name: str, *order: int) -> Tensor:
        return self._emit("Transpose", name, [x.name], tuple(x.shape[axis] for axis in order), x.moments,
                          perm=list(order))

    # Internals.

    def _add(self, name: str, shape: tuple[int, ...], fill: Fill, role: str = "parameter") -> str:
        self.initializers.append(Initializer(name, shape, fill, role))
        return name

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.initializers.append(Initializer(name, values.shape, constant(values), "constant", values.dtype))
        return name

    def _bias(self, layer: str, channels: int, variance: float) -> str:
        return self._add(f"{layer}/bias", (channels,), normal(0.1 * math.sqrt(variance)))

    def _pool(self, op: str, x: Tensor, moments: Moments, name: str, kernel: int, stride: int, pad: int, ceil: bool,
              **attributes) -> Tensor:
        if ceil:
            if self.opset < 10:
                raise ValueError(f"{self.name}: {name} rounds its size up, which needs opset 10 or newer")
            attributes["ceil_mode"] = 1
        spatial = (_pooled(size, kernel, stride, pad, ceil) for size in x.shape[2:])
        return self._emit(op, name, [x.name], (*x.shape[:2], *spatial), moments,
                          kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, **attributes)

    def _emit(self, op: str, name: str, inputs: list[str], shape: Sequence[int], moments: Moments,
              **attributes) -> Tensor:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return Tensor(name, tuple(shape), moments)
