"""A network under construction: each node is run as soon as it is proposed, and dropped again where ONNX Runtime refuses it.

So proposals may be careless about what is legal, and every tensor's shape and values are known to the next one. All values
are computed twice, from inputs that differ by rounding: a node that makes much of the difference (a division by almost
zero, rounding at .5) is dropped too, because no tolerance would fit it.
"""
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

# The newest intermediate representation that an operator set came with.
IR_VERSIONS = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8, 16: 8, 17: 8, 18: 8, 19: 9, 20: 9, 21: 10}
MOST_ELEMENTS = 200_000


def onnx_type(dtype):
    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))


def session(model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def value_info(name, array):
    return helper.make_tensor_value_info(name, onnx_type(array.dtype), array.shape)


def deviation(actual, expected):
    """max|a-b| / max|b| over finite values; infinite where types, shapes or places of what is not finite differ."""
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return np.inf
    if actual.dtype.kind != "f":
        return 0.0 if np.array_equal(actual, expected) else np.inf
    actual, expected = actual.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(expected)
    if not np.array_equal(finite, np.isfinite(actual)):
        return np.inf
    if not finite.any():
        return 0.0
    largest = np.abs(expected[finite]).max()
    difference = np.abs(actual[finite] - expected[finite]).max()
    return 0.0 if difference == 0 else difference / max(largest, 1e-30)


class Network:
    def __init__(self, rng, opset, dtype):
        self.rng, self.opset, self.dtype = rng, opset, np.dtype(dtype)
        self.nodes, self.initializers, self.inputs = [], {}, {}
        self.values, self.shadows = {}, {}
        self.batch_name = None
        self.left_out = set()
        self.lists_weights = opset < 9
        self.style = rng.integers(4)

    # Random choices.
    def integer(self, low, high):
        """Between low and high, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability):
        return self.rng.random() < probability

    def choice(self, items):
        return items[int(self.rng.integers(len(items)))]

    # Tensors.
    def fresh_name(self):
        n = len(self.values)
        return [f"t{n}", f"{n}", f"block/{n}.out:0", f"input.{n}"][self.style]

    def add_input(self, array, spread=1e-6):
        name = self.fresh_name()
        self.inputs[name] = array
        noise = 1 + spread * self.rng.standard_normal(array.shape)
        is_float = array.dtype.kind == "f"
        self.values[name] = array
        self.shadows[name] = (array * noise).astype(array.dtype) if is_float else array
        return name

    def random_array(self, shape, scale=1.0, dtype=None):
        dtype = np.dtype(dtype or self.dtype)
        if dtype.kind == "f":
            return np.asarray(self.rng.standard_normal(shape) * scale).astype(dtype)
        if dtype.kind == "b":
            return np.asarray(self.rng.integers(0, 2, shape)).astype(dtype)
        low = 0 if dtype.kind == "u" else -9
        return np.asarray(self.rng.integers(low, 10, shape)).astype(dtype)

    def constant(self, array):
        name = self.fresh_name()
        if self.chance(0.1):
            self.values[name] = self.shadows[name] = array
            tensor = numpy_helper.from_array(array, name)
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
            return name
        self.initializers[name] = array
        self.values[name] = self.shadows[name] = array
        return name

    def indices(self, values):
        return self.constant(np.asarray(values, np.int64))

    def weight(self, shape, scale=1.0, dtype=None):
        """An initialiser, sometimes the result of a computation on initialisers, sometimes a run-time input."""
        array = self.random_array(shape, scale, dtype)
        if self.chance(0.04):
            return self.add_input(array)
        if not self.chance(0.12) or not array.ndim:
            return self.constant(array)
        kind = self.integer(0, 3)
        name = None
        if kind == 0:
            name = self.add("Mul", [self.constant(array), self.constant(self.random_array([1], 1.5))])
        elif kind == 1:
            perm = [int(i) for i in self.rng.permutation(array.ndim)]
            turned = np.ascontiguousarray(array.transpose(perm))
            back = [int(i) for i in np.argsort(perm)]
            name = self.add("Transpose", [self.constant(turned)], perm=back)
        elif kind == 2:
            flat = self.constant(array.reshape(-1))
            name = self.add("Reshape", [flat, self.indices(array.shape)])
        elif self.dtype == np.float32:
            name = self.add("Cast", [self.constant(array.astype(np.float16))], to=onnx_type(self.dtype))
        return name or self.constant(array)

    def shape(self, name):
        return self.values[name].shape

    def tensors(self, condition=lambda array: True):
        computed = [name for node in self.nodes if node.op_type != "Constant" for name in node.output]
        return [n for n in [*self.inputs, *computed] if condition(self.values[n])]

    def pick(self, condition=lambda array: True):
        """A tensor of the network's float type, most likely one of the newest."""
        names = self.tensors(lambda array: array.dtype == self.dtype and condition(array))
        if not names:
            return None
        return names[-1 - min(len(names) - 1, int(self.rng.exponential(1.5)))]

    # Nodes.
    def add(self, op, inputs, outputs=1, **attributes):
        """The names of the results (one name for one result), or None where the node is no good."""
        if op in self.left_out or any(name is None for name in inputs):
            return None
        results, stem = [], self.fresh_name()
        for i in range(outputs):
            results.append(stem if outputs == 1 else f"{stem}_{i}")
        node = helper.make_node(op, inputs, results, **attributes)
        if self.chance(0.5):
            node.name = f"{op}_{len(self.nodes)}"
        values = self._evaluate(node)
        if values is None:
            return None
        self.nodes.append(node)
        for name, (value, shadow) in zip(results, values):
            self.values[name], self.shadows[name] = value, shadow
        return results[0] if outputs == 1 else results

    def _evaluate(self, node):
        used = [name for name in dict.fromkeys(node.input) if name]
        fed = [name for name in used if name not in self.initializers]
        try:
            graph = helper.make_graph(
                [node],
                "node",
                [value_info(name, self.values[name]) for name in fed],
                [helper.make_empty_tensor_value_info(name) for name in node.output],
                [numpy_helper.from_array(self.initializers[n], n) for n in used if n not in fed],
            )
            runner = session(self._model(graph))
            values = runner.run(None, {name: self.values[name] for name in fed})
            shadows = runner.run(None, {name: self.shadows[name] for name in fed})
        except Exception:  # ONNX Runtime has many kinds; each one means that the node is not legal
            return None
        pairs = list(zip(values, shadows))
        return pairs if all(self._is_good(value, shadow) for value, shadow in pairs) else None

    def _is_good(self, value, shadow):
        if not 0 < value.size <= MOST_ELEMENTS:
            return False
        if value.dtype.kind != "f":
            return np.array_equal(value, shadow)
        largest = np.abs(value).max()
        if not np.isfinite(value).all() or not 1e-3 < largest < 300:
            return False
        limit = 2e-5 if value.dtype.itemsize >= 4 else 5e-3
        return deviation(shadow, value) < limit

    def _model(self, graph):
        opset = helper.make_opsetid("", self.opset)
        return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSIONS[self.opset])

    def model(self, outputs):
        inputs = []
        for name, array in self.inputs.items():
            shape = list(array.shape)
            if self.batch_name and shape and shape[0] == 1 and len(shape) > 1:
                shape[0] = self.batch_name
            inputs.append(helper.make_tensor_value_info(name, onnx_type(array.dtype), shape))
        if self.lists_weights:
            inputs += [value_info(name, array) for name, array in self.initializers.items()]
        graph = helper.make_graph(
            self.nodes,
            "random",
            inputs,
            [value_info(name, self.values[name]) for name in outputs],
            [numpy_helper.from_array(array, name) for name, array in self.initializers.items()],
        )
        return self._model(graph)
