"""Damaged and hostile Keras files: damaged.py KILN FOLDER SPEC.json. Each must end in a message that names the file and in
exit status 1, within seconds and within 1 GB; a damaged file that is still a model may compile."""
import json
import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
from write_model import write

LIMIT = 1 << 30
SECONDS = 8


def run(kiln, path):
    """Exit status and messages of an import, its memory in bytes and its processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run([kiln, "compile", str(path), "--stop-after=import", "--emit=mlir", "-o", "/dev/null"], capture_output=True,
                            text=True, errors="replace", timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result.returncode, result.stderr, after.ru_maxrss * 1024, after.ru_utime - before.ru_utime


def check(kiln, path, may_pass=False, expected="error"):
    status, message, peak, seconds = run(kiln, path)
    fine = (status == 0 and may_pass) or (status == 1 and path.name in message and expected in message)
    if not fine or peak > LIMIT or seconds > SECONDS:
        sys.exit(f"{path}: status {status}, {peak >> 20} MB, {seconds:.1f} s: {message[:500]}")


def damaged_copies(path):
    """Cut and altered files; KILN_TEST_SEEDS says how many of each kind."""
    count = int(os.environ.get("KILN_TEST_SEEDS", 30))
    whole = path.read_bytes()
    for part in range(1, count):
        yield whole[: len(whole) * part // count]
    rng = np.random.default_rng(1)
    for _ in range(2 * count):
        copy = bytearray(whole)
        for at in rng.integers(0, len(copy), 6):
            copy[at] = rng.choice([0, 255, int(rng.integers(256))])
        yield bytes(copy)
    for _ in range(count):
        copy = bytearray(whole)
        at, size = int(rng.integers(len(copy))), int(rng.integers(1, 64))
        copy[at : at + size] = bytes(size) if rng.random() < 0.5 else b"\xff" * size
        yield bytes(copy)


def endless(folder):
    """A heap of strings whose entries have no size, in which the HDF5 library would go around for ever."""
    path = folder / "endless.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
    whole = bytearray(path.read_bytes())
    at = whole.find(b"GCOL")
    size = int.from_bytes(whole[at + 8 : at + 16], "little")
    whole[at + 16 : at + size] = bytes(size - 16)
    path.write_bytes(whole)
    return path


def hostile_files(folder, spec):
    """Files that are well formed and absurd."""
    def hdf5(name, fill):
        path = folder / f"{name}.h5"
        write(spec, path)
        with h5py.File(path, "r+") as file:
            fill(file)
        return path

    def replaced(file, **how):
        group = file["model_weights"]
        name = next(iter(spec["weights"]))
        first = f"{name}/{name}/{next(iter(spec['weights'][name]['shapes']))}:0"
        del group[first]
        group.create_dataset(first, **how)

    yield hdf5("huge", lambda f: replaced(f, shape=(1 << 20, 1 << 20, 4), dtype="f4", chunks=(1, 1, 4)))
    yield hdf5("contiguous", lambda f: replaced(f, shape=(1 << 17, 1 << 17), dtype="f4"))
    yield hdf5("bomb", lambda f: replaced(f, data=np.zeros((1 << 14, 1 << 14), "f4"), compression="gzip"))
    yield hdf5("strings", lambda f: replaced(f, data=np.array([b"a", b"b"])))
    yield hdf5("json", lambda f: f.attrs.modify("model_config", b"[" * 60000))
    yield hdf5("number", lambda f: f.attrs.modify("model_config", b"17"))

    def linked(file):
        group = file["model_weights"]
        group["again"] = group
        group["soft"] = h5py.SoftLink("/nowhere")
        group["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
        del file.attrs["model_config"]

    yield hdf5("links", linked)
    deep = folder / "deep.h5"
    with h5py.File(deep, "w") as file:
        file.create_group("/".join("g" * 1 for _ in range(2000)))
    yield deep
    for name, entries in [("empty", {}), ("config", {"config.json": "{", "metadata.json": "{}", "model.weights.h5": ""}),
                          ("zeros", {"config.json": json.dumps(spec["config"]), "metadata.json": "{}", "model.weights.h5": bytes(1 << 29)}),
                          ("spaces", {"config.json": " " * (1 << 28), "metadata.json": "{}", "model.weights.h5": ""})]:
        path = folder / f"{name}.keras"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in entries.items():
                archive.writestr(entry, content)
        yield path


def many_calls(folder):
    """Models that call each other twice, 40 deep: short to write, 2^40 layers."""
    def functional(name, inner):
        layers = [{"class_name": "InputLayer", "name": "i", "config": {"batch_input_shape": [None, 2]}, "inbound_nodes": []}]
        call = lambda layer, number: [[[layer, number, 0, {}]]]
        if inner is None:
            layers.append({"class_name": "Activation", "name": "l", "config": {"activation": "relu"}, "inbound_nodes": call("i", 0)})
            end = ["l", 0, 0]
        else:
            layers.append({**inner, "name": "m", "inbound_nodes": [[["i", 0, 0, {}]], [["m", 1, 0, {}]]]})
            end = ["m", 2, 0]
        return {"class_name": "Functional", "config": {"name": name, "layers": layers, "input_layers": [["i", 0, 0]], "output_layers": [end]}}

    config = None
    for depth in range(40):
        config = functional(f"f{depth}", config)
    path = folder / "doubling.h5"
    write({"config": config}, path)
    return path


def main():
    kiln, folder, spec = sys.argv[1], Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text())
    folder.mkdir(parents=True, exist_ok=True)
    for form in ["h5", "keras"]:
        path = folder / f"model.{form}"
        write(spec, path)
        for copy in damaged_copies(path):
            path.write_bytes(copy)
            check(kiln, path, may_pass=True)
    for path in hostile_files(folder, spec):
        check(kiln, path)
    check(kiln, endless(folder), expected="the attribute 'model_config' of '/' is damaged")
    check(kiln, many_calls(folder))
    print("every damaged file was refused or read")


if __name__ == "__main__":
    main()
