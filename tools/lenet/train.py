"""Trains LeNet-5 on digits rendered from the fonts of the packages in fonts.txt (see README.md)."""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from lenet import export, network, render  # noqa: E402
from lenet.fonts import Design, find_split  # noqa: E402
from lenet.optimizer import Adam  # noqa: E402

BATCH = 64
RATE = 2e-3
LABEL_SMOOTHING = 0.05
BENT_SHARE = 0.6  # of the training pictures
TEST_COUNT = 20_000


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__)
    parser.add_argument("-o", metavar="DIR", type=Path, dest="folder", default=FOLDER,
                        help="where to write the results (default: beside this script)")
    parser.add_argument("--seed", type=int, default=1, help="seed of all random numbers (default: %(default)s)")
    parser.add_argument("--count", type=int, default=240_000, help="pictures to render (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=12, help="passes over the pictures (default: %(default)s)")
    arguments = parser.parse_args()
    if min(arguments.seed, arguments.count - BATCH, arguments.epochs - 1) < 0:
        parser.error(f"--seed must not be negative, --count at least {BATCH}, --epochs at least 1")
    if not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is not a folder")
    return arguments


def jitter(pictures: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A new look at a batch (N, 28, 28) u8: shifted by up to a pixel, other contrast; f32 in 0..1."""
    rows, columns = generator.integers(-1, 2, 2)
    shifted = np.roll(pictures, (rows, columns), (1, 2)).astype(np.float32)
    return shifted * (generator.uniform(0.8, 1.2, (len(pictures), 1, 1)).astype(np.float32) / 255)


def train(pictures: np.ndarray, labels: np.ndarray, epochs: int, generator: np.random.Generator) -> network.Parameters:
    """Minimises the cross entropy; returns the averaged weights."""
    parameters = network.initial(generator)
    batches = len(pictures) // BATCH
    adam = Adam(parameters, RATE, epochs * batches)
    targets = np.eye(10, dtype=np.float32) * (1 - LABEL_SMOOTHING) + LABEL_SMOOTHING / 10
    for epoch in range(1, epochs + 1):
        loss, start = 0.0, time.monotonic()
        for batch in generator.permutation(len(pictures))[: batches * BATCH].reshape(batches, BATCH):
            logits, kept = network.forward(parameters, jitter(pictures[batch], generator))
            predicted, target = network.probabilities(logits), targets[labels[batch]]
            loss -= float((target * np.log(predicted + 1e-9)).sum()) / BATCH
            adam.update(network.backward(parameters, kept, (predicted - target) / BATCH))
        if sys.stderr.isatty():
            print(f"epoch {epoch} of {epochs}: loss {loss / batches:.4f}, {time.monotonic() - start:.0f} s",
                  file=sys.stderr)
    return adam.averaged


def accuracy(parameters: network.Parameters, designs: list[Design], generator: np.random.Generator) -> dict:
    """Share of right answers on distorted digits, and on each font's ten digits as they are."""
    pictures, labels = render.sample(designs, TEST_COUNT, generator)
    files = [path for design in designs for path in design.files]
    plain = np.stack([render.plain(path, digit) for path in files for digit in range(10)])
    return {
        "designs": len(designs), "fonts": len(files),
        "distorted": round(float((network.classify(parameters, pictures) == labels).mean()), 4),
        "plain": round(float((network.classify(parameters, plain) == np.tile(np.arange(10), len(files))).mean()), 4),
    }


def save_digits(parameters: network.Parameters, designs: list[Design], folder: Path,
                generator: np.random.Generator) -> None:
    """One distorted picture of every digit, each in another design and read right: examples, not a measurement."""
    folder.mkdir(exist_ok=True)
    left = [designs[index] for index in generator.permutation(len(designs))]
    for digit in range(10):
        for design in left:
            picture = render.distorted(design.files[0], digit, generator)
            if network.classify(parameters, picture[None])[0] == digit:
                left.remove(design)
                Image.fromarray(picture).save(folder / f"{digit}.png", optimize=True)
                break
        else:
            raise ValueError(f"the network reads no {digit} right; train it longer")


def main() -> int:
    arguments = parse_arguments()
    split = find_split()
    if split.missing:
        print(f"train.py: fonts are missing: {', '.join(split.missing)}\n"
              f"Install the packages that {FOLDER / 'fonts.txt'} lists.", file=sys.stderr)
        return 1
    rendering, training, testing, showing = map(np.random.default_rng, np.random.SeedSequence(arguments.seed).spawn(4))
    pictures, labels = render.sample(split.seen, arguments.count, rendering, BENT_SHARE)
    parameters = train(pictures, labels, arguments.epochs, training)
    result = {"seed": arguments.seed, "pictures": arguments.count, "epochs": arguments.epochs,
              "seen": accuracy(parameters, split.seen, testing), "unseen": accuracy(parameters, split.unseen, testing)}
    print(json.dumps(result, indent=2))
    try:
        export.save(parameters, arguments.folder / "lenet5.onnx")
        (arguments.folder / "accuracy.json").write_text(json.dumps(result, indent=2) + "\n")
        save_digits(parameters, split.unseen, arguments.folder / "digits", showing)
    except (OSError, ValueError) as error:
        print(f"train.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
