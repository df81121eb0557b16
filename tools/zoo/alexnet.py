"""AlexNet, ZFNet and OverFeat."""

from zoo.graph import Graph, Tensor
from zoo.network import Network


def _lrn(g: Graph, x: Tensor, name: str) -> Tensor:
    """k = 2, n = 5, alpha = 1e-4, beta = 0.75 (section 3.3 of AlexNet). ONNX divides alpha by the size."""
    return g.lrn(x, name, size=5, alpha=5e-4, beta=0.75, bias=2.0)


def _head(g: Graph, x: Tensor) -> None:
    """Two hidden layers of 4096 with dropout and 1000 classes."""
    x = g.flatten(x)
    for name in ("fc6", "fc7"):
        x = g.dropout(g.relu(g.dense(x, name, 4096)), f"{name}/dropout")
    g.output(g.classifier(x, "fc8", 1000))


def alexnet(g: Graph) -> None:
    """1x3x227x227 to 1x1000. The two halves of the original, one a GPU, are convolutions in two groups."""
    x = g.input("input", 1, 3, 227, 227)
    x = g.relu(g.conv(x, "conv1", 96, 11, stride=4))
    x = g.max_pool(_lrn(g, x, "norm1"), "pool1", 3, 2)
    x = g.relu(g.conv(x, "conv2", 256, 5, pad=2, groups=2))
    x = g.max_pool(_lrn(g, x, "norm2"), "pool2", 3, 2)
    x = g.relu(g.conv(x, "conv3", 384, 3, pad=1))
    x = g.relu(g.conv(x, "conv4", 384, 3, pad=1, groups=2))
    x = g.relu(g.conv(x, "conv5", 256, 3, pad=1, groups=2))
    _head(g, g.max_pool(x, "pool5", 3, 2))


def zfnet(g: Graph) -> None:
    """1x3x224x224 to 1x1000. The pools round up, which gives the sizes 55, 13 and 6 of the paper's figure 3."""
    x = g.input("input", 1, 3, 224, 224)
    x = g.relu(g.conv(x, "conv1", 96, 7, stride=2, pad=1))
    x = _lrn(g, g.max_pool(x, "pool1", 3, 2, ceil=True), "norm1")
    x = g.relu(g.conv(x, "conv2", 256, 5, stride=2))
    x = _lrn(g, g.max_pool(x, "pool2", 3, 2, ceil=True), "norm2")
    x = g.relu(g.conv(x, "conv3", 384, 3, pad=1))
    x = g.relu(g.conv(x, "conv4", 384, 3, pad=1))
    x = g.relu(g.conv(x, "conv5", 256, 3, pad=1))
    _head(g, g.max_pool(x, "pool5", 3, 2, ceil=True))


def overfeat(g: Graph) -> None:
    """1x3x231x231 to 1x1000: the fast model (table 1), without normalisation and with pools that do not overlap."""
    x = g.input("input", 1, 3, 231, 231)
    x = g.max_pool(g.relu(g.conv(x, "conv1", 96, 11, stride=4)), "pool1", 2, 2)
    x = g.max_pool(g.relu(g.conv(x, "conv2", 256, 5)), "pool2", 2, 2)
    x = g.relu(g.conv(x, "conv3", 512, 3, pad=1))
    x = g.relu(g.conv(x, "conv4", 1024, 3, pad=1))
    x = g.relu(g.conv(x, "conv5", 1024, 3, pad=1))
    x = g.flatten(g.max_pool(x, "pool5", 2, 2))
    for name, units in (("fc6", 3072), ("fc7", 4096)):
        x = g.dropout(g.relu(g.dense(x, name, units)), f"{name}/dropout")
    g.output(g.classifier(x, "fc8", 1000))


NETWORKS = [
    Network("alexnet", alexnet, "conv3/relu",
            'Krizhevsky et al., "ImageNet Classification with Deep Convolutional Neural Networks", 2012'),
    Network("zfnet", zfnet, "conv3/relu",
            'Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2013'),
    Network("overfeat", overfeat, "conv3/relu",
            'Sermanet et al., "OverFeat: Integrated Recognition, Localization and Detection using Convolutional '
            'Networks", 2013'),
]
