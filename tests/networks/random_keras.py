"""Random Keras models, compiled by Kiln and compared with Keras itself.

    python3 -m venv VENV && VENV/bin/pip install tensorflow-cpu tf-keras jax
    VENV/bin/python3 tests/networks/random_keras.py --kiln build/dev/bin/kiln --seed 1 --count 100 [--keras 2] [--keep FOLDER]

Model i has seed S + i: `--seed` with the number of a failure and `--count 1` repeats it. Keras 3 is the default; `--keras 2`
takes tf-keras. Keras 3 computes with JAX, as TensorFlow's own convolutions with channels first are wrong on some processors.
Each model is saved in one of the ways that Keras knows: .keras, .h5, or .json beside .h5 weights.
TensorFlow is too large for the tests' own environment, so no test calls this script."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
import numpy as np
import tensorflow
from random_keras_layers import Layers

TOLERANCE = 1e-4


class Model:
    """A random model of one input or two, with one output or more."""

    def __init__(self, keras, seed, largest):
        self.keras, self.seed = keras, seed
        self.rng = np.random.default_rng(seed)
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        self.layers = Layers(keras, self.rng)
        self.layers.first = self.layers.is_keras3 and self.chance(0.15)
        self.model = self.build(largest)
        self.spread_weights()
        self.inputs = [self.input_values(t) for t in self.model.inputs]
        self.expected = self.run(self.model)

    def chance(self, p):
        return self.rng.random() < p

    def input(self, shape):
        return self.keras.Input(shape, batch_size=self.batch)

    def input_values(self, tensor):
        shape = [tensor.shape[0] or 1] + list(tensor.shape[1:])
        return self.rng.normal(size=shape).astype("float32")

    def build(self, largest):
        layers, rng = self.layers, self.rng
        spatial = int(rng.choice([1, 2, 2, 2, 3]))
        self.batch = 2 if self.chance(0.1) else None
        size = {1: 24, 2: 14, 3: 7}[spatial]
        shape = [int(rng.integers(4, size)) for _ in range(spatial)] + [int(rng.integers(1, 9))]
        inputs = [self.input(shape)]
        if self.chance(0.2):
            inputs.append(self.input(shape))
        if self.chance(0.15):
            return self.sequential(shape, largest)
        tensors = list(inputs)
        if len(inputs) == 2 and self.chance(0.6):
            trunk = self.trunk(shape, 4)
            results = [trunk(t) for t in inputs]
            tensors = [t for r in results for t in (r if isinstance(r, (list, tuple)) else [r])]
        for _ in range(int(rng.integers(1, largest))):
            self.step(tensors)
        if len(tensors) > 1:
            self.join_all(tensors)
        outputs = [tensors[-1]]
        if self.chance(0.6):
            outputs[0] = layers.head(outputs[0])
        if len(tensors) > 1 and self.chance(0.3):
            outputs.append(tensors[-2])
        return self.keras.Model(inputs, outputs)

    def step(self, tensors):
        """Puts a layer behind one of the latest tensors, or joins two."""
        at = -1 if self.chance(0.8) else int(self.rng.integers(len(tensors)))
        x = tensors[at]
        kind = self.rng.random()
        if kind < 0.12:
            tensors.append(self.layers.branch(x))
        elif kind < 0.18 and len(x.shape) in (3, 4, 5):
            trunk = self.trunk(list(x.shape[1:]), 3)
            y = trunk(x)
            tensors.extend(y if isinstance(y, (list, tuple)) else [trunk(y) if y.shape == x.shape else y])
        else:
            tensors.append(self.layers.apply(x))
        if self.chance(0.1):
            self.join(tensors)

    def join(self, tensors):
        same = [t for t in tensors if t.shape[1:] == tensors[-1].shape[1:]]
        if len(same) > 1:
            tensors.append(self.layers.merge(same[-3:]))

    def join_all(self, tensors):
        same = [t for t in tensors if list(t.shape[1:-1]) == list(tensors[-1].shape[1:-1])]
        if len(same) > 1 and self.chance(0.5):
            tensors.append(self.keras.layers.Concatenate(axis=-1)(same[-4:]))
        # Every tensor that nothing reads would be dropped: let a few of them count.
        self.join(tensors)

    def trunk(self, shape, largest):
        outside, self.layers.made = self.layers.made, self.shared_with_trunk()
        trunk = self.sequential(shape, largest) if self.chance(0.5) else self.functional(shape, largest)
        self.layers.made = outside
        return trunk

    def shared_with_trunk(self):
        """The layers outside of a nested model that it may call too."""
        return self.layers.made[-4:] if self.chance(0.3) else []

    def functional(self, shape, largest):
        several = self.chance(0.2)
        start = self.keras.Input(shape)
        tensors = [start]
        for _ in range(int(self.rng.integers(1, largest + 1))):
            if largest > 1 and self.chance(0.2):
                inner = self.trunk(list(tensors[-1].shape[1:]), largest - 1)
                y = inner(tensors[-1])
                tensors.extend(y if isinstance(y, (list, tuple)) else [y])
            else:
                tensors.append(self.layers.apply(tensors[-1]))
        outputs = tensors[-2:] if several and len(tensors) > 2 else tensors[-1]
        trunk = self.keras.Model(start, outputs)
        if self.chance(0.1):
            trunk.trainable = False
        return trunk

    def sequential(self, shape, largest):
        """The layers of a chain, built once more as a Sequential."""
        x = start = self.keras.Input(shape)
        branched, self.layers.branched = self.layers.branched, False
        for _ in range(int(self.rng.integers(1, max(2, largest)))):
            x = self.layers.apply(x)
        chain = self.keras.Model(start, x)
        branched, self.layers.branched = self.layers.branched, branched or self.layers.branched
        if not all(isinstance(layer, self.keras.layers.Layer) for layer in chain.layers):
            return chain
        layers = [layer for layer in chain.layers if not isinstance(layer, self.keras.layers.InputLayer)]
        is_chain = all(len(getattr(layer, "_inbound_nodes", [])) <= 1 for layer in layers) and not branched
        return self.keras.Sequential([self.keras.layers.InputLayer(shape)] + layers) if is_chain and layers else chain

    def spread_weights(self):
        for weight in self.model.weights:
            name = weight.path if hasattr(weight, "path") else weight.name
            if "int" in str(weight.dtype):
                continue
            shape = [int(n) for n in weight.shape]
            values = self.rng.normal(size=shape) * (1.0 / np.sqrt(max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.3)
            if "variance" in name:
                values = np.abs(values) + 0.3
            elif "gamma" in name:
                values = 1 + 0.3 * values
            weight.assign(values.astype(str(weight.dtype).replace("<dtype: '", "").replace("'>", "")))
        self.finalize(self.model)

    def finalize(self, model):
        """Normalization layers keep copies of their statistics, which only they refresh."""
        for layer in model.layers:
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
            if hasattr(layer, "layers"):
                self.finalize(layer)

    def parameters(self):
        """What Keras' summary says of its layers, and in all."""
        counts = {layer.name: layer.count_params() for layer in self.model.layers}
        count = lambda weights: sum(int(np.prod(w.shape)) for w in weights)
        return counts, count(self.model.trainable_weights), count(self.model.non_trainable_weights)

    def run(self, model):
        inputs = self.inputs if len(self.inputs) > 1 else self.inputs[0]
        try:
            result = model(inputs, training=False)
        except tensorflow.errors.OpError:  # some windows are only for XLA
            result = tensorflow.function(lambda values: model(values, training=False), jit_compile=True)(inputs)
        return [np.asarray(r) for r in (result if isinstance(result, (list, tuple)) else [result])]

    def is_read_by_keras(self, words):
        """Whether Keras finds the same model in its own file; not every model survives."""
        try:
            if words[0].endswith(".json"):
                model = self.keras.models.model_from_json(Path(words[0]).read_text())
                model.load_weights(words[1].removeprefix("--weights="))
            else:
                model = self.keras.models.load_model(words[0], compile=False)
            return all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(self.run(model), self.expected))
        except Exception:  # of any kind
            return False

    def save(self, folder):
        """The command line's words for the model in one of the forms that Keras writes."""
        form = ["keras", "h5", "json"][self.seed % 3]
        if form != "json":
            path = folder / f"model.{form}"
            self.model.save(path)
            return [str(path)]
        (folder / "model.json").write_text(self.model.to_json())
        self.model.save_weights(folder / "model.weights.h5")
        return [str(folder / "model.json"), f"--weights={folder / 'model.weights.h5'}"]


def compare(model, words, kiln, folder):
    """Empty where Kiln agrees with Keras."""
    command = [kiln, "run", *words]
    for index, value in enumerate(model.inputs):
        np.save(folder / f"in{index}.npy", value)
        command += ["--input", str(folder / f"in{index}.npy")]
    names, seen = [], {}
    for name in model.layers.output_names(model.model):
        seen[name] = seen.get(name, -1) + 1
        names.append(name + (f"_{seen[name]}" if seen[name] else ""))
    for index, name in enumerate(names):
        command += ["--output", f"{name}={folder / f'out{index}.npy'}"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if run.returncode:
        return run.stderr.strip()[:2000]
    for index, (name, right) in enumerate(zip(names, model.expected)):
        got = np.load(folder / f"out{index}.npy")
        if got.shape != right.shape:
            return f"{name}: shape {got.shape} where Keras gives {right.shape}"
        if not np.isfinite(right).all():
            continue
        error = np.max(np.abs(got - right), initial=0) / max(np.max(np.abs(right), initial=0), 1e-30)
        if not error <= TOLERANCE and np.max(np.abs(right), initial=0) > 1e-25:
            return f"{name}: differs by {error:.3g} of the largest entry"
    return ""


def compare_summary(model, words, kiln):
    """Empty where rows and totals are those of Keras."""
    run = subprocess.run([kiln, "summary", "--json", *words], capture_output=True, text=True, timeout=300)
    if run.returncode:
        return run.stderr.strip()[:2000]
    summary = json.loads(run.stdout)
    counts, trainable, frozen = model.parameters()
    rows = {row["name"]: row["parameters"] for row in summary["layers"]}
    for name, count in counts.items():
        if count != rows.get(name, 0):
            return f"summary: {name} has {rows.get(name)} parameters where Keras has {count}"
    if (summary["trainable"], summary["non_trainable"]) != (trainable, frozen):
        return f"summary: {summary['trainable']} and {summary['non_trainable']} parameters, in Keras {trainable} and {frozen}"
    inside = [name for name in rows if "/" in name and name not in counts]
    return f"summary: rows {inside} are inside models" if inside else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kiln", default="kiln")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--largest", type=int, default=9, help="number of layers at most")
    parser.add_argument("--keras", type=int, default=3)
    parser.add_argument("--keep", help="a folder for models that fail")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    if args.keras == 2:
        import tf_keras as keras
    else:
        import keras
    failures = 0
    for seed in range(args.seed, args.seed + args.count):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(args.keep, str(seed)) if args.keep else Path(scratch)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                model = Model(keras, seed, args.largest)
                words = model.save(folder)
            except Exception as error:  # of any kind: TensorFlow has its own
                print(f"seed {seed}: Keras refuses: {' '.join(str(error).split())[:100]}")
                continue
            problem = compare(model, words, args.kiln, folder) or compare_summary(model, words, args.kiln)
            if problem and not model.is_read_by_keras(words):
                print(f"seed {seed}: Keras cannot read its own file", flush=True)
            elif problem:
                failures += 1
                kinds = [type(layer).__name__ for layer in model.model.layers]
                print(f"seed {seed}: {problem}\n    {' '.join(kinds)}", flush=True)
    print(f"{args.count - failures} models agree, {failures} do not")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
