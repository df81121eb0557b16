"""Densely connected networks."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

GROWTH = 32
DEPTHS = (6, 12, 24, 16)


def _bn_relu_conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int) -> Tensor:
    x = g.relu(g.batch_norm(x, f"{name}/bn"))
    return g.conv(x, name, channels, kernel, pad=kernel // 2, bias=False)


def densenet121(g: Graph) -> None:
    """1x3x224x224 to 1x1000: DenseNet-BC with growth rate 32 and compression 0.5 (table 1)."""
    x = g.conv(g.input("input", 1, 3, 224, 224), "conv1", 2 * GROWTH, 7, 2, 3, bias=False)
    x = g.max_pool(g.relu(g.batch_norm(x, "conv1/bn")), "pool1", 3, 2, 1)
    for block, depth in enumerate(DEPTHS, 1):
        for layer in range(1, depth + 1):
            name = f"dense{block}_{layer}"
            new = _bn_relu_conv(g, x, f"{name}/1x1", 4 * GROWTH, 1)
            new = _bn_relu_conv(g, new, f"{name}/3x3", GROWTH, 3)
            x = g.concat([x, new], f"{name}/concat")
        if block < len(DEPTHS):
            x = _bn_relu_conv(g, x, f"transition{block}", x.channels // 2, 1)
            x = g.average_pool(x, f"transition{block}/pool", 2, 2)
    x = g.relu(g.batch_norm(x, "final/bn"))
    x = g.flatten(g.global_average_pool(x, "global_pool"))
    g.output(g.classifier(x, "fc", 1000, softmax=False))


NETWORKS = [Network("densenet121", densenet121, "transition2/pool",
                    'Huang et al., "Densely Connected Convolutional Networks", 2016')]
