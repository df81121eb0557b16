"""MobileNet: depthwise and pointwise convolutions."""

from typing import Callable

from zoo.graph import Graph, Tensor
from zoo.network import Network

# Output channels and stride of the depthwise separable blocks (table 1 of the first paper).
V1 = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))

# Expansion, output channels, repetitions and first stride (table 2 of the second paper).
V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))

Activation = Callable[[Tensor], Tensor]


def _conv_bn(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> Tensor:
    x = g.conv(x, name, channels, kernel, stride, kernel // 2, groups, bias=False)
    return g.batch_norm(x, f"{name}/bn")


def mobilenet_v1(g: Graph) -> None:
    """1x3x224x224 to 1x1000, width multiplier 1."""
    x = g.relu(_conv_bn(g, g.input("input", 1, 3, 224, 224), "conv1", 32, 3, 2))
    for index, (channels, stride) in enumerate(V1, 2):
        x = g.relu(_conv_bn(g, x, f"conv{index}/depthwise", x.channels, 3, stride, groups=x.channels))
        x = g.relu(_conv_bn(g, x, f"conv{index}/pointwise", channels, 1))
    x = g.flatten(g.global_average_pool(x, "global_pool"))
    g.output(g.classifier(x, "fc", 1000))


def _inverted_residual(g: Graph, x: Tensor, name: str, expansion: int, channels: int, stride: int) -> Tensor:
    """Wide inside, narrow outside, no activation after the projection (figure 3b, table 1)."""
    inner = x
    if expansion > 1:
        inner = g.relu6(_conv_bn(g, inner, f"{name}/expand", expansion * x.channels, 1))
    inner = g.relu6(_conv_bn(g, inner, f"{name}/depthwise", inner.channels, 3, stride, groups=inner.channels))
    inner = _conv_bn(g, inner, f"{name}/project", channels, 1)
    return g.add(x, inner, f"{name}/add") if x.shape == inner.shape else inner


def mobilenet_v2(g: Graph) -> None:
    """1x3x224x224 to 1x1000, width multiplier 1."""
    x = g.relu6(_conv_bn(g, g.input("input", 1, 3, 224, 224), "conv1", 32, 3, 2))
    for stage, (expansion, channels, repetitions, first_stride) in enumerate(V2, 2):
        for index in range(1, repetitions + 1):
            stride = first_stride if index == 1 else 1
            x = _inverted_residual(g, x, f"block{stage}_{index}", expansion, channels, stride)
    x = g.relu6(_conv_bn(g, x, "conv9", 1280, 1))
    x = g.flatten(g.global_average_pool(x, "global_pool"))
    g.output(g.classifier(x, "fc", 1000, softmax=False))


NETWORKS = [
    Network("mobilenet_v1", mobilenet_v1, "conv7/pointwise/bn/relu",
            'Howard et al., "MobileNets: Efficient CNNs for Mobile Vision Applications", 2017'),
    Network("mobilenet_v2", mobilenet_v2, "block5_4/add",
            'Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018'),
]
