"""Proposals of nodes that work on tensors of any kind: arithmetic, movement, reductions, matrix products, integers.

Each function takes a random_network.Network, and returns the name of a new tensor or None.
"""
import numpy as np
from random_network import onnx_type

INT_MAX = 2**31 - 1


def broadcast_shape(net, shape):
    """A shape that broadcasts to `shape`: a scalar, a channel, a row, a mask, ..."""
    kind = net.integer(0, 7)
    rank = len(shape)
    if kind == 0:
        return []
    if kind == 1:
        return [1]
    if kind == 2:
        return list(shape[-1:])
    if kind == 3 and rank > 2:
        return [shape[1]] + [1] * (rank - 2)
    if kind == 4 and rank > 2:
        return [1, shape[1]] + [1] * (rank - 2)
    if kind == 5 and rank > 2:
        return [shape[0], 1, *shape[2:]]
    if kind == 6:
        return list(shape)
    return [size if net.chance(0.5) else 1 for size in shape]


def other_operand(net, x):
    """What to combine x with: a tensor of the same shape, one that broadcasts, a weight."""
    shape = net.shape(x)
    if net.chance(0.4):
        same = [n for n in net.tensors(lambda a: a.shape == shape and a.dtype == net.dtype) if n != x]
        if same:
            return net.choice(same)
    if net.chance(0.05):
        return x
    if net.chance(0.1):
        return net.add_input(net.random_array(broadcast_shape(net, shape)))
    return net.weight(broadcast_shape(net, shape))


def binary(net):
    x = net.pick()
    op = net.choice(["Add", "Add", "Mul", "Mul", "Sub", "Div", "Min", "Max", "Pow"])
    if not x or (op in ("Min", "Max") and net.opset < 8):
        return None
    if op == "Div" and net.chance(0.7):
        y = net.constant(np.abs(net.random_array(broadcast_shape(net, net.shape(x)))) + net.dtype.type(0.5))
        return net.add("Div", [x, y])
    if op == "Pow":
        return net.add("Pow", [net.add("Abs", [x]), net.constant(np.asarray(net.choice([2, 0.5, 3, 1.7]), net.dtype))])
    y = other_operand(net, x)
    return net.add(op, [x, y] if net.chance(0.6) else [y, x])


def variadic(net):
    x = net.pick()
    if not x or net.opset < 8:
        return None
    others = [other_operand(net, x) for _ in range(net.integer(0, 3))]
    return net.add(net.choice(["Sum", "Mean", "Min", "Max"]), [x, *others])


def concat(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    shape, axis = net.shape(x), net.integer(0, len(net.shape(x)) - 1)
    rest = lambda a: a.shape[:axis] + a.shape[axis + 1 :]
    fits = lambda a: a.ndim == len(shape) and a.dtype == net.dtype and rest(a) == shape[:axis] + shape[axis + 1 :]
    parts = [net.choice(net.tensors(fits)) for _ in range(net.integer(1, 3))]
    if net.chance(0.3):
        parts.append(net.weight(shape[:axis] + (net.integer(1, 20),) + shape[axis + 1 :]))
    parts.insert(net.integer(0, len(parts)), x)
    return net.add("Concat", parts, axis=axis - len(shape) if net.opset >= 11 and net.chance(0.3) else axis)


def split(net):
    x = net.pick(lambda a: a.ndim > 0 and max(a.shape) > 1)
    if not x:
        return None
    shape = net.shape(x)
    axis = net.choice([i for i, size in enumerate(shape) if size > 1])
    count = net.integer(2, min(4, shape[axis]))
    cuts = sorted(int(c) for c in net.rng.choice(np.arange(1, shape[axis]), count - 1, replace=False))
    sizes = [b - a for a, b in zip([0, *cuts], [*cuts, shape[axis]])]
    if net.chance(0.3) and shape[axis] % count == 0:
        attributes = {"num_outputs": count} if net.opset >= 18 else {}
        parts = net.add("Split", [x], count, axis=axis, **attributes)
    elif net.opset < 13:
        parts = net.add("Split", [x], count, axis=axis, split=sizes)
    else:
        parts = net.add("Split", [x, net.indices(sizes)], count, axis=axis)
    return parts and net.choice(parts)


def slice_(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    shape = net.shape(x)
    axes = sorted(int(a) for a in net.rng.permutation(len(shape))[: net.integer(1, len(shape))])
    starts, ends, steps = [], [], []
    for axis in axes:
        size = shape[axis]
        step = net.choice([1, 1, 1, 2, 3, -1, -2]) if net.opset >= 10 else 1
        low, high = sorted((net.integer(0, size), net.integer(0, size)))
        high = net.choice([high, high, size + 5, INT_MAX]) if step > 0 else high
        if net.chance(0.3) and 0 < high <= size:
            low, high = low - size, (high - size) or size
        starts.append(low if step > 0 else high)
        ends.append(high if step > 0 else net.choice([low, -INT_MAX]))
        steps.append(step)
    if net.opset < 10:
        return net.add("Slice", [x], axes=axes, starts=starts, ends=ends)
    axes = [a - len(shape) if net.chance(0.2) else a for a in axes]
    inputs = [x, net.indices(starts), net.indices(ends), net.indices(axes)]
    return net.add("Slice", inputs + ([net.indices(steps)] if any(s != 1 for s in steps) else []))


def pad(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    shape = net.shape(x)
    mode = net.choice(["constant", "reflect", "edge"])
    pads = [net.integer(0, 3) if net.chance(0.6) else 0 for _ in range(2 * len(shape))]
    if mode == "reflect":
        pads = [min(p, size - 1) for p, size in zip(pads, [*shape, *shape])]
    elif mode == "constant" and net.chance(0.2):
        pads = [p - 1 for p in pads]
    value = float(net.rng.standard_normal()) if mode == "constant" and net.chance(0.5) else 0.0
    attributes = {} if mode == "constant" and net.chance(0.3) else {"mode": mode}
    if net.opset < 11:
        return net.add("Pad", [x], pads=pads, value=value, **attributes)
    inputs = [x, net.indices(pads)]
    if mode == "constant" and net.chance(0.6):
        inputs.append(net.constant(np.asarray(value, net.dtype)))
    return net.add("Pad", inputs, **attributes)


def reshape(net):
    x = net.pick()
    if not x:
        return None
    rest, shape = int(np.prod(net.shape(x))), []
    for _ in range(net.integer(0, 4)):
        factor = net.choice([d for d in range(1, min(rest, 70) + 1) if rest % d == 0])
        shape.append(factor)
        rest //= factor
    shape.append(rest)
    if net.chance(0.4):
        shape[net.integer(0, len(shape) - 1)] = -1
    if net.chance(0.2) and net.shape(x) and shape[0] == net.shape(x)[0]:
        shape[0] = 0
    return net.add("Reshape", [x, net.indices(shape)])


def to_map(net):
    """Back to a shape that convolutions take."""
    x = net.pick()
    if not x:
        return None
    n, total = net.integer(1, 2), int(np.prod(net.shape(x)))
    divisors = [d for d in range(1, 65) if total % d == 0]
    shape = [net.choice(divisors)]
    for _ in range(net.integer(0, 2)):
        left = total // int(np.prod(shape))
        shape.append(net.choice([d for d in range(1, 41) if left % d == 0]))
    return net.add("Reshape", [x, net.indices([1, *shape, -1] if n == 1 else [*shape[:1], -1, *shape[1:]])])


def flatten(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    rank = len(net.shape(x))
    low = -rank if net.opset >= 11 else 0
    return net.add("Flatten", [x], axis=net.integer(low, rank)) if net.chance(0.7) else net.add("Flatten", [x])


def transpose(net):
    x = net.pick(lambda a: a.ndim > 1)
    if not x:
        return None
    if net.chance(0.15):
        return net.add("Transpose", [x])
    return net.add("Transpose", [x], perm=[int(i) for i in net.rng.permutation(len(net.shape(x)))])


def axes_node(net, op, x, axes, **attributes):
    if net.opset < 13:
        return net.add(op, [x], axes=axes, **attributes)
    return net.add(op, [x, net.indices(axes)], **attributes)


def squeeze(net):
    x = net.pick(lambda a: 1 in a.shape)
    if not x:
        return None
    axes = [i for i, size in enumerate(net.shape(x)) if size == 1 and net.chance(0.6)]
    return axes_node(net, "Squeeze", x, axes) if axes else net.add("Squeeze", [x])


def unsqueeze(net):
    x = net.pick(lambda a: a.ndim < 5)
    if not x:
        return None
    rank = len(net.shape(x)) + 1
    axis = net.integer(-rank if net.opset >= 11 else 0, rank - 1)
    return axes_node(net, "Unsqueeze", x, [axis])


def gather(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    axis = net.integer(0, len(net.shape(x)) - 1)
    size = net.shape(x)[axis]
    low = -size if net.opset >= 11 else 0
    indices = np.asarray(net.rng.integers(low, size, net.choice([[], [1], [3], [2, 3]])), net.choice([np.int64, np.int32]))
    name = net.add_input(indices) if net.chance(0.3) else net.constant(indices)
    return net.add("Gather", [x, name], axis=axis)


def reduce(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    rank = len(net.shape(x))
    op = net.choice(["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin",
                     "ReduceProd", "ReduceSumSquare", "ReduceL1", "ReduceL2"])
    axes = sorted(int(a) for a in net.rng.permutation(rank)[: net.integer(1, rank)])
    axes = [a - rank if net.opset >= 11 and net.chance(0.2) else a for a in axes]
    attributes = {"keepdims": net.integer(0, 1)} if net.chance(0.7) else {}
    if net.chance(0.1):
        return net.add(op, [x], **attributes)
    if net.opset >= (13 if op == "ReduceSum" else 18):
        return net.add(op, [x, net.indices(axes)], **attributes)
    return net.add(op, [x], axes=axes, **attributes)


def softmax(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    rank = len(net.shape(x))
    axis = net.integer(-rank if net.opset >= 11 else 0, rank - 1)
    attributes = {"axis": axis} if net.chance(0.8) else {}
    return net.add(net.choice(["Softmax", "LogSoftmax"]), [x], **attributes)


def gemm(net):
    x = net.pick(lambda a: a.ndim == 2) or net.pick(lambda a: a.ndim > 2)
    if not x:
        return None
    if len(net.shape(x)) > 2:
        x = net.add("Flatten", [x])
    attributes = {}
    if net.chance(0.25):
        attributes["transA"] = 1
    rows, inner = net.shape(x)[:: -1 if "transA" in attributes else 1]
    columns = net.integer(1, 70)
    shape = [inner, columns]
    if net.chance(0.5):
        attributes["transB"], shape = 1, [columns, inner]
    for factor in ("alpha", "beta"):
        if net.chance(0.3):
            attributes[factor] = net.choice([0.5, -2.0, 0.25])
    inputs = [x, net.weight(shape, 1 / np.sqrt(inner))]
    if net.opset < 11 or net.chance(0.8):
        inputs.append(net.weight(net.choice([[columns], [columns], [1, columns], [rows, 1], [rows, columns], [1], []])))
    return net.add("Gemm", inputs, **attributes)


def matmul(net):
    x = net.pick(lambda a: a.ndim > 0)
    if not x:
        return None
    shape = net.shape(x)
    if net.chance(0.2) and len(shape) >= 2:
        perm = [*range(len(shape) - 2), len(shape) - 1, len(shape) - 2]
        return net.add("MatMul", [x, net.add("Transpose", [x], perm=perm)])
    inner, columns = shape[-1], net.integer(1, 40)
    kind = net.integer(0, 4)
    other = [[inner, columns], [inner, columns], [inner], [*shape[:-2], inner, columns], [1, inner, columns]][kind]
    if net.chance(0.2) and len(shape) >= 2:
        left = [net.integer(1, 40), shape[-2]] if net.chance(0.6) else [shape[-2]]
        return net.add("MatMul", [net.weight(left, 1 / np.sqrt(shape[-2])), x])
    return net.add("MatMul", [x, net.weight(other, 1 / np.sqrt(inner))])


def channel_shuffle(net):
    x = net.pick(lambda a: a.ndim == 4)
    if not x:
        return None
    n, c, h, w = net.shape(x)
    groups = net.choice([g for g in range(1, c + 1) if c % g == 0])
    y = net.add("Reshape", [x, net.indices([n, groups, c // groups, h, w])])
    y = net.add("Transpose", [y], perm=[0, 2, 1, 3, 4])
    return net.add("Reshape", [y, net.indices([n, c, h, w])])


def depth_and_space(net):
    x = net.pick(lambda a: a.ndim == 4)
    if not x:
        return None
    n, c, h, w = net.shape(x)
    both = [b for b in (2, 3, 4) if h % b == 0 and w % b == 0]
    if both and net.chance(0.5):
        return net.add("SpaceToDepth", [x], blocksize=net.choice(both))
    deep = [b for b in (2, 3, 4) if c % (b * b) == 0]
    if not deep:
        return None
    mode = {"mode": net.choice(["DCR", "CRD"])} if net.opset >= 11 and net.chance(0.6) else {}
    return net.add("DepthToSpace", [x], blocksize=net.choice(deep), **mode)


def shape_arithmetic(net):
    """Flattening as exporters write it: from the shape of the tensor itself."""
    x = net.pick(lambda a: a.ndim > 1)
    if not x:
        return None
    size = net.add("Gather", [net.add("Shape", [x]), net.indices(0)], axis=0)
    size = size and axes_node(net, "Unsqueeze", size, [0])
    return net.add("Reshape", [x, net.add("Concat", [size, net.indices([-1])], axis=0)])


def casts(net):
    x = net.pick()
    if not x:
        return None
    kind = net.choice([np.int32, np.int64, np.float64, np.float16, np.bool_, np.uint8, np.int8])
    if kind in (np.uint8, np.int8):
        x = net.add("Abs", [x])
    y = net.add("Cast", [x], to=onnx_type(kind))
    if y and kind in (np.int32, np.int64) and net.chance(0.6):
        y = net.add(net.choice(["Add", "Mul", "Sub"]), [y, net.weight([], dtype=kind)])
    return y and net.add("Cast", [y], to=onnx_type(net.dtype))


def integers(net):
    """Arithmetic on an integer input, back to floats."""
    dtype = net.choice([np.int32, np.int64])
    shape = net.choice([[3], [2, 5], [1, 4, 3, 3]])
    x = net.add_input(net.random_array(shape, dtype=dtype))
    for _ in range(net.integer(0, 3)):
        op = net.choice(["Add", "Sub", "Mul", "Div", "Neg", "Abs"])
        y = net.constant(net.random_array(broadcast_shape(net, shape), dtype=dtype))
        x = net.add(op, [x] if op in ("Neg", "Abs") else [x, y]) or x
    return net.add("Cast", [x], to=onnx_type(net.dtype))


def expand(net):
    x = net.pick(lambda a: a.size < 2000)
    if not x or net.opset < 8:
        return None
    if net.chance(0.5) and net.shape(x):
        return net.add("Tile", [x, net.indices([net.integer(1, 3) for _ in net.shape(x)])])
    shape = [size if size > 1 or net.chance(0.5) else net.integer(1, 4) for size in net.shape(x)]
    return net.add("Expand", [x, net.indices([net.integer(1, 3)] * net.integer(0, 1) + shape)])


TENSOR_OPS = [
    (binary, 9), (variadic, 2), (concat, 4), (split, 3), (slice_, 4), (pad, 3), (reshape, 2), (to_map, 3), (flatten, 1),
    (transpose, 3), (squeeze, 1), (unsqueeze, 1), (gather, 2), (reduce, 3), (softmax, 2), (gemm, 3), (matmul, 3),
    (channel_shuffle, 1), (depth_and_space, 2), (shape_arithmetic, 1), (casts, 1), (integers, 1), (expand, 1),
]
