"""Quick tests of the zoo: python3 -m unittest discover -s tools -p 'test_*.py'."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import onnx

from zoo.graph import Graph
from zoo.registry import NETWORKS
from zoo.writer import save

# As published, or as the framework's own model of that name counts them.
PARAMETERS = {
    "lenet5": 61_706, "alexnet": 60_965_224, "vgg16": 138_357_544, "vgg19": 143_667_240, "googlenet": 6_998_552,
    "resnet18": 11_689_512, "resnet34": 21_797_672, "resnet50": 25_557_032, "squeezenet1_1": 1_235_496,
    "densenet121": 7_978_856, "mobilenet_v1": 4_231_976, "mobilenet_v2": 3_504_872, "yolov2": 50_962_889,
}
MULTIPLY_ADDS = {"vgg16": 15.47e9, "resnet50": 4.09e9, "googlenet": 1.58e9, "mobilenet_v1": 569e6,
                 "mobilenet_v2": 301e6, "shufflenet_v1": 137e6}
ZOO = Path(__file__).resolve().parent


def run_zoo(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(ZOO), *arguments], capture_output=True, text=True)


def written(network: str, opset: int = 13) -> onnx.ModelProto:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        save(NETWORKS[network].graph(opset), path)
        return onnx.load(path)


class Structure(unittest.TestCase):
    def test_parameters_are_as_published(self):
        for name, expected in PARAMETERS.items():
            with self.subTest(name):
                self.assertEqual(NETWORKS[name].graph().parameters, expected)

    def test_yolov2_as_darknet_counts_it(self):
        # Darknet stores a batch norm as bias, scale, mean and variance in its weights file.
        self.assertEqual(NETWORKS["yolov2"].graph().count("parameter", "statistic"), 50_983_561)

    def test_multiply_adds_are_as_published(self):
        for name, expected in MULTIPLY_ADDS.items():
            with self.subTest(name):
                self.assertAlmostEqual(NETWORKS[name].graph().multiply_adds / expected, 1, delta=0.005)

    def test_every_network_names_its_tensors_once(self):
        for name, network in NETWORKS.items():
            with self.subTest(name):
                graph = network.graph()
                names = [output for node in graph.nodes for output in node.output]
                names += [initializer.name for initializer in graph.initializers]
                self.assertEqual(len(names), len(set(names)))
                self.assertIn(network.middle, names)
                self.assertIn("logits", names)

    def test_output_shapes_agree_with_onnx(self):
        # Weights become inputs, so that nothing large is made; only the constants that are shapes keep their values.
        for name, network in NETWORKS.items():
            with self.subTest(name):
                self.check_shapes(network.graph())

    def check_shapes(self, graph: Graph) -> None:
        info = lambda t: onnx.helper.make_tensor_value_info(t.name, onnx.TensorProto.FLOAT, t.shape)
        inputs = graph.inputs + [i for i in graph.initializers if i.role != "constant"]
        constants = [onnx.numpy_helper.from_array(i.values(graph.name), i.name) for i in graph.initializers
                     if i.role == "constant"]
        nodes = onnx.helper.make_graph(graph.nodes, graph.name, [info(t) for t in inputs],
                                       [info(t) for t in graph.outputs], constants)
        model = onnx.helper.make_model(nodes, opset_imports=[onnx.helper.make_opsetid("", graph.opset)])
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)


class Files(unittest.TestCase):
    def test_every_opset_passes_the_checker(self):
        for opset in range(10, 23):
            with self.subTest(opset):
                onnx.checker.check_model(written("squeezenet1_1", opset), full_check=True)

    def test_relu6_without_limit_inputs(self):
        onnx.checker.check_model(written("mobilenet_v2", 9), full_check=True)

    def test_file_is_what_onnx_would_write(self):
        model = written("lenet5")
        self.assertEqual(onnx.ModelProto.FromString(model.SerializeToString()), model)
        graph = NETWORKS["lenet5"].graph()
        for initializer, tensor in zip(graph.initializers, model.graph.initializer, strict=True):
            np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), initializer.values("lenet5"))

    def test_values_do_not_depend_on_order(self):
        initializers = NETWORKS["lenet5"].graph().initializers
        forwards = {i.name: i.values("lenet5") for i in initializers}
        for initializer in reversed(initializers):
            np.testing.assert_array_equal(initializer.values("lenet5"), forwards[initializer.name])

    def test_opset_that_cannot_round_up_is_refused(self):
        with self.assertRaisesRegex(ValueError, "pool1 rounds its size up, which needs opset 10"):
            NETWORKS["squeezenet1_1"].graph(9)


class CommandLine(unittest.TestCase):
    def test_list_names_every_network(self):
        result = run_zoo("--list")
        self.assertEqual(result.returncode, 0)
        for name in NETWORKS:
            self.assertIn(name, result.stdout)

    def test_bad_arguments_end_with_status_2(self):
        for arguments, message in (([], "no network named"), (["lenet7", "-o", "x"], "unknown network: lenet7"),
                                   (["lenet5"], "-o DIR is missing"), (["lenet5", "-o", __file__], "is not a folder"),
                                   (["lenet5", "-o", "x", "--opset", "3"], "opset 3 is not supported")):
            with self.subTest(message):
                result = run_zoo(*arguments)
                self.assertEqual(result.returncode, 2)
                self.assertIn(message, result.stderr)

    def test_small_networks_are_alive(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run_zoo("lenet5", "squeezenet1_1", "--verify", "-o", folder)
            self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
