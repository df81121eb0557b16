"""Network in Network."""

from zoo.graph import LOGIT_STD, Graph
from zoo.network import Network

# Channels, kernel, stride and pad of the convolution that opens a block, and the channels of its two 1x1 layers.
BLOCKS = ((96, 11, 4, 0, 96, 96), (256, 5, 1, 2, 256, 256), (384, 3, 1, 1, 384, 384), (1024, 3, 1, 1, 1024, 1000))


def nin(g: Graph) -> None:
    """1x3x224x224 to 1x1000: the authors' model for ImageNet, whose classifier is the mean of 1000 maps."""
    x = g.input("input", 1, 3, 224, 224)
    for index, (channels, kernel, stride, pad, *perceptron) in enumerate(BLOCKS, 1):
        x = g.relu(g.conv(x, f"conv{index}", channels, kernel, stride, pad))
        for layer, width in enumerate(perceptron, 2 * index - 1):
            # The mean over the last maps leaves a part of their deviation.
            std = 4 * LOGIT_STD if width == 1000 else None
            x = g.relu(g.conv(x, f"cccp{layer}", width, 1, std=std))
        if index < len(BLOCKS):
            x = g.max_pool(x, f"pool{index}", 3, 2, ceil=True)
        if index == 3:
            x = g.dropout(x, "dropout")
    x = g.rename(g.flatten(g.average_pool(x, "pool4", 6, 1)), "logits")
    g.output(g.softmax(x))


NETWORKS = [Network("nin", nin, "cccp4/relu", 'Lin et al., "Network In Network", 2013')]
