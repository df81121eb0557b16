"""Networks along one axis, that of time."""

from zoo.graph import Graph
from zoo.network import Network

# Channels and convolutions of the four stages of M11 (table 1).
M11 = ((64, 2), (128, 2), (256, 3), (512, 2))


def m11(g: Graph) -> None:
    """1x1x32000, four seconds at 8 kHz, to 1x10: sounds of a city."""
    x = g.conv(g.input("input", 1, 1, 32000), "conv1", 64, 80, 4, 38, bias=False)
    x = g.max_pool(g.relu(g.batch_norm(x, "conv1/bn")), "pool1", 4, 4)
    for stage, (channels, depth) in enumerate(M11, 2):
        for index in range(1, depth + 1):
            name = f"conv{stage}_{index}"
            x = g.relu(g.batch_norm(g.conv(x, name, channels, 3, pad=1, bias=False), f"{name}/bn"))
        if stage < 5:
            x = g.max_pool(x, f"pool{stage}", 4, 4)
    g.output(g.classifier(g.flatten(g.global_average_pool(x, "global_pool")), "fc", 10))


NETWORKS = [Network("m11", m11, "conv3_2/bn/relu",
                    'Dai et al., "Very Deep Convolutional Neural Networks for Raw Waveforms", 2016')]
