"""Proposals of nodes that compare, choose, count and normalise: what is composed of several ops of the nn dialect.

Each function takes a random_network.Network, and returns the name of a new tensor or None.
"""
import numpy as np
from random_layers import is_map, window
from random_network import onnx_type
from random_tensor_ops import broadcast_shape, other_operand


def is_close(a, b):
    """Whether rounding errors could decide a comparison."""
    gap = np.abs(a.astype(np.float64) - b.astype(np.float64))
    return bool(((gap > 0) & (gap < 1e-5 * np.abs(a).max())).any())


def mask(net, x):
    """A truth value for each element of x, or for each row, column, ... of it."""
    op = net.choice(["Less", "Greater", "Equal"] + (["LessOrEqual", "GreaterOrEqual"] if net.opset >= 12 else []))
    if net.opset < 9:
        op = net.choice(["Less", "Greater"])
    other = other_operand(net, x)
    if is_close(net.values[x], net.values[other]):
        return None
    y = net.add(op, [x, other])
    if y and net.chance(0.3):
        other = net.constant(net.random_array(broadcast_shape(net, net.shape(x)), dtype=np.bool_))
        y = net.add(net.choice(["And", "Or", "Xor"]), [y, other])
    return net.add("Not", [y]) if y and net.chance(0.2) else y


def where(net):
    x = net.pick()
    condition = x and mask(net, x)
    if not condition:
        return None
    if net.opset < 9 or net.chance(0.2):
        return net.add("Mul", [x, net.add("Cast", [condition], to=onnx_type(net.dtype))])
    choices = [x, other_operand(net, x)]
    return net.add("Where", [condition, *(choices if net.chance(0.5) else choices[::-1])])


def extreme_place(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    attributes = {"axis": net.integer(0, len(net.shape(x)) - 1)}
    if net.chance(0.5):
        attributes["keepdims"] = net.integer(0, 1)
    if net.opset >= 12 and net.chance(0.3):
        attributes["select_last_index"] = 1
    y = net.add(net.choice(["ArgMax", "ArgMin"]), [x], **attributes)
    return y and (net.add("Cast", [y], to=onnx_type(net.dtype)) if net.chance(0.6) else y)


def hardmax(net):
    x = net.pick(lambda a: a.ndim > 1)
    return x and net.add("Hardmax", [x], axis=net.integer(1, len(net.shape(x)) - 1))


def running_sum(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x or net.opset < 11:
        return None
    axis = net.constant(np.asarray(net.integer(-len(net.shape(x)), len(net.shape(x)) - 1), np.int64))
    return net.add("CumSum", [x, axis], exclusive=net.integer(0, 1), reverse=net.integer(0, 1))


def triangle(net):
    x = net.pick(lambda a: a.ndim > 1)
    if not x or net.opset < 14:
        return None
    diagonal = [net.constant(np.asarray(net.integer(-4, 4), np.int64))] if net.chance(0.6) else []
    return net.add("Trilu", [x, *diagonal], upper=net.integer(0, 1))


def layer_norm(net):
    x = net.pick(lambda a: a.ndim > 1 and a.size > 8)
    if not x or net.opset < 17:
        return None
    shape = net.shape(x)
    axis = net.integer(1, len(shape) - 1)
    inputs = [x, net.weight(shape[axis:])] + ([net.weight(shape[axis:])] if net.chance(0.6) else [])
    return net.add("LayerNormalization", inputs, axis=axis - len(shape) if net.chance(0.5) else axis)


def group_norm(net):
    x = net.pick(lambda a: is_map(a) and np.prod(a.shape[2:]) > 4)
    if not x or net.opset < 21:
        return None
    c = net.shape(x)[1]
    groups = net.choice([g for g in range(1, c + 1) if c % g == 0])
    return net.add("GroupNormalization", [x, net.weight([c]), net.weight([c])], num_groups=groups)


def mean_variance(net):
    x = net.pick(lambda a: a.ndim == 4 and a.size > 8)
    return x and net.add("MeanVarianceNormalization", [x], axes=net.choice([[0, 2, 3], [2, 3], [1, 2, 3]]))


def pick_for_places(net):
    """A tensor with dimensions, where the opset has operators that take places in it."""
    return net.pick(lambda a: a.ndim > 0) if net.opset >= 11 else None


def gather_places(net):
    x = pick_for_places(net)
    if not x:
        return None
    shape = net.shape(x)
    if net.chance(0.5):
        axis = net.integer(0, len(shape) - 1)
        sizes = [net.integer(1, 6) if i == axis else net.integer(1, size) for i, size in enumerate(shape)]
        places = np.asarray(net.rng.integers(-shape[axis], shape[axis], sizes), np.int64)
        return net.add("GatherElements", [x, net.add_input(places) if net.chance(0.5) else net.constant(places)], axis=axis)
    depth = net.integer(1, len(shape))
    places = np.stack([net.rng.integers(-size, size, [2, 3]) for size in shape[:depth]], axis=-1).astype(np.int64)
    return net.add("GatherND", [x, net.add_input(places) if net.chance(0.5) else net.constant(places)])


def scatter(net):
    x = pick_for_places(net)
    if not x:
        return None
    shape = net.shape(x)
    if net.chance(0.5):
        axis = net.integer(0, len(shape) - 1)
        sizes = [net.integer(1, size) for size in shape]
        places = net.rng.random(shape).argsort(axis)[tuple(slice(size) for size in sizes)].astype(np.int64)
        return net.add("ScatterElements", [x, net.constant(places), net.weight(sizes)], axis=axis)
    rows = np.asarray(net.rng.permutation(shape[0])[: net.integer(1, shape[0])], np.int64).reshape(-1, 1)
    return net.add("ScatterND", [x, net.constant(rows), net.weight([len(rows), *shape[1:]])])


def one_hot(net):
    if net.opset < 11:
        return None
    classes = net.integer(1, 20)
    indices = net.add_input(np.asarray(net.rng.integers(-classes, classes + 2, net.choice([[3], [2, 5], [1, 4, 3]])), np.int64))
    values = net.constant(net.random_array([2]))
    return net.add("OneHot", [indices, net.constant(np.asarray(classes, np.int64)), values], axis=net.choice([-1, 0, 1]))


def quantised(net):
    """Rounded to bytes and back, as quantised models do it between layers."""
    x = net.pick(lambda a: a.ndim > 0)
    if not x or net.opset < 10 or net.dtype != np.float32:
        return None
    dtype = net.choice([np.uint8, np.int8])
    shape, attributes = [], {}
    if net.opset >= 13 and len(net.shape(x)) > 1 and net.chance(0.4):
        shape, attributes = [net.shape(x)[1]], {"axis": 1}
    scale = net.constant(np.asarray(net.rng.random(shape) * 0.05 + 0.01, np.float32))
    zero = net.constant(np.asarray(net.rng.integers(0, 100, shape), dtype))
    y = net.add("QuantizeLinear", [x, scale, zero], **attributes)
    if net.chance(0.1):
        return y
    return net.add("DequantizeLinear", [y, scale, zero], **attributes)


def einsum(net):
    x = net.pick(lambda a: a.ndim == 3)
    if not x or net.opset < 12:
        return None
    a, b, c = net.shape(x)
    equation, other = net.choice([("abc,cd->abd", [c, 7]), ("abc,abd->acd", [a, b, 5]), ("abc,dc->dab", [6, c]), ("abc,b->ac", [b])])
    return net.add("Einsum", [x, net.weight(other, 0.3)], equation=equation)


def pool_places(net):
    """Where the maxima of a pool lie, and a map that has them there again."""
    x = net.pick(lambda a: a.ndim in (3, 4, 5) and min(a.shape[2:]) > 1)
    if not x or net.opset < 11:
        return None
    rank = len(net.shape(x)) - 2
    if net.chance(0.5):
        parts = net.add("MaxPool", [x], 2, kernel_shape=[2] * rank, strides=[2] * rank)
        return parts and net.add("MaxUnpool", parts, kernel_shape=[2] * rank, strides=[2] * rank)
    attributes = window(net, net.shape(x)[2:], 3)
    parts = net.add("MaxPool", [x], 2, **attributes)
    return parts and parts[1]


def norm_pool(net):
    x = net.pick(is_map)
    if not x:
        return None
    if net.chance(0.3):
        return net.add("GlobalLpPool", [x], p=net.choice([1, 2, 3]))
    attributes = window(net, net.shape(x)[2:], 3)
    attributes.pop("dilations", None)
    return net.add("LpPool", [x], p=net.choice([1, 2, 3]), **attributes)


def remainder(net):
    x = net.pick()
    if not x or net.opset < 10:
        return None
    if net.chance(0.5):
        return net.add("Mod", [x, net.constant(np.asarray(net.choice([0.7, -1.3, 2.0]), net.dtype))], fmod=1)
    shape = net.choice([[5], [2, 7]])
    y = net.add_input(net.random_array(shape, dtype=np.int64))
    divisor = net.constant(np.asarray(net.choice([3, -4, 7]), np.int64))
    return net.add("Cast", [net.add("Mod", [y, divisor], fmod=net.integer(0, 1))], to=onnx_type(net.dtype))


def sampled(net):
    x = net.pick(lambda a: a.ndim == 4 and a.size < 5000)
    if not x or net.opset < 16 or net.opset >= 20 or net.dtype != np.float32:
        return None
    grid = net.random_array([net.shape(x)[0], net.integer(1, 6), net.integer(1, 6), 2], 0.7)
    return net.add("GridSample", [x, net.add_input(grid)], mode=net.choice(["bilinear", "bicubic", "nearest"]),
                   padding_mode=net.choice(["zeros", "border", "reflection"]), align_corners=net.integer(0, 1))


def kinds(net):
    x = net.pick()
    op = net.choice(["Sign", "Round", "IsNaN", "ThresholdedRelu", "Celu", "Shrink", "ReduceLogSumExp", "Atan", "Sinh", "Asinh"])
    since = {"Round": 11, "ThresholdedRelu": 10, "Celu": 12}.get(op, 9)
    return net.add(op, [x]) if x and net.opset >= since else None


def best(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    axis = net.integer(0, len(net.shape(x)) - 1)
    count = net.integer(1, net.shape(x)[axis])
    if net.opset < 10:
        results = net.add("TopK", [x], 2, axis=axis, k=count)
    else:
        attributes = {"largest": net.integer(0, 1)} if net.opset >= 11 else {}
        results = net.add("TopK", [x, net.indices([count])], 2, axis=axis, **attributes)
    return results and results[0 if net.chance(0.7) else 1]


def regions(net):
    x = net.pick(lambda a: a.ndim == 4 and a.size < 5000)
    if not x or net.opset < 10 or net.dtype != np.float32:
        return None
    count, size = net.integer(1, 5), max(net.shape(x)[2:])
    corners = net.rng.uniform(-0.2 * size, size, [count, 2])
    rois = np.concatenate([corners, corners + net.rng.uniform(0, size, [count, 2])], 1).astype(np.float32)
    images = np.asarray(net.rng.integers(0, net.shape(x)[0], [count]), np.int64)
    places = {"coordinate_transformation_mode": "output_half_pixel"} if net.opset >= 16 and net.chance(0.4) else {}
    return net.add("RoiAlign", [x, net.constant(rois), net.constant(images)], mode=net.choice(["avg", "avg", "max"]),
                   output_height=net.integer(1, 7), output_width=net.integer(1, 7), sampling_ratio=net.integer(0, 3),
                   spatial_scale=net.choice([1.0, 0.5]), **places)


CHOICES = [
    (where, 5), (extreme_place, 2), (hardmax, 1), (running_sum, 1), (triangle, 1), (layer_norm, 3), (group_norm, 2),
    (mean_variance, 1), (gather_places, 2), (scatter, 2), (one_hot, 1), (quantised, 3), (einsum, 1), (pool_places, 2),
    (norm_pool, 2), (remainder, 1), (sampled, 1), (kinds, 3),
    (best, 2), (regions, 2),
]
