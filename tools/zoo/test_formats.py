"""Quick tests of the writers of other formats."""

import json
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

from zoo.darknet import save_darknet
from zoo.graph import Graph
from zoo.keras import save_keras
from zoo.registry import NETWORKS


class Darknet(unittest.TestCase):
    def written(self, graph: Graph, heads: dict[str, str] | None = None) -> tuple[str, np.ndarray]:
        """The configuration, and the numbers behind the header of the weights."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "net.cfg"
            save_darknet(graph, path, heads)
            return path.read_text(), np.fromfile(path.with_suffix(".weights"), "<f4", offset=20)

    def test_weights_are_as_many_as_published(self):
        network = NETWORKS["yolov2_tiny"]
        text, numbers = self.written(network.graph(), network.darknet_heads)
        self.assertEqual(numbers.size, 15_867_885)
        self.assertEqual(text.count("[convolutional]"), 9)
        self.assertEqual(text.count("[maxpool]"), 6)
        self.assertTrue(text.split("[region]")[1])

    def test_norm_and_activation_are_part_of_the_convolution(self):
        graph = Graph("net")
        x = graph.conv(graph.input("x", 1, 3, 8, 8), "conv", 4, 3, 2, 1)
        graph.output(graph.leaky_relu(graph.batch_norm(x, "norm")))
        text, numbers = self.written(graph)
        self.assertEqual(text, "[net]\nchannels=3\nheight=8\nwidth=8\n\n[convolutional]\nfilters=4\nbatch_normalize=1\nactivation=leaky\n"
                         "groups=1\nsize=3\nstride=2\npadding=1\n")
        bias, mean = (next(i for i in graph.initializers if i.name == name).values("net") for name in ("conv/bias", "norm/mean"))
        np.testing.assert_array_equal(numbers[8:12], mean - bias)

    def test_what_darknet_cannot_say_is_refused(self):
        for name, node in (("unet", "up4/transpose"), ("inception_v3", "conv1/bn"), ("facenet_siamese", "2")):
            with self.subTest(name), self.assertRaisesRegex(ValueError, f"{name}: .*{node}"):
                self.written(NETWORKS[name].graph())


class Keras(unittest.TestCase):
    def test_layers_and_kernels(self):
        graph = Graph("net")
        x = graph.relu(graph.conv(graph.input("x", 1, 3, 8, 6), "conv", 4, 3, 2, 1))
        graph.output(graph.dense(graph.flatten(x), "fc", 5))
        with tempfile.TemporaryDirectory() as folder:
            save_keras(graph, Path(folder) / "net.h5")
            with h5py.File(Path(folder) / "net.h5") as file:
                layers = json.loads(file.attrs["model_config"])["config"]["layers"]
                rows = file["model_weights/fc/fc/kernel:0"][:]
                kernel = file["model_weights/conv/conv/kernel:0"]
                self.assertEqual(kernel.shape, (3, 3, 3, 4))
        # The border of a convolution with stride 2 is not the one that `same` makes.
        self.assertEqual([layer["class_name"] for layer in layers],
                         ["InputLayer", "ZeroPadding2D", "Conv2D", "Activation", "Flatten", "Dense"])
        dense = next(i for i in graph.initializers if i.name == "fc/weight").values("net")
        np.testing.assert_array_equal(rows.reshape(4, 3, 4, 5)[1, 2, 3], dense.reshape(5, 4, 4, 3)[:, 3, 1, 2])

    def test_what_has_no_counterpart_is_refused(self):
        with self.assertRaisesRegex(ValueError, "alexnet: LRN"), tempfile.TemporaryDirectory() as folder:
            save_keras(NETWORKS["alexnet"].graph(), Path(folder) / "net.h5")


if __name__ == "__main__":
    unittest.main()
