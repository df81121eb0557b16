"""A small builder of ONNX graphs: one method a layer, shapes and cost known while building.

Tensors are N, C and any number of spatial axes, or N, features. Weights are He-normal.
"""

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, Sequence

import numpy as np
from onnx import NodeProto, helper

from zoo.initializer import Fill, Initializer, constant, normal, uniform
from zoo.moments import Moments
from zoo.window import Size, paddings, per_axis, slid

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


@dataclass(frozen=True)
class LocalConv:
    """A locally connected layer, which ONNX says in several nodes: NAME/..., the last one NAME."""

    input: str
    weight: str
    bias: str
    kernel: int
    stride: int


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
        self.tower = ""
        self.locals: dict[str, LocalConv] = {}
        self.local_parts: set[str] = set()

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

    @contextmanager
    def shared(self, tower: str) -> Iterator[None]:
        """Layers made inside have names that start with `tower`; those of all towers share their weights."""
        self.tower = tower
        yield
        self.tower = ""

    # Layers with weights.

    def conv(self, x: Tensor, name: str, channels: int, kernel: Size, stride: Size = 1, pad: Size = 0, groups: int = 1,
             bias: bool = True, std: float | None = None, dilation: int = 1) -> Tensor:
        """Convolution with He-normal weights (O, I/groups, kernel), or scaled to an output deviation of `std`."""
        rank = len(x.shape) - 2
        kernel, stride, pads = per_axis(kernel, rank), per_axis(stride, rank), paddings(pad, rank)
        fan_in = x.channels // groups * math.prod(kernel)
        variance = std * std if std else 2 * x.moments.power
        weight = self._add(f"{name}/weight", (channels, x.channels // groups, *kernel),
                           normal(math.sqrt(variance / (fan_in * x.moments.power))))
        inputs = [x.name, weight] + ([self._bias(name, channels, variance)] if bias else [])
        spatial = slid(x.shape[2:], kernel, stride, pads, dilation)
        self.multiply_adds += x.shape[0] * channels * math.prod(spatial) * fan_in
        return self._emit("Conv", name, inputs, (x.shape[0], channels, *spatial), Moments(0, variance),
                          kernel_shape=kernel, strides=stride, pads=pads, dilations=[dilation] * rank, group=groups)

    def conv_transpose(self, x: Tensor, name: str, channels: int, kernel: int, stride: int, bias: bool = True,
                       std: float | None = None) -> Tensor:
        """Transposed convolution with weights (I, O, kernel): a value sums kernel / stride taps along each axis."""
        rank = len(x.shape) - 2
        fan_in = x.channels * max(1, kernel // stride) ** rank
        variance = std * std if std else 2 * x.moments.power
        weight = self._add(f"{name}/weight", (x.channels, channels, *[kernel] * rank),
                           normal(math.sqrt(variance / (fan_in * x.moments.power))))
        inputs = [x.name, weight] + ([self._bias(name, channels, variance)] if bias else [])
        self.multiply_adds += math.prod(x.shape) * channels * kernel**rank
        spatial = [(size - 1) * stride + kernel for size in x.shape[2:]]
        return self._emit("ConvTranspose", name, inputs, (x.shape[0], channels, *spatial), Moments(0, variance),
                          kernel_shape=[kernel] * rank, strides=[stride] * rank)

    def local_conv(self, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
        """A convolution with filters (I * kernel * kernel, O) and biases of its own at every position: a product of matrices
        behind a convolution that gathers the windows."""
        size, taps = slid(x.shape[2:], (kernel, kernel), (stride, stride), (0,) * 4, 1), x.channels * kernel**2
        positions, variance, first = math.prod(size), 2 * x.moments.power, len(self.nodes)
        pick = self._constant(f"{name}/pick", np.eye(taps, dtype=np.float32).reshape(taps, x.channels, kernel, kernel))
        weight = self._add(f"{name}/weight", (positions, taps, channels), normal(math.sqrt(2 / taps)))
        bias = self._add(f"{name}/bias", (1, channels, *size), normal(0.1 * math.sqrt(variance)))
        self.multiply_adds += positions * taps * channels
        windows = self._emit("Conv", f"{name}/windows", [x.name, pick], (1, taps, *size), x.moments, kernel_shape=[kernel] * 2,
                             strides=[stride] * 2)
        rows = self.transpose(self.reshape(windows, f"{name}/columns", taps, positions, 1), f"{name}/rows", 1, 2, 0)
        product = self._emit("MatMul", f"{name}/product", [rows.name, weight], (positions, 1, channels), Moments(0, variance))
        maps = self.reshape(self.transpose(product, f"{name}/maps", 1, 2, 0), f"{name}/map", 1, channels, *size)
        self.locals[name] = LocalConv(x.name, weight, bias, kernel, stride)
        self.local_parts |= {node.name for node in self.nodes[first:]}
        return self._emit("Add", name, [maps.name, bias], maps.shape, Moments(0, variance))

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

    def instance_norm(self, x: Tensor, name: str, epsilon: float = 1e-5) -> Tensor:
        """Every channel of every picture is normalised by its own mean and variance, then scaled and shifted."""
        inputs = [x.name, self._add(f"{name}/scale", (x.channels,), uniform(0.7, 1.3)),
                  self._add(f"{name}/bias", (x.channels,), normal(0.2))]
        return self._emit("InstanceNormalization", name, inputs, x.shape, Moments(0, 1.1), epsilon=epsilon)

    def scale_channels(self, x: Tensor, name: str, mean: float) -> Tensor:
        """A learned factor a channel, around `mean`."""
        shape = (1, x.channels, *[1] * (len(x.shape) - 2))
        factor = self._add(f"{name}/scale", shape, uniform(0.9 * mean, 1.1 * mean))
        return self._emit("Mul", name, [x.name, factor], x.shape, x.moments.scaled(mean))

    def classifier(self, x: Tensor, name: str, classes: int, softmax: bool = True, prefix: str = "") -> Tensor:
        """The last dense layer, its result named `logits`, and where asked a softmax named `probabilities`."""
        logits = self.rename(self.dense(x, name, classes, LOGIT_STD), f"{prefix}logits")
        return self.softmax(logits, f"{prefix}probabilities") if softmax else logits

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

    def softmax(self, x: Tensor, name: str = "probabilities", axis: int = 1) -> Tensor:
        return self._emit("Softmax", name, [x.name], x.shape, Moments(1 / x.shape[axis], 0), axis=axis)

    def add(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        assert a.shape == b.shape, f"{name}: {a.shape} + {b.shape}"
        return self._emit("Add", name, [a.name, b.name], a.shape,
                          Moments.total([a.moments, b.moments]))

    def subtract(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        assert a.shape == b.shape, f"{name}: {a.shape} - {b.shape}"
        return self._emit("Sub", name, [a.name, b.name], a.shape, Moments.total([a.moments, b.moments.scaled(-1)]))

    def times(self, x: Tensor, factor: float, name: str) -> Tensor:
        value = self._constant(f"{name}/factor", np.array(factor, np.float32))
        return self._emit("Mul", name, [x.name, value], x.shape, x.moments.scaled(factor))

    def plus(self, x: Tensor, term: float, name: str) -> Tensor:
        value = self._constant(f"{name}/term", np.array(term, np.float32))
        return self._emit("Add", name, [x.name, value], x.shape, Moments(x.moments.mean + term, x.moments.variance))

    def l2_normalize(self, x: Tensor, name: str) -> Tensor:
        """x / sqrt(sum of x^2 over the channels)."""
        return self._emit("LpNormalization", name, [x.name], x.shape,
                          x.moments.scaled(1 / math.sqrt(x.channels * x.moments.power)), axis=1, p=2)

    def squared_distance(self, a: Tensor, b: Tensor, name: str) -> Tensor:
        """Sum of (a - b)^2 over the features: N, 1."""
        difference = self.subtract(a, b, f"{name}/difference")
        inputs, attributes = [difference.name], {"axes": [1]}
        if self.opset >= 18:
            inputs, attributes = [difference.name, self._constant(f"{name}/axes", np.array([1], np.int64))], {}
        return self._emit("ReduceSumSquare", name, inputs, (a.shape[0], 1),
                          Moments(a.channels * difference.moments.power), keepdims=1, **attributes)

    # Pooling.

    def max_pool(self, x: Tensor, name: str, kernel: Size, stride: Size, pad: Size = 0, ceil: bool = False) -> Tensor:
        moments = x.moments.maximum(math.prod(per_axis(kernel, len(x.shape) - 2)))
        return self._pool("MaxPool", x, moments, name, kernel, stride, pad, ceil)

    def average_pool(self, x: Tensor, name: str, kernel: Size, stride: Size, pad: Size = 0,
                     count_include_pad: bool = False, ceil: bool = False) -> Tensor:
        attributes = {"count_include_pad": 1} if count_include_pad else {}
        return self._pool("AveragePool", x, x.moments.average(0.3), name, kernel, stride, pad, ceil, **attributes)

    def l2_pool(self, x: Tensor, name: str, kernel: int, stride: int) -> Tensor:
        """sqrt(sum of x^2 over the window), from plain operators, as exporters write it."""
        power, taps = x.moments.power, kernel ** (len(x.shape) - 2)
        squared = self._emit("Mul", f"{name}/square", [x.name, x.name], x.shape, Moments(power, 2 * power**2))
        total = self.times(self.average_pool(squared, f"{name}/average", kernel, stride), taps, f"{name}/sum")
        moments = Moments(0.9 * math.sqrt(taps * power), 0.2 * taps * power)
        return self._emit("Sqrt", name, [total.name], total.shape, moments)

    def global_average_pool(self, x: Tensor, name: str) -> Tensor:
        """Mean over the spatial axes, which become 1."""
        shape = (*x.shape[:2], *[1] * (len(x.shape) - 2))
        return self._emit("GlobalAveragePool", name, [x.name], shape, x.moments.average(0.2))

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
        """The same values in another shape, of which one size may be -1: what remains."""
        remains = -math.prod(x.shape) // math.prod(shape) if -1 in shape else 1
        shape = tuple(remains if size == -1 else size for size in shape)
        assert math.prod(shape) == math.prod(x.shape), f"{name}: {x.shape} to {shape}"
        target = self._constant(f"{name}/shape", np.array(shape, np.int64))
        return self._emit("Reshape", name, [x.name, target], shape, x.moments)

    def transpose(self, x: Tensor, name: str, *order: int) -> Tensor:
        return self._emit("Transpose", name, [x.name], tuple(x.shape[axis] for axis in order), x.moments,
                          perm=list(order))

    def pad(self, x: Tensor, name: str, begins: Sequence[int], ends: Sequence[int], mode: str = "constant") -> Tensor:
        """Zeros, or with mode `reflect` the mirrored neighbourhood, around the axes of `x`."""
        shape = tuple(map(sum, zip(begins, x.shape, ends, strict=True)))
        moments = x.moments
        if mode == "constant":
            inside = math.prod(x.shape) / math.prod(shape)
            moments = Moments.mixture([x.moments, Moments(0, 0)], [inside, 1 - inside])
        if self.opset < 11:
            return self._emit("Pad", name, [x.name], shape, moments, mode=mode, pads=[*begins, *ends])
        pads = self._constant(f"{name}/pads", np.array([*begins, *ends], np.int64))
        return self._emit("Pad", name, [x.name, pads], shape, moments, mode=mode)

    def slice(self, x: Tensor, name: str, starts: Sequence[int], ends: Sequence[int], step: int = 1) -> Tensor:
        """The part [start, end) of every spatial axis, every `step`-th value of it."""
        if self.opset < 10:
            raise ValueError(f"{self.name}: {name} is a slice with steps, which needs opset 10 or newer")
        axes = range(2, len(x.shape))
        limits = {"starts": starts, "ends": ends, "axes": axes, "steps": [step] * len(axes)}
        inputs = [self._constant(f"{name}/{what}", np.array(values, np.int64)) for what, values in limits.items()]
        spatial = (len(range(*limit, step)) for limit in zip(starts, ends, strict=True))
        return self._emit("Slice", name, [x.name, *inputs], (*x.shape[:2], *spatial), x.moments)

    def upsample(self, x: Tensor, name: str, factor: int = 2) -> Tensor:
        """Every value `factor` times along each spatial axis: Resize to the nearest."""
        if self.opset < 11:
            raise ValueError(f"{self.name}: {name} resizes, which needs opset 11 or newer")
        scales = [1, 1, *[factor] * (len(x.shape) - 2)]
        shape = tuple(size * scale for size, scale in zip(x.shape, scales))
        region = "" if self.opset >= 13 else self._constant(f"{name}/region", np.zeros(0, np.float32))
        factors = self._constant(f"{name}/scales", np.array(scales, np.float32))
        return self._emit("Resize", name, [x.name, region, factors], shape, x.moments, mode="nearest",
                          nearest_mode="floor", coordinate_transformation_mode="asymmetric")

    def constant(self, name: str, values: np.ndarray) -> Tensor:
        """A tensor that depends on no input."""
        stored = self._constant(f"{name}/values", values)
        return self._emit("Identity", name, [stored], values.shape, Moments(float(values.mean()), float(values.var())))

    # Internals.

    def _add(self, name: str, shape: tuple[int, ...], fill: Fill, role: str = "parameter") -> str:
        name = name.removeprefix(self.tower)
        if not self.tower or all(name != made.name for made in self.initializers):
            self.initializers.append(Initializer(name, shape, fill, role))
        return name

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.initializers.append(Initializer(name, values.shape, constant(values), "constant", values.dtype))
        return name

    def _bias(self, layer: str, channels: int, variance: float) -> str:
        return self._add(f"{layer}/bias", (channels,), normal(0.1 * math.sqrt(variance)))

    def _pool(self, op: str, x: Tensor, moments: Moments, name: str, kernel: Size, stride: Size, pad: Size, ceil: bool,
              **attributes) -> Tensor:
        if ceil:
            if self.opset < 10:
                raise ValueError(f"{self.name}: {name} rounds its size up, which needs opset 10 or newer")
            attributes["ceil_mode"] = 1
        rank = len(x.shape) - 2
        kernel, stride, pads = per_axis(kernel, rank), per_axis(stride, rank), paddings(pad, rank)
        return self._emit(op, name, [x.name], (*x.shape[:2], *slid(x.shape[2:], kernel, stride, pads, 1, ceil)),
                          moments, kernel_shape=kernel, strides=stride, pads=pads, **attributes)

    def _emit(self, op: str, name: str, inputs: list[str], shape: Sequence[int], moments: Moments,
              **attributes) -> Tensor:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return Tensor(name, tuple(shape), moments)
