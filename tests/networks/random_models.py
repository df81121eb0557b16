"""Random networks, compiled by Kiln and compared with ONNX Runtime: finds what nobody thought of.

    random_models.py --kiln build/dev/bin/kiln --seed 1 --count 100 [--keep FOLDER]

Seed S of network i is S + i: `--seed` with the number of a failure and `--count 1` repeats it. Each network runs twice, in
working memory full of NaNs and full of zeros, on one thread and with its tasks in reverse: results must be the same to
the bit, and as ONNX Runtime's. A network that fails is kept with its inputs, and shrunk.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
from native_network import NativeNetwork
from onnx import helper
from random_choices import CHOICES
from random_layers import LAYERS, is_map
from random_network import Network, deviation, session
from random_tensor_ops import TENSOR_OPS
from shrink_model import shrink

TARGETS = ["native", "x86-64-v3", "x86-64"]
# Where ONNX Runtime itself loses a NaN, or leaves open what becomes of it.
NOT_IEEE = {"MaxPool", "GlobalMaxPool", "Cast", "QuantizeLinear", "TopK", "RoiAlign", "ReduceMin", "ReduceMax", "ArgMin", "ArgMax",
            "Hardmax", "Sign", "LRN", "Resize"}
WEIGHTED = {"Conv", "ConvTranspose", "BatchNormalization"}
# Where a rounding error becomes a step.
STEPS = {"QuantizeLinear", "Round", "Ceil", "Floor", "Mod", "Sign", "TopK", "ArgMin", "ArgMax", "Hardmax", "Less", "Greater", "Equal",
         "LessOrEqual", "GreaterOrEqual"}


class Case:
    """One network with its inputs and expected results."""

    def __init__(self, seed):
        self.seed = seed
        rng = np.random.default_rng(seed)
        kind = rng.random()
        dtype = np.float16 if kind < 0.08 else np.float32
        self.kind = "NaN" if kind > 0.88 else "denormal" if kind > 0.84 else "half" if kind < 0.08 else "plain"
        # Winograd's algorithm has larger rounding errors, and spreads what is no number.
        self.winograd = "auto" if self.kind == "plain" and seed % 3 == 0 else "off"
        self.dense_weights = "f24" if self.kind == "plain" and seed % 3 == 1 else "auto"
        opset = int(rng.choice([7, 8, 9, 10, 11, 12, 13, 13, 14, 15, 16, 17, 17, 18, 21]))
        self.net = Network(rng, opset, dtype)
        self.build()
        self.outputs = self.choose_outputs()
        self.model = self.net.model(self.outputs)
        self.inputs = dict(self.net.inputs)
        self.spoil_inputs()
        if "target" not in self.__dict__:
            self.target = TARGETS[seed % len(TARGETS)]

    def build(self):
        net = self.net
        rounds = self.winograd == "auto" or self.dense_weights == "f24" or self.kind == "half"
        net.left_out = NOT_IEEE if self.kind == "NaN" else STEPS if rounds else set()
        spatial = net.choice([1, 2, 2, 2, 2, 3])
        largest = {1: 40, 2: 24, 3: 9}[spatial]
        shape = [net.choice([1, 1, 2, 3]), net.integer(1, 40)] + [net.integer(1, largest) for _ in range(spatial)]
        net.add_input(net.random_array(shape))
        if net.chance(0.1) and shape[0] == 1:
            net.batch_name = "N"
        if net.chance(0.1):
            net.add_input(net.random_array(shape))
        plans = LAYERS + (TENSOR_OPS if net.chance(0.6) else []) + (CHOICES if net.chance(0.5) else [])
        weights = np.asarray([weight for _, weight in plans], float)
        count, tries = net.integer(2, 12), 0
        while count and tries < 60:
            plan = plans[int(net.rng.choice(len(plans), p=weights / weights.sum()))][0]
            count -= plan(net) is not None
            tries += 1
        if not net.nodes:
            net.add("Identity", [next(iter(net.inputs))])

    def choose_outputs(self):
        """What nobody reads, mostly, and some of what lies inside, which is sometimes an input."""
        net = self.net
        read = {name for node in net.nodes for name in node.input}
        computed = [name for node in net.nodes if node.op_type != "Constant" for name in node.output]
        ends = [name for name in computed if name not in read and net.chance(0.9)]
        inner = [name for name in computed if name in read and net.chance(0.06)]
        outputs = ends + inner or [computed[-1]]
        if net.chance(0.03):
            outputs.append(next(iter(net.inputs)))
        return [str(name) for name in net.rng.permutation(outputs)]

    def spoil_inputs(self):
        """A few NaNs or infinities, or everything so small that it has no leading one. Weights are finite: products with
        the zeros of a border, and factors that become one, would not be what ONNX Runtime has."""
        rng = self.net.rng
        weights = {name for node in self.net.nodes if node.op_type in WEIGHTED for name in node.input[1:]}
        for name, array in self.inputs.items():
            if array.dtype.kind != "f" or (self.kind == "NaN" and name in weights):
                continue
            array = array.copy()
            if self.kind == "denormal":
                array *= array.dtype.type(1e-39)
            elif self.kind == "NaN":
                value = [np.nan, np.inf, -np.inf][int(rng.integers(3))]
                array.reshape(-1)[rng.integers(array.size, size=int(rng.integers(1, 3)))] = value
            self.inputs[name] = array


def expected_results(model, inputs):
    names = [output.name for output in model.graph.output]
    with np.errstate(all="ignore"):
        return dict(zip(names, session(model).run(names, inputs)))


class Failure(Exception):
    pass


class Checker:
    def __init__(self, kiln, case):
        self.kiln, self.target, self.kind = kiln, case.target, case.kind
        self.precision = [f"--winograd={case.winograd}", f"--dense-weights={case.dense_weights}"]
        self.tolerance = 2e-2 if case.kind == "half" else 1e-4 if case.winograd == "off" else 1e-3

    def compile(self, model, folder):
        onnx.save(model, f"{folder}/net.onnx")
        command = [self.kiln, "compile", f"{folder}/net.onnx", "-o", f"{folder}/out/", "--emit=shared",
                   f"--target={self.target}", *self.precision]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            text = done.stderr.replace(str(folder), "").strip() or "no message"
            raise Failure(f"kiln compile ends with {done.returncode}: {text[-600:]}")
        return NativeNetwork(f"{folder}/out/libnet.so", f"{folder}/out/net.h")

    def check(self, model, inputs):
        """Raises a Failure where the compiled network does not do what ONNX Runtime does."""
        expected = expected_results(model, inputs)
        with tempfile.TemporaryDirectory() as folder:
            network = self.compile(model, folder)
            weights = {tensor.name for tensor in model.graph.initializer}
            arrays = [inputs[i.name] for i in model.graph.input if i.name not in weights]
            results = list(expected.values())
            try:
                first = network.run(arrays, results, fill=0xFF, reverse=False)
                second = network.run(arrays, results, fill=0x00, reverse=True)
            except RuntimeError as error:
                raise Failure(str(error)) from None
        for (name, wanted), a, b in zip(expected.items(), first, second):
            if a.tobytes() != b.tobytes():
                raise Failure(f"{name} differs between two runs")
            self.compare(name, a, wanted)

    def compare(self, name, actual, wanted):
        if self.kind == "denormal" and actual.dtype.kind == "f":
            # The last bits of such numbers are the size of the numbers.
            small = np.abs(actual.astype(np.float64) - wanted)
            if np.nanmax(small, initial=0) <= 3e-44:
                return
        error = deviation(actual, wanted)
        if not error < self.tolerance:
            raise Failure(f"{name} {list(wanted.shape)} {wanted.dtype}: error {error:.2e}")

    def fails(self, model, inputs):
        try:
            self.check(model, inputs)
        except Failure:
            return True
        except Exception:  # a cut that ONNX Runtime does not take
            return False
        return False


def describe(model, inputs):
    """One line: the shapes of the inputs and the nodes with what they say."""
    shapes = [str(list(array.shape)) for array in inputs.values()]
    weights = {t.name: f"{list(t.dims)}" for t in model.graph.initializer}
    lines = []
    for node in model.graph.node:
        attributes = [f"{a.name}={helper.get_attribute_value(a)}" for a in node.attribute if a.name != "value"]
        lines.append(f"{node.op_type}({' '.join(attributes)} {' '.join(weights.get(i, '.') for i in node.input)})")
    return f"{' '.join(shapes)} -> {' -> '.join(lines)}"


def keep(folder, model, inputs):
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(folder / "model.onnx"))
    np.savez(folder / "inputs.npz", **inputs)


def run_one(kiln, seed, folder, quick):
    case = Case(seed)
    checker = Checker(kiln, case)
    try:
        checker.check(case.model, case.inputs)
        return True
    except Failure as failure:
        options = " ".join([f"--target={case.target}", *checker.precision])
        print(f"seed {seed} ({case.kind}, {options}, opset {case.net.opset}): {failure}")
    keep(folder / str(seed), case.model, case.inputs)
    if not quick:
        model, inputs = shrink(case.model, case.inputs, checker.fails)
        keep(folder / str(seed) / "small", model, inputs)
        print(f"  shrunk to: {describe(model, inputs)}")
    sys.stdout.flush()
    return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kiln", required=True, help="the kiln command")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--keep", type=Path, default=Path("random-failures"), help="where failures are kept")
    parser.add_argument("--no-shrink", action="store_true")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.count)
    failed = [s for s in seeds if not run_one(arguments.kiln, s, arguments.keep, arguments.no_shrink)]
    print(f"{len(seeds) - len(failed)} networks agree, {len(failed)} do not {failed or ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
