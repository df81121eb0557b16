"""Writes a Keras model without Keras: write_model.py SPEC.json OUT.h5|OUT.keras|OUT.json [--like N]

SPEC has the architecture ("config"), and for each layer with weights its class and its weights' names and shapes
("weights": {"conv": {"class": "Conv2D", "shapes": {"kernel": [3, 3, 1, 2], ...}}}). Their values are random numbers that
depend on SPEC's "seed" alone, in the order of the list; record_models.py gives them to Keras too. A .json gets its weights
beside it, as OUT.weights.h5. Also writes OUT.inN.npy for each of "inputs", and OUT.outN.npy for each of "expected"."""
import io
import json
import re
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np


def weights_of(spec):
    """{layer: {name: array}}; variances are positive."""
    rng = np.random.default_rng(spec.get("seed", 1))
    values = {}
    for layer, entry in spec.get("weights", {}).items():
        values[layer] = {}
        for name, shape in entry["shapes"].items():
            value = rng.uniform(-0.5, 0.5, shape).astype(np.float32)
            values[layer][name] = np.abs(value) + 0.5 if "variance" in name else value
    return values


def inputs_of(spec):
    rng = np.random.default_rng(spec.get("seed", 1) + 1000)
    return [rng.uniform(-1, 1, shape).astype(np.float32) for shape in spec.get("inputs", [])]


def snake_case(name):
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def write_named(group, spec):
    """The layout of Keras 1 and 2: a group for each layer of the outermost model."""
    group.attrs["layer_names"] = [name.encode() for name in spec.get("groups", spec.get("weights", {}))]
    group.attrs["keras_version"] = spec.get("keras_version", "2.15.0").encode()
    if spec.get("backend", "tensorflow"):
        group.attrs["backend"] = spec.get("backend", "tensorflow").encode()
    for layer, weights in weights_of(spec).items():
        names = [f"{layer}/{name}{spec.get('suffix', ':0')}" for name in weights]
        here = group.create_group(layer)
        here.attrs["weight_names"] = [name.encode() for name in names]
        for name, value in zip(names, weights.values()):
            here.create_dataset(name, data=value, **spec.get("storage", {}))


def write_paths(file, spec):
    """The layout of Keras 3: layers/NAME/vars/N, or the path that the specification gives."""
    uses = {}
    file.create_group("layers")
    for (layer, weights), entry in zip(weights_of(spec).items(), spec.get("weights", {}).values()):
        name = snake_case(entry["class"])
        uses[name] = uses.get(name, -1) + 1
        path = entry.get("path", "layers/" + name + (f"_{uses[name]}" if uses[name] else ""))
        for index, value in enumerate(weights.values()):
            file.create_dataset(f"{path}/vars/{index}", data=value)


def write(spec, path):
    config = json.dumps(spec["config"])
    if path.suffix == ".h5":
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = config.encode()
            file.attrs["keras_version"] = spec.get("keras_version", "2.15.0").encode()
            write_named(file.create_group("model_weights"), spec)
    elif path.suffix == ".json":
        path.write_text(config)
        with h5py.File(path.with_suffix(".weights.h5"), "w") as file:
            write_named(file, spec)
    else:
        weights = io.BytesIO()
        with h5py.File(weights, "w") as file:
            write_paths(file, spec)
        with zipfile.ZipFile(path, "w", spec.get("compression", zipfile.ZIP_STORED)) as archive:
            archive.writestr("metadata.json", json.dumps({"keras_version": spec.get("keras_version", "3.0.0")}))
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", weights.getvalue())


def main():
    spec, path = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    write(spec, path)
    for index, value in enumerate(inputs_of(spec)):
        np.save(f"{path}.in{index}.npy", value)
    for index, value in enumerate(spec.get("expected", [])):
        np.save(f"{path}.out{index}.npy", np.array(value, np.float32))


if __name__ == "__main__":
    main()
