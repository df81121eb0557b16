"""GoogLeNet (Inception v1) and the batch-normalised Inception (v2)."""

from functools import partial
from typing import Callable

from zoo.graph import Graph, Tensor
from zoo.network import Network

# Table 1 of the paper: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection.
GOOGLENET = {
    "3a": (64, 96, 128, 16, 32, 32), "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64), "4b": (160, 112, 224, 24, 64, 64), "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64), "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128), "5b": (384, 192, 384, 48, 128, 128),
}
AUXILIARY = {"4a": "loss1", "4d": "loss2"}  # the blocks after which the auxiliary classifiers branch off

# Figure 5 of the paper: 1x1, 3x3 reduce, 3x3, double 3x3 reduce, double 3x3, pool projection. A block without a
# 1x1 branch halves the map and passes the pooled map on without projection.
INCEPTION_V2 = {
    "3a": (64, 64, 64, 64, 96, 32), "3b": (64, 64, 96, 64, 96, 64), "3c": (0, 128, 160, 64, 96, 0),
    "4a": (224, 64, 96, 96, 128, 128), "4b": (192, 96, 128, 96, 128, 128), "4c": (160, 128, 160, 128, 160, 128),
    "4d": (96, 128, 192, 160, 192, 128), "4e": (0, 128, 192, 192, 256, 0),
    "5a": (352, 192, 320, 160, 224, 128), "5b": (352, 192, 320, 192, 224, 128),
}
MAX_POOL_BLOCKS = ("3c", "4e", "5b")


def googlenet(g: Graph, auxiliary: bool = False) -> None:
    """1x3x224x224 to 1x1000; the two auxiliary classifiers serve training and are further outputs where asked."""

    def conv(x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
        return g.relu(g.conv(x, name, channels, kernel, stride, kernel // 2))

    def lrn(x: Tensor, name: str) -> Tensor:
        return g.lrn(x, name, size=5, alpha=1e-4, beta=0.75, bias=1.0)

    x = conv(g.input("input", 1, 3, 224, 224), "conv1/7x7_s2", 64, 7, 2)
    x = lrn(g.max_pool(x, "pool1/3x3_s2", 3, 2, ceil=True), "pool1/norm1")
    x = conv(x, "conv2/3x3_reduce", 64, 1)
    x = lrn(conv(x, "conv2/3x3", 192, 3), "conv2/norm2")
    x = g.max_pool(x, "pool2/3x3_s2", 3, 2, ceil=True)
    for block, widths in GOOGLENET.items():
        x = _googlenet_block(g, conv, x, f"inception_{block}", *widths)
        if block in ("3b", "4e"):
            x = g.max_pool(x, f"pool{int(block[0])}/3x3_s2", 3, 2, ceil=True)
        if auxiliary and block in AUXILIARY:
            _auxiliary_classifier(g, x, AUXILIARY[block])
    x = g.dropout(g.flatten(g.global_average_pool(x, "pool5/7x7_s1")), "pool5/dropout")
    g.output(g.classifier(x, "loss3/classifier", 1000))


def _auxiliary_classifier(g: Graph, x: Tensor, name: str) -> None:
    """5x5 average pool with stride 3, 1x1 convolution, two dense layers (section 5)."""
    x = g.relu(g.conv(g.average_pool(x, f"{name}/ave_pool", 5, 3), f"{name}/conv", 128, 1))
    x = g.dropout(g.relu(g.dense(g.flatten(x, f"{name}/flatten"), f"{name}/fc", 1024)), f"{name}/dropout")
    g.output(g.classifier(x, f"{name}/classifier", 1000, prefix=f"{name}/"))


def _googlenet_block(g: Graph, conv: Callable[..., Tensor], x: Tensor, name: str, one: int, reduce3: int, three: int,
                     reduce5: int, five: int, project: int) -> Tensor:
    """Four branches side by side: 1x1, 3x3, 5x5 and pooling (figure 2b)."""
    branches = [
        conv(x, f"{name}/1x1", one, 1),
        conv(conv(x, f"{name}/3x3_reduce", reduce3, 1), f"{name}/3x3", three, 3),
        conv(conv(x, f"{name}/5x5_reduce", reduce5, 1), f"{name}/5x5", five, 5),
        conv(g.max_pool(x, f"{name}/pool", 3, 1, 1), f"{name}/pool_proj", project, 1),
    ]
    return g.concat(branches, f"{name}/output")


def inception_v2(g: Graph) -> None:
    """1x3x224x224 to 1x1000. The first convolution is separable with depth multiplier 8, as in the paper."""

    def conv(x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
        x = g.conv(x, name, channels, kernel, stride, kernel // 2, bias=False)
        return g.relu(g.batch_norm(x, f"{name}/bn"))

    x = g.input("input", 1, 3, 224, 224)
    x = g.conv(x, "conv1/depthwise", 8 * 3, 7, 2, 3, groups=3, bias=False)
    x = conv(x, "conv1/pointwise", 64, 1)
    x = g.max_pool(x, "pool1/3x3_s2", 3, 2, ceil=True)
    x = conv(conv(x, "conv2/3x3_reduce", 64, 1), "conv2/3x3", 192, 3)
    x = g.max_pool(x, "pool2/3x3_s2", 3, 2, ceil=True)
    for block, widths in INCEPTION_V2.items():
        x = _inception_v2_block(g, conv, x, block, *widths)
    x = g.flatten(g.global_average_pool(x, "global_pool"))
    g.output(g.classifier(x, "classifier", 1000))


def _inception_v2_block(g: Graph, conv: Callable[..., Tensor], x: Tensor, block: str, one: int, reduce3: int,
                        three: int, reduce_double: int, double: int, project: int) -> Tensor:
    """The 5x5 of GoogLeNet's block becomes two 3x3; blocks with `one` = 0 halve the map."""
    name = f"inception_{block}"
    stride = 1 if one else 2
    branches = [conv(x, f"{name}/1x1", one, 1)] if one else []
    branches.append(conv(conv(x, f"{name}/3x3_reduce", reduce3, 1), f"{name}/3x3", three, 3, stride))
    inner = conv(conv(x, f"{name}/double_3x3_reduce", reduce_double, 1), f"{name}/double_3x3_1", double, 3)
    branches.append(conv(inner, f"{name}/double_3x3_2", double, 3, stride))
    if block in MAX_POOL_BLOCKS:
        pooled = g.max_pool(x, f"{name}/pool", 3, stride, pad=stride % 2, ceil=stride == 2)
    else:
        pooled = g.average_pool(x, f"{name}/pool", 3, 1, 1, count_include_pad=True)
    branches.append(conv(pooled, f"{name}/pool_proj", project, 1) if project else pooled)
    return g.concat(branches, f"{name}/output")


GOOGLENET_PAPER = 'Szegedy et al., "Going Deeper with Convolutions", 2014'
NETWORKS = [
    Network("googlenet", googlenet, "inception_4a/output", GOOGLENET_PAPER),
    Network("googlenet_auxiliary", partial(googlenet, auxiliary=True), "inception_4a/output", GOOGLENET_PAPER),
    Network("inception_v2", inception_v2, "inception_4a/output",
            'Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training", 2015'),
]
