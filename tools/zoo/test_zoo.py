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
from zoo.shapes import light, shapes_of
from zoo.writer import save

# As published, or as the framework's own model of that name counts them.
PARAMETERS = {
    "lenet5": 61_706, "alexnet": 60_965_224, "overfeat": 145_920_872, "nin": 7_595_176, "vgg16": 138_357_544,
    "vgg19": 143_667_240, "googlenet": 6_998_552, "googlenet_auxiliary": 13_378_280, "inception_v3": 23_834_568,
    "inception_v4": 42_679_816, "inception_resnet_v2": 55_843_464, "resnet18": 11_689_512, "resnet34": 21_797_672,
    "resnet34a": 21_623_848, "resnet50": 25_557_032, "resnet101": 44_549_160, "resnet152": 60_192_808,
    "squeezenet1_1": 1_235_496, "densenet121": 7_978_856, "mobilenet_v1": 4_231_976, "mobilenet_v2": 3_504_872,
    "yolov1": 271_703_550, "yolov2": 50_962_889, "yolov2_tiny": 15_861_773, "yolov3": 61_949_149,
    "ssd300": 26_285_486, "facenet_siamese": 3_733_968, "deepface": 118_923_774, "fcn8s": 134_489_759, "unet": 31_037_698,
    "style_transfer": 1_679_235, "voxnet": 921_736, "c3d": 78_409_573,
}
# Darknet stores a batch norm as bias, scale, mean and variance in its weights file and counts all of them.
WITH_STATISTICS = {"yolov2": 50_983_561, "yolov2_tiny": 15_867_885, "yolov3": 62_001_757}
MULTIPLY_ADDS = {"vgg16": 15.47e9, "resnet50": 4.09e9, "googlenet": 1.58e9, "mobilenet_v1": 569e6,
                 "mobilenet_v2": 301e6, "shufflenet_v1": 137e6, "overfeat": 2.81e9, "inception_v3": 5.71e9,
                 "yolov3": 65.86e9 / 2}
# Height and width, and channels, of every convolution and pool of YOLOv2 on 608x608; the number is the layer's stage.
YOLOV2_ROWS = {
    "conv1_1": (608, 32), "pool1": (304, 32), "conv2_1": (304, 64), "pool2": (152, 64), "conv3_1": (152, 128),
    "conv3_2": (152, 64), "conv3_3": (152, 128), "pool3": (76, 128), "conv4_1": (76, 256), "conv4_2": (76, 128),
    "conv4_3": (76, 256), "pool4": (38, 256), "conv5_1": (38, 512), "conv5_2": (38, 256), "conv5_3": (38, 512),
    "conv5_4": (38, 256), "conv5_5": (38, 512), "pool5": (19, 512), "conv6_1": (19, 1024), "conv6_2": (19, 512),
    "conv6_3": (19, 1024), "conv6_4": (19, 512), "conv6_5": (19, 1024), "conv7_1": (19, 1024), "conv7_2": (19, 1024),
    "passthrough": (38, 64), "reorg/merge": (19, 256), "concat": (19, 1280), "conv8": (19, 1024), "logits": (19, 425),
}
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

    def test_statistics_are_counted_as_darknet_does(self):
        for name, expected in WITH_STATISTICS.items():
            with self.subTest(name):
                self.assertEqual(NETWORKS[name].graph().count("parameter", "statistic"), expected)

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
                self.assertLessEqual({x.name for x in graph.outputs}, set(names))

    def test_output_shapes_agree_with_onnx(self):
        for name, network in NETWORKS.items():
            with self.subTest(name):
                self.check_shapes(network.graph())

    def check_shapes(self, graph: Graph) -> None:
        onnx.shape_inference.infer_shapes(light(graph), check_type=True, strict_mode=True, data_prop=True)


class Figures(unittest.TestCase):
    """Sizes and costs that papers and textbooks print."""

    def test_yolov2_has_the_rows_of_its_table(self):
        shapes = shapes_of(NETWORKS["yolov2"].graph())
        for name, (size, channels) in YOLOV2_ROWS.items():
            self.assertEqual(shapes[name], (1, channels, size, size), name)

    def test_first_module_of_googlenet(self):
        shapes = shapes_of(NETWORKS["googlenet"].graph())
        self.assertEqual(shapes["pool2/3x3_s2"], (1, 192, 28, 28))
        self.assertEqual(shapes["inception_3a/output"], (1, 256, 28, 28))

    def test_auxiliary_heads_of_googlenet_leave_its_main_network_alone(self):
        plain, graph = (NETWORKS[name].graph() for name in ("googlenet", "googlenet_auxiliary"))
        self.assertEqual([node for node in graph.nodes if not node.name.startswith(("loss1/", "loss2/"))], plain.nodes)
        self.assertEqual([x.name for x in graph.outputs], ["loss1/probabilities", "loss2/probabilities",
                                                           "probabilities"])

    def test_maps_of_the_late_inceptions(self):
        for name, rows in (("inception_v3", {"pool2": (192, 35), "6a/concat": (768, 17), "7a/concat": (1280, 8)}),
                           ("inception_v4", {"5a/concat": (384, 35), "b7/concat": (1024, 17), "c3/concat": (1536, 8)}),
                           ("inception_resnet_v2", {"5b/concat": (320, 35), "6a/concat": (1088, 17),
                                                    "7a/concat": (2080, 8)})):
            shapes = shapes_of(NETWORKS[name].graph())
            for tensor, (channels, size) in rows.items():
                self.assertEqual(shapes[tensor], (1, channels, size, size), f"{name}: {tensor}")

    def test_default_boxes_of_ssd300(self):
        graph = NETWORKS["ssd300"].graph()
        self.assertEqual([x.shape for x in graph.outputs], [(1, 8732, 21), (1, 8732, 4), (1, 8732, 4)])
        boxes = next(i for i in graph.initializers if i.name == "priors/values").values("ssd300")[0]
        np.testing.assert_allclose(boxes[0], (4 / 300, 4 / 300, 0.1, 0.1), rtol=1e-6)
        np.testing.assert_allclose(boxes[-1], (0.5, 0.5, 264 / 300 / 2**0.5, 264 / 300 * 2**0.5), rtol=1e-6)

    def test_towers_share_their_weights(self):
        graph = NETWORKS["facenet_siamese"].graph()
        left, right = ([[name for name in node.input if not name.startswith(tower)] for node in graph.nodes
                        if node.op_type == "Conv" and node.name.startswith(tower)] for tower in ("left/", "right/"))
        self.assertEqual(left, right)
        self.assertEqual(len({i.name for i in graph.initializers}), len(graph.initializers))

    def test_bottleneck_saves_nine_tenths(self):
        plain = Graph("plain")
        plain.conv(plain.input("x", 1, 192, 28, 28), "5x5", 32, 5, pad=2)
        self.assertEqual(plain.multiply_adds, 120_422_400)
        narrow = Graph("narrow")
        x = narrow.conv(narrow.input("x", 1, 192, 28, 28), "1x1", 16, 1)
        narrow.conv(x, "5x5", 32, 5, pad=2)
        self.assertEqual(narrow.multiply_adds, 2_408_448 + 10_035_200)

    def test_ten_filters_have_280_parameters(self):
        graph = Graph("filters")
        graph.conv(graph.input("x", 1, 3, 39, 39), "conv", 10, 3)
        self.assertEqual(graph.parameters, 280)

    def test_chain_of_strided_convolutions(self):
        graph = Graph("chain")
        x, sizes = graph.input("x", 1, 3, 39, 39), []
        for channels, kernel, stride in ((10, 3, 1), (20, 5, 2), (40, 5, 2)):
            x = graph.conv(x, f"conv{channels}", channels, kernel, stride)
            sizes.append(x.shape[1:])
        self.assertEqual(sizes, [(10, 37, 37), (20, 17, 17), (40, 7, 7)])
        self.assertEqual(graph.flatten(x).shape, (1, 1960))

    def test_one_and_three_axes(self):
        for start, middle, end in (((14,), (10,), (6,)), ((14,) * 3, (10,) * 3, (6,) * 3)):
            graph = Graph("axes")
            x = graph.conv(graph.input("x", 1, 1, *start), "conv1", 16, 5)
            self.assertEqual(x.shape, (1, 16, *middle))
            x = graph.conv(x, "conv2", 32, 5)
            self.assertEqual(x.shape, (1, 32, *end))
            graph.output(x)
            self.assertEqual(shapes_of(graph)["conv2"], (1, 32, *end))


class Files(unittest.TestCase):
    def test_every_opset_passes_the_checker(self):
        for opset in range(10, 23):
            with self.subTest(opset):
                onnx.checker.check_model(written("squeezenet1_1", opset), full_check=True)

    def test_operators_that_changed_pass_the_checker(self):
        # Reductions take their axes as an input from opset 18 on, pads their widths from 11 on.
        for name, opset in (("style_transfer", 11), ("style_transfer", 18), ("style_transfer", 22),
                            ("facenet_siamese", 10), ("facenet_siamese", 17), ("facenet_siamese", 18)):
            with self.subTest(name, opset=opset):
                onnx.checker.check_model(written(name, opset), full_check=True)

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

    def test_opset_without_resize_is_refused(self):
        with self.assertRaisesRegex(ValueError, "up1/nearest resizes, which needs opset 11"):
            NETWORKS["style_transfer"].graph(10)

    def test_opset_without_steps_is_refused(self):
        with self.assertRaisesRegex(ValueError, "conv3_1/shortcut/subsample is a slice with steps"):
            NETWORKS["resnet34a"].graph(9)


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
