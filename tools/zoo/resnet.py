"""Residual networks for ImageNet."""

from functools import partial
from typing import Callable

from zoo.graph import Graph, Tensor
from zoo.network import Network

WIDTHS = (64, 128, 256, 512)


def _conv_bn(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
    x = g.conv(x, name, channels, kernel, stride, kernel // 2, bias=False)
    return g.batch_norm(x, f"{name}/bn")


def _basic(g: Graph, x: Tensor, name: str, width: int, stride: int) -> Tensor:
    """Two 3x3 convolutions (figure 5, left)."""
    x = g.relu(_conv_bn(g, x, f"{name}/conv1", width, 3, stride))
    return _conv_bn(g, x, f"{name}/conv2", width, 3)


def _bottleneck(g: Graph, x: Tensor, name: str, width: int, stride: int) -> Tensor:
    """1x1, 3x3 and 1x1 with four times the width (figure 5, right); the stride is in the 3x3."""
    x = g.relu(_conv_bn(g, x, f"{name}/conv1", width, 1))
    x = g.relu(_conv_bn(g, x, f"{name}/conv2", width, 3, stride))
    return _conv_bn(g, x, f"{name}/conv3", 4 * width, 1)


def _padded(g: Graph, x: Tensor, name: str, channels: int, stride: int) -> Tensor:
    """Shortcut of kind A: every `stride`-th pixel, and zeros in the new channels; it has no parameters."""
    if stride > 1:
        x = g.slice(x, f"{name}/subsample", (0, 0), x.shape[2:], stride)
    return g.pad(x, name, (0, 0, 0, 0), (0, channels - x.channels, 0, 0))


def _projected(g: Graph, x: Tensor, name: str, channels: int, stride: int) -> Tensor:
    """Shortcut of kind B."""
    return _conv_bn(g, x, name, channels, 1, stride)


def resnet(g: Graph, depths: tuple[int, ...], bottleneck: bool, shortcut: Callable[..., Tensor] = _projected) -> None:
    """1x3x224x224 to 1x1000; `depths` are the blocks in the four stages (table 1)."""
    block, expansion = (_bottleneck, 4) if bottleneck else (_basic, 1)
    x = g.relu(_conv_bn(g, g.input("input", 1, 3, 224, 224), "conv1", 64, 7, 2))
    x = g.max_pool(x, "pool1", 3, 2, 1)
    for stage, (width, depth) in enumerate(zip(WIDTHS, depths), 2):
        for index in range(1, depth + 1):
            name = f"conv{stage}_{index}"
            stride = 2 if index == 1 and stage > 2 else 1
            branch = block(g, x, name, width, stride)
            if x.shape != branch.shape:
                x = shortcut(g, x, f"{name}/shortcut", expansion * width, stride)
            x = g.relu(g.add(branch, x, f"{name}/add"))
    x = g.flatten(g.global_average_pool(x, "pool5"))
    g.output(g.classifier(x, "fc", 1000, softmax=False))


PAPER = 'He et al., "Deep Residual Learning for Image Recognition", 2015'
NETWORKS = [
    Network("resnet18", partial(resnet, depths=(2, 2, 2, 2), bottleneck=False), "conv4_1/add/relu", PAPER),
    Network("resnet34", partial(resnet, depths=(3, 4, 6, 3), bottleneck=False), "conv4_2/add/relu", PAPER),
    Network("resnet34a", partial(resnet, depths=(3, 4, 6, 3), bottleneck=False, shortcut=_padded), "conv4_2/add/relu",
            PAPER),
    Network("resnet50", partial(resnet, depths=(3, 4, 6, 3), bottleneck=True), "conv4_2/add/relu", PAPER),
    Network("resnet101", partial(resnet, depths=(3, 4, 23, 3), bottleneck=True), "conv4_8/add/relu", PAPER),
    Network("resnet152", partial(resnet, depths=(3, 8, 36, 3), bottleneck=True), "conv4_12/add/relu", PAPER),
]
