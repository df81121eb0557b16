"""Proposals of single layers of convolutional networks: convolution, pools, normalisation, activations.

Each function takes a random_network.Network, and returns the name of a new tensor or None.
"""
import numpy as np


def is_map(array):
    return 3 <= array.ndim <= 5


def window(net, spatial, largest=5):
    """Random attributes of a window that slides over a map of the given size."""
    rank = len(spatial)
    kernel = [net.integer(1, min(largest, 2 * size)) for size in spatial]
    if net.chance(0.3):
        kernel = [min(kernel[0], 2 * min(spatial))] * rank
    attributes = {"kernel_shape": kernel}
    if net.chance(0.6):
        attributes["strides"] = [net.integer(1, 3) for _ in range(rank)]
    if net.chance(0.3):
        attributes["dilations"] = [net.integer(1, 3) for _ in range(rank)]
    dilations = attributes.get("dilations", [1] * rank)
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    kind = net.integer(0, 6)
    if kind < 3:
        attributes["auto_pad"] = ["SAME_UPPER", "SAME_LOWER", "VALID"][kind]
    elif kind == 3:
        attributes["pads"] = [e // 2 for e in extent] * 2
    elif kind < 6:
        attributes["pads"] = [net.integer(0, e - 1) for e in extent * 2]
    pads = attributes.get("pads", [0] * 2 * rank)
    room = [size + begin + end for size, begin, end in zip(spatial, pads, pads[rank:])]
    # ONNX Runtime rounds towards zero there, so that a window beyond the map is one to it.
    if any(e > size for e, size in zip(extent, room)) and "SAME" not in attributes.get("auto_pad", ""):
        attributes["kernel_shape"] = [1] * rank
    return attributes


def channels(net):
    return net.choice([net.integer(1, 8), net.integer(9, 33), net.integer(1, 70), 16, 32, 64])


def conv(net, x=None, **fixed):
    x = x or net.pick(is_map)
    if not x:
        return None
    c, spatial = net.shape(x)[1], net.shape(x)[2:]
    attributes = {k: v for k, v in (window(net, spatial) | fixed).items() if v is not None}
    divisors = [g for g in range(1, c + 1) if c % g == 0]
    kind = net.integer(0, 5)
    group = 1 if kind < 3 else c if kind == 3 else net.choice(divisors)
    group = attributes.pop("group", group)
    maps = group * net.integer(1, max(1, 70 // group)) if group > 1 else channels(net)
    if group == c and net.chance(0.6):
        maps = group * net.integer(1, 2)
    shape = [maps, c // group, *attributes["kernel_shape"]]
    inputs = [x, net.weight(shape, 1 / np.sqrt(np.prod(shape[1:])))]
    if net.chance(0.6):
        inputs.append(net.weight([maps]))
    if net.chance(0.3):
        del attributes["kernel_shape"]
    return net.add("Conv", inputs, group=group, **attributes)


def conv_transpose(net):
    x = net.pick(is_map)
    if not x:
        return None
    c, rank = net.shape(x)[1], len(net.shape(x)) - 2
    group = net.choice([1, 1, 1, net.choice([g for g in range(1, c + 1) if c % g == 0])])
    kernel = [net.integer(1, 5) for _ in range(rank)]
    shape = [c, net.integer(1, max(1, 40 // group)), *kernel]
    attributes = {"kernel_shape": kernel, "group": group}
    strides = [net.integer(1, 5 if rank < 3 else 3) for _ in range(rank)]
    dilations = [net.integer(1, 2) for _ in range(rank)]
    if net.chance(0.8):
        attributes["strides"] = strides
    else:
        strides = [1] * rank
    if net.chance(0.3):
        attributes["dilations"] = dilations
    else:
        dilations = [1] * rank
    if net.chance(0.5):
        attributes["pads"] = [net.integer(0, (k - 1) * d // 2) for k, d in zip(kernel, dilations)] * 2
    if net.chance(0.3):
        attributes["output_padding"] = [net.integer(0, s - 1) for s in strides]
    inputs = [x, net.weight(shape, 1 / np.sqrt(c * np.prod(kernel)))]
    if net.chance(0.6):
        inputs.append(net.weight([shape[1] * group]))
    y = net.add("ConvTranspose", inputs, **attributes)
    return y and (activation(net, y) if net.chance(0.3) else y)


def resize(net):
    """Enlarges or reduces a map; the modes on which the specification and ONNX Runtime agree."""
    x = net.pick(lambda array: is_map(array) and array.size < 20000)
    if not x or net.opset < 11:
        return None
    spatial = net.shape(x)[2:]
    sizes = [net.integer(max(1, s // 2), 2 * s) for s in spatial]
    attributes = {"mode": net.choice(["nearest", "linear", "cubic"] if len(spatial) == 2 else ["nearest", "linear"])}
    attributes["coordinate_transformation_mode"] = net.choice(["half_pixel", "asymmetric", "align_corners"])
    if attributes["mode"] == "nearest":
        attributes["nearest_mode"] = net.choice(["round_prefer_floor", "floor", "ceil"])
        if attributes["coordinate_transformation_mode"] == "align_corners":
            attributes["coordinate_transformation_mode"] = "asymmetric"
    if net.chance(0.5):
        whole = [net.integer(1, 3) for _ in spatial]
        return net.add("Resize", [x, "", net.constant(np.array([1, 1, *whole], np.float32))], **attributes)
    shape = np.array([*net.shape(x)[:2], *sizes], np.int64)
    return net.add("Resize", [x, "", "", net.constant(shape)], **attributes)


def pointwise_conv(net, x=None):
    x = x or net.pick(is_map)
    if not x:
        return None
    return conv(net, x, kernel_shape=[1] * (len(net.shape(x)) - 2), strides=[1] * (len(net.shape(x)) - 2),
                group=1, auto_pad=None, pads=None)


def separable_conv(net):
    """A depthwise convolution and a pointwise one (Howard et al. 2017)."""
    x = net.pick(is_map)
    y = x and conv(net, x, group=net.shape(x)[1])
    if y and net.chance(0.6):
        y = activation(net, y) or y
    return y and pointwise_conv(net, y)


def same_conv(net, x):
    """A convolution that keeps the shape of x, so that a residual can be added."""
    c, rank = net.shape(x)[1], len(net.shape(x)) - 2
    kernel = [net.choice([1, 3, 5]) for _ in range(rank)]
    weight = net.weight([c, c, *kernel], 1 / np.sqrt(c * np.prod(kernel)))
    bias = [net.weight([c])] if net.chance(0.5) else []
    return net.add("Conv", [x, weight, *bias], pads=[k // 2 for k in kernel] * 2)


def pool(net):
    x = net.pick(is_map)
    if not x:
        return None
    attributes = window(net, net.shape(x)[2:])
    is_max = net.chance(0.5)
    # ONNX Runtime's pools forget the dilations where they compute such pads.
    if net.opset < (10 if is_max else 19) or "SAME" in attributes.get("auto_pad", ""):
        attributes.pop("dilations", None)
    if net.opset >= 10 and net.chance(0.4) and "auto_pad" not in attributes:
        attributes["ceil_mode"] = 1
    if not is_max and net.chance(0.5):
        attributes["count_include_pad"] = 1
    return net.add("MaxPool" if is_max else "AveragePool", [x], **attributes)


def global_pool(net):
    x = net.pick(is_map)
    return x and net.add(net.choice(["GlobalAveragePool", "GlobalMaxPool"]), [x])


def batch_norm(net, x=None):
    x = x or net.pick(lambda array: array.ndim >= 2)
    if not x:
        return None
    c = net.shape(x)[1]
    variance = net.constant(np.abs(net.random_array([c])) + net.dtype.type(0.3))
    inputs = [x, net.weight([c]), net.weight([c]), net.weight([c]), variance]
    attributes = {"epsilon": 1e-3} if net.chance(0.5) else {}
    return net.add("BatchNormalization", inputs, **attributes)


def instance_norm(net):
    x = net.pick(lambda array: is_map(array) and np.prod(array.shape[2:]) > 4)
    if not x:
        return None
    c = net.shape(x)[1]
    return net.add("InstanceNormalization", [x, net.weight([c]), net.weight([c])])


def lrn(net):
    x = net.pick(lambda array: array.ndim == 4)
    if not x:
        return None
    attributes = {"size": net.integer(1, 7)}
    if net.chance(0.5):
        attributes |= {"alpha": net.rng.random() * 0.5, "beta": net.choice([0.5, 0.75, 1.0, 0.6]), "bias": 1.5}
    return net.add("LRN", [x], **attributes)


def clip(net, x):
    low, high = sorted(float(v) for v in net.rng.standard_normal(2))
    if net.opset < 11:
        bounds = {"min": low, "max": high}
        return net.add("Clip", [x], **dict(list(bounds.items())[net.integer(0, 1) : 2]))
    kind = net.integer(0, 3)
    bounds = [net.constant(np.asarray(v, net.dtype)) for v in (low, high)]
    return net.add("Clip", [x] + [bounds[:1], ["", bounds[1]], bounds, []][kind])


def prelu(net, x):
    shape = net.shape(x)
    slopes = [[1], list(shape), [1] * len(shape), [shape[-1]]]
    if len(shape) > 2:
        slopes += 3 * [[shape[1]] + [1] * (len(shape) - 2)]
    return net.add("PRelu", [x, net.weight(net.choice(slopes), 0.5)])


# With attributes, and since which operator set.
ACTIVATIONS = {
    "Relu": (1, {}), "Sigmoid": (1, {}), "Tanh": (1, {}), "Exp": (1, {}), "Abs": (1, {}), "Neg": (1, {}),
    "Elu": (1, {"alpha": 0.7}), "LeakyRelu": (1, {"alpha": 0.2}), "HardSigmoid": (1, {"alpha": 0.3, "beta": 0.4}),
    "HardSwish": (14, {}), "Selu": (1, {"alpha": 1.5, "gamma": 1.1}), "Softplus": (1, {}), "Softsign": (1, {}),
    "Erf": (9, {}), "Floor": (1, {}), "Ceil": (1, {}), "Reciprocal": (1, {}), "Identity": (1, {}),
    "Dropout": (1, {}), "Sqrt": (1, {}), "Log": (1, {}), "Mish": (18, {}), "Gelu": (20, {}),
}
COMMON = ["Relu", "Sigmoid", "Tanh", "Elu", "LeakyRelu", "HardSigmoid"]


def activation(net, x=None):
    x = x or net.pick()
    if not x:
        return None
    kind = net.integer(0, 7)
    if kind == 0:
        return clip(net, x)
    if kind == 1:
        return prelu(net, x)
    op = net.choice(COMMON if kind < 6 else list(ACTIVATIONS))
    since, attributes = ACTIVATIONS[op]
    if net.opset < since:
        return None
    return net.add(op, [x], **(attributes if net.chance(0.6) else {}))


def residual(net):
    x = net.pick(is_map)
    if not x:
        return None
    y = same_conv(net, x)
    if y and net.chance(0.5):
        y = batch_norm(net, y)
    if y and net.chance(0.3):
        y = net.add("Relu", [y])
    if not y:
        return None
    y = net.add("Add", [x, y] if net.chance(0.5) else [y, x])
    return y and (activation(net, y) if net.chance(0.6) else y)


def conv_unit(net):
    """Convolution, batch normalisation, activation: what most networks are made of."""
    x = conv(net)
    if x and net.chance(0.5):
        x = batch_norm(net, x) or x
    return x and (activation(net, x) or x)


def squeeze_and_excite(net):
    x = net.pick(is_map)
    if not x:
        return None
    c, rank = net.shape(x)[1], len(net.shape(x)) - 2
    narrow = max(1, c // 4)
    y = net.add("GlobalAveragePool", [x])
    y = net.add("Conv", [y, net.weight([narrow, c] + [1] * rank, 1 / np.sqrt(c)), net.weight([narrow])])
    y = net.add("Relu", [y])
    y = net.add("Conv", [y, net.weight([c, narrow] + [1] * rank, 1 / np.sqrt(narrow)), net.weight([c])])
    y = net.add(net.choice(["Sigmoid", "HardSigmoid"]), [y])
    return net.add("Mul", [x, y] if net.chance(0.5) else [y, x])


def scale_and_shift(net, x=None):
    """A factor and an addend per channel, as Caffe's Scale layers are exported."""
    x = x or net.pick(is_map)
    if not x:
        return None
    shape = [net.shape(x)[1]] + [1] * (len(net.shape(x)) - 2)
    for op in ["Mul", "Add"]:
        if net.chance(0.8):
            x = net.add(op, [x, net.weight(shape)]) or x
    return x


def pre_activation(net, x):
    """What DenseNet has in front of its convolutions."""
    if net.chance(0.2):
        x = activation(net, x) or x
    x = (batch_norm(net, x) if net.chance(0.7) else None) or x
    if net.chance(0.3):
        x = scale_and_shift(net, x)
    return net.add("Relu", [x])


def dense_layer(net, x):
    """Some more maps behind those of x; None where a tensor on the way is not usable."""
    growth, rank = net.integer(3, 20), len(net.shape(x)) - 2
    y = pre_activation(net, x)
    if y and net.chance(0.5):
        c = net.shape(y)[1]
        y = net.add("Conv", [y, net.weight([4 * growth, c] + [1] * rank, 1 / np.sqrt(c))])
        y = y and pre_activation(net, y)
    if not y:
        return None
    c = net.shape(y)[1]
    y = net.add("Conv", [y, net.weight([growth, c] + [3] * rank, 0.3 / np.sqrt(c))], pads=[1] * 2 * rank)
    return y and net.add("Concat", [x, y], axis=1)


def dense_block(net):
    x = net.pick(is_map)
    for _ in range(net.integer(1, 3)):
        x = x and dense_layer(net, x)
    return x


def inception(net):
    x = net.pick(is_map)
    if not x:
        return None
    c, rank, branches = net.shape(x)[1], len(net.shape(x)) - 2, []
    for _ in range(net.integer(2, 4)):
        maps, size = channels(net), net.choice([1, 1, 3, 5])
        y = x
        if net.chance(0.2):
            op = net.choice(["MaxPool", "AveragePool"])
            y = net.add(op, [x], kernel_shape=[3] * rank, pads=[1] * 2 * rank)
            size = 1
        weight = net.weight([maps, c] + [size] * rank, 1 / np.sqrt(c * size**rank))
        bias = [net.weight([maps])] if net.chance(0.6) else []
        y = net.add("Conv", [y, weight, *bias], pads=[size // 2] * 2 * rank)
        branches.append(net.add("Relu", [y]) if net.chance(0.7) else y)
    return net.add("Concat", branches, axis=1)


LAYERS = [
    (conv, 8), (conv_unit, 10), (pool, 7), (global_pool, 1), (batch_norm, 3), (instance_norm, 1), (lrn, 2),
    (activation, 9), (residual, 5), (pointwise_conv, 3), (separable_conv, 3), (squeeze_and_excite, 2), (dense_block, 4),
    (inception, 3), (conv_transpose, 3), (resize, 3), (scale_and_shift, 2),
]
