"""Quick tests of the trained digit reader: python3 -m unittest discover -s tools -p 'test_*.py'."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx
from PIL import Image

from lenet import export, network
from lenet.fonts import load_designs

FOLDER = Path(__file__).resolve().parent


class Gradients(unittest.TestCase):
    def test_backward_is_the_derivative_of_forward(self):
        generator = np.random.default_rng(0)
        parameters = {name: value.astype(np.float64) for name, value in network.initial(generator).items()}
        pictures, direction = generator.random((2, 28, 28)), generator.standard_normal((2, 10))
        gradients = network.backward(parameters, network.forward(parameters, pictures)[1], direction)
        for name, value in parameters.items():
            with self.subTest(name):
                step = 1e-6 * generator.standard_normal(value.shape)
                ends = []
                for sign in (1, -1):
                    moved = {**parameters, name: value + sign * step}
                    ends.append((network.forward(moved, pictures)[0] * direction).sum())
                self.assertAlmostEqual((ends[0] - ends[1]) / 2 / (gradients[name] * step).sum(), 1, places=3)


class Committed(unittest.TestCase):
    def test_every_digit_is_read(self):
        import onnxruntime

        session = onnxruntime.InferenceSession(FOLDER / "lenet5.onnx", providers=["CPUExecutionProvider"])
        for digit in range(10):
            with self.subTest(digit):
                picture = np.asarray(Image.open(FOLDER / "digits" / f"{digit}.png"))
                self.assertEqual((picture.shape, picture.dtype), ((28, 28), np.uint8))
                answer = session.run(["probabilities"], {"image": picture[None, None].astype(np.float32)})[0]
                self.assertEqual(answer.shape, (1, 10))
                self.assertEqual(answer.argmax(), digit)
                self.assertGreater(answer.max(), 0.8)

    def test_unseen_fonts_are_read(self):
        accuracy = json.loads((FOLDER / "accuracy.json").read_text())
        self.assertGreaterEqual(accuracy["unseen"]["distorted"], 0.97)

    def test_model_has_the_parameters_of_lenet5(self):
        model = onnx.load(FOLDER / "lenet5.onnx")
        self.assertEqual(sum(int(np.prod(tensor.dims)) for tensor in model.graph.initializer), 61_706)

    def test_labels_are_the_digits(self):
        self.assertEqual((FOLDER / "labels.txt").read_text().split(), [str(digit) for digit in range(10)])


class Export(unittest.TestCase):
    def test_exported_network_gives_the_same_answer(self):
        from onnx.reference import ReferenceEvaluator

        generator = np.random.default_rng(0)
        parameters = network.initial(generator)
        path = Path(self.enterContext(tempfile.TemporaryDirectory())) / "lenet5.onnx"
        export.save(parameters, path)
        picture = generator.integers(0, 256, (1, 28, 28)).astype(np.float32)
        expected = network.probabilities(network.forward(parameters, picture / 255)[0])
        answer = ReferenceEvaluator(str(path)).run(None, {"image": picture[None]})[0]
        np.testing.assert_allclose(answer, expected, rtol=1e-4)


class Fonts(unittest.TestCase):
    def test_no_family_belongs_to_two_designs(self):
        families = [family for families in load_designs().values() for family in families]
        self.assertEqual(len(families), len(set(families)))


class CommandLine(unittest.TestCase):
    def test_bad_arguments_end_with_status_2(self):
        for arguments, message in ((["--count", "1"], "--count at least"), (["-o", __file__], "is not a folder"),
                                   (["--epochs", "none"], "invalid int value")):
            with self.subTest(message):
                result = subprocess.run([sys.executable, str(FOLDER / "train.py"), *arguments], capture_output=True,
                                        text=True)
                self.assertEqual(result.returncode, 2)
                self.assertIn(message, result.stderr)


if __name__ == "__main__":
    unittest.main()
