"""LeNet-5."""

from zoo.graph import Graph
from zoo.network import Network


def lenet5(g: Graph) -> None:
    """1x1x32x32 to 1x10. Full connections in the second convolution and a softmax output, as is usual today."""
    x = g.input("input", 1, 1, 32, 32)
    x = g.tanh(g.conv(x, "c1", 6, 5))
    x = g.average_pool(x, "s2", 2, 2)
    x = g.tanh(g.conv(x, "c3", 16, 5))
    x = g.average_pool(x, "s4", 2, 2)
    x = g.tanh(g.dense(g.flatten(x), "c5", 120))
    x = g.tanh(g.dense(x, "f6", 84))
    g.output(g.classifier(x, "output", 10))


NETWORKS = [Network("lenet5", lenet5, "c3/tanh",
                    'LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998')]
