"""VGG: stacks of 3x3 convolutions."""

from functools import partial

from zoo.graph import Graph
from zoo.network import Network

WIDTHS = (64, 128, 256, 512, 512)
CONFIGURATION_D = (2, 2, 3, 3, 3)
CONFIGURATION_E = (2, 2, 4, 4, 4)


def vgg(g: Graph, depths: tuple[int, ...]) -> None:
    """1x3x224x224 to 1x1000; `depths` are the convolutions in each of the five stacks (table 1)."""
    x = g.input("input", 1, 3, 224, 224)
    for stack, (width, depth) in enumerate(zip(WIDTHS, depths), 1):
        for layer in range(1, depth + 1):
            x = g.relu(g.conv(x, f"conv{stack}_{layer}", width, 3, pad=1))
        x = g.max_pool(x, f"pool{stack}", 2, 2)
    x = g.flatten(x)
    for name in ("fc6", "fc7"):
        x = g.dropout(g.relu(g.dense(x, name, 4096)), f"{name}/dropout")
    g.output(g.classifier(x, "fc8", 1000))


PAPER = 'Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014'
NETWORKS = [Network("vgg16", partial(vgg, depths=CONFIGURATION_D), "conv4_1/relu", PAPER),
            Network("vgg19", partial(vgg, depths=CONFIGURATION_E), "conv4_1/relu", PAPER)]
