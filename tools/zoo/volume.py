"""Networks along three axes: VoxNet for shapes in space, C3D for pictures in time."""

from zoo.graph import Graph
from zoo.network import Network

# Channels and convolutions of the five stages of C3D (figure 3).
C3D = ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2))


def voxnet(g: Graph) -> None:
    """1x1x32x32x32, a grid of occupied cells, to 1x40 kinds of things (figure 1)."""
    x = g.leaky_relu(g.conv(g.input("input", 1, 1, 32, 32, 32), "conv1", 32, 5, 2))
    x = g.max_pool(g.leaky_relu(g.conv(x, "conv2", 32, 3)), "pool2", 2, 2)
    x = g.dropout(g.relu(g.dense(g.flatten(x), "fc1", 128)), "fc1/dropout")
    g.output(g.classifier(x, "fc2", 40))


def c3d(g: Graph) -> None:
    """1x3x16x112x112, sixteen frames, to the 101 actions of UCF101. The first pool leaves the time alone."""
    x = g.input("input", 1, 3, 16, 112, 112)
    for stage, (channels, depth) in enumerate(C3D, 1):
        for layer in "ab"[:depth]:
            x = g.relu(g.conv(x, f"conv{stage}{layer}", channels, 3, pad=1))
        window, pad = ((1, 2, 2) if stage == 1 else 2), ((0, 1, 1) if stage == 5 else 0)
        x = g.max_pool(x, f"pool{stage}", window, window, pad)
    x = g.flatten(x)
    for name in ("fc6", "fc7"):
        x = g.dropout(g.relu(g.dense(x, name, 4096)), f"{name}/dropout")
    g.output(g.classifier(x, "fc8", 101))


NETWORKS = [
    Network("voxnet", voxnet, "conv1/leaky",
            'Maturana and Scherer, "VoxNet: A 3D Convolutional Neural Network for Real-Time Object Recognition", 2015'),
    Network("c3d", c3d, "conv3b/relu",
            'Tran et al., "Learning Spatiotemporal Features with 3D Convolutional Networks", 2014'),
]
