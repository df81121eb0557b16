"""Weights in every form that HDF5 stores: storage.py KILN FOLDER. A model whose weights are stored in another type, byte order,
layout or compression answers exactly as one with the same numbers in plain float32."""
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
from write_model import write

DENSE = {"class_name": "Dense", "config": {"name": "d", "units": 16, "batch_input_shape": [None, 8]}}
SPEC = {"config": {"class_name": "Sequential", "config": {"name": "s", "layers": [DENSE]}},
        "weights": {"d": {"class": "Dense", "shapes": {"kernel": [8, 16], "bias": [16]}}}}
FORMS = {
    "half": dict(dtype="<f2"), "double": dict(dtype="<f8"), "swapped": dict(dtype=">f4"), "swapped-double": dict(dtype=">f8"),
    "i8": dict(dtype="i1"), "u8": dict(dtype="u1"), "i16": dict(dtype="<i2"), "i32": dict(dtype=">i4"), "i64": dict(dtype="<i8"),
    "chunks": dict(dtype="<f4", chunks=True), "packed": dict(dtype="<f4", compression="gzip", shuffle=True, fletcher32=True),
    "packed-half": dict(dtype="<f2", compression="lzf"), "brain": dict(dtype="V2"), "packed-brain": dict(dtype="V2", compression="gzip"),
}


def in_form(value, dtype):
    """The numbers in a type; V2 is bfloat16, the upper half of a float32, which neither HDF5 nor NumPy knows."""
    return (value.astype("<f4").view("<u4") >> 16).astype("<u2").view("V2") if dtype == "V2" else value.astype(dtype)


def as_floats(value):
    return (value.view("<u2").astype("<u4") << 16).view("<f4") if value.dtype == "V2" else value.astype(np.float32)


def rewrite(path, values, form):
    """A copy of the model with other weights, stored in that form."""
    write(SPEC, path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/d/d"]
        for name, value in values.items():
            del group[f"{name}:0"]
            group.create_dataset(f"{name}:0", data=value, **form)
    return path


def fixed_strings(path):
    """Names of weights as strings of one length, padded with zeros or blanks, and cut into several attributes."""
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        group.attrs.create("layer_names", np.array([b"d"], "S7"))
        del group["d"].attrs["weight_names"]
        padded = h5py.h5t.C_S1.copy()
        padded.set_size(12)
        padded.set_strpad(h5py.h5t.STR_SPACEPAD)
        for index, name in enumerate([b"d/kernel:0", b"d/bias:0"]):
            space = h5py.h5s.create_simple((1,))
            attribute = h5py.h5a.create(group["d"].id, f"weight_names{index}".encode(), padded, space)
            attribute.write(np.array([name.ljust(12)], "S12"), mtype=padded)
    return path


def answer(kiln, path, folder):
    subprocess.run([kiln, "run", str(path), "--input", f"{folder}/x.npy", "--output", f"{folder}/y.npy"], check=True)
    return np.load(folder / "y.npy")


def main():
    kiln, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    np.save(folder / "x.npy", rng.uniform(-1, 1, (1, 8)).astype(np.float32))
    numbers = {"kernel": rng.uniform(0, 100, (8, 16)), "bias": rng.uniform(0, 100, 16)}
    for name, form in FORMS.items():
        stored = {key: in_form(value, form["dtype"]) for key, value in numbers.items()}
        got = answer(kiln, rewrite(folder / f"{name}.h5", stored, form), folder)
        plain = {key: as_floats(value) for key, value in stored.items()}
        right = answer(kiln, rewrite(folder / "plain.h5", plain, {}), folder)
        assert np.array_equal(got, right), (name, got, right)
    assert np.array_equal(answer(kiln, fixed_strings(folder / "plain.h5"), folder), right), "strings"
    print(len(FORMS) + 1, "forms agree")


if __name__ == "__main__":
    main()
