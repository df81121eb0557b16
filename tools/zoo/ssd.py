"""SSD: boxes of several scales from one network."""

import math

import numpy as np

from zoo.graph import Graph, Tensor
from zoo.network import Network
from zoo.vgg import CONFIGURATION_D, WIDTHS

CLASSES = 21  # those of VOC and the background

# Of each source of boxes: step of its grid in pixels, smallest and largest box in pixels, and the aspect ratios that
# come in both orientations (section 2.2 and the authors' model).
SOURCES = ((8, 30, 60, (2,)), (16, 60, 111, (2, 3)), (32, 111, 162, (2, 3)), (64, 162, 213, (2, 3)),
           (100, 213, 264, (2,)), (300, 264, 315, (2,)))
PICTURE = 300


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1, pad: int = 0,
          dilation: int = 1) -> Tensor:
    return g.relu(g.conv(x, name, channels, kernel, stride, pad, dilation=dilation))


def _vgg_trunk(g: Graph, x: Tensor) -> tuple[Tensor, Tensor]:
    """conv4_3 and fc7 of VGG-16; its dense layers have become convolutions, the first of them dilated."""
    for stack, (width, depth) in enumerate(zip(WIDTHS, CONFIGURATION_D), 1):
        for layer in range(1, depth + 1):
            x = _conv(g, x, f"conv{stack}_{layer}", width, 3, pad=1)
        if stack == 4:
            fourth = x
        x = g.max_pool(x, f"pool{stack}", 2, 2, ceil=True) if stack < 5 else g.max_pool(x, "pool5", 3, 1, 1)
    x = _conv(g, x, "fc6", 1024, 3, pad=6, dilation=6)
    return fourth, _conv(g, x, "fc7", 1024, 1)


def _head(g: Graph, x: Tensor, name: str, boxes: int, values: int) -> Tensor:
    """`values` numbers for each box of each cell of the grid: 1, cells * boxes * values."""
    x = g.conv(x, name, boxes * values, 3, pad=1, std=1.0)
    return g.flatten(g.transpose(x, f"{name}/transpose", 0, 2, 3, 1), f"{name}/flatten")


def priors(grid: int, step: int, smallest: int, largest: int, ratios: tuple[int, ...]) -> np.ndarray:
    """The default boxes of one source: centre x, y, width, height as shares of the picture, row by row."""
    shapes = [(smallest, smallest), (math.sqrt(smallest * largest),) * 2]
    for ratio in ratios:
        wide, narrow = smallest * math.sqrt(ratio), smallest / math.sqrt(ratio)
        shapes += [(wide, narrow), (narrow, wide)]
    boxes = [((column + 0.5) * step, (row + 0.5) * step, width, height)
             for row in range(grid) for column in range(grid) for width, height in shapes]
    return np.array(boxes, np.float32) / PICTURE


def ssd300(g: Graph) -> None:
    """1x3x300x300 to 8732 boxes: class probabilities, offsets to the default boxes, and these; no suppression."""
    fourth, x = _vgg_trunk(g, g.input("input", 1, 3, PICTURE, PICTURE))
    sources = [g.scale_channels(g.l2_normalize(fourth, "conv4_3_norm/l2"), "conv4_3_norm", 20), x]
    for index, (narrow, wide) in enumerate(((256, 512), (128, 256), (128, 256), (128, 256)), 6):
        stride = 2 if index < 8 else 1
        x = _conv(g, x, f"conv{index}_1", narrow, 1)
        x = _conv(g, x, f"conv{index}_2", wide, 3, stride, pad=stride - 1)
        sources.append(x)
    locations, confidences, boxes = [], [], []
    for index, (x, source) in enumerate(zip(sources, SOURCES), 1):
        count = 2 + 2 * len(source[-1])
        locations.append(_head(g, x, f"source{index}/locations", count, 4))
        confidences.append(_head(g, x, f"source{index}/confidences", count, CLASSES))
        boxes.append(priors(x.shape[2], *source))
    confidence = g.concat(confidences, "confidences")
    confidence = g.reshape(confidence, "logits", 1, -1, CLASSES)
    g.output(g.softmax(confidence, axis=2))
    g.output(g.reshape(g.concat(locations, "offsets"), "locations", 1, -1, 4))
    g.output(g.constant("priors", np.concatenate(boxes)[None]))


NETWORKS = [Network("ssd300", ssd300, "conv4_3/relu", 'Liu et al., "SSD: Single Shot MultiBox Detector", 2015')]
