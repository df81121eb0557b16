"""The first files for the fuzzers of keras-fuzz.cpp: fuzz_seeds.py FOLDER [SPEC.json]...

Writes FOLDER/json (architectures), FOLDER/hdf5 (.h5), FOLDER/zip (.keras), and FOLDER/weights.h5 with the weights of all
architectures. The specifications are those of write_model.py, by default all in Inputs."""
import json
import sys
from pathlib import Path

import h5py
from write_model import write, write_named


def main():
    folder, specs = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    weights = {}
    for form in ["json", "hdf5", "zip"]:
        (folder / form).mkdir(parents=True, exist_ok=True)
    for path in specs or sorted(Path(__file__).with_name("Inputs").glob("*.json")):
        spec = json.loads(path.read_text())
        (folder / "json" / path.name).write_text(json.dumps(spec["config"], separators=(",", ":")))
        write(spec, folder / "hdf5" / f"{path.stem}.h5")
        write(spec, folder / "zip" / f"{path.stem}.keras")
        weights.update(spec["weights"])
    with h5py.File(folder / "weights.h5", "w") as file:
        write_named(file, {"weights": weights})


if __name__ == "__main__":
    main()
