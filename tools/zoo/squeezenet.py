"""SqueezeNet 1.1."""

from zoo.graph import LOGIT_STD, Graph, Tensor
from zoo.network import Network

# Squeeze width of each fire module; both expand branches have four times as many channels.
SQUEEZE = {2: 16, 3: 16, 4: 32, 5: 32, 6: 48, 7: 48, 8: 64, 9: 64}


def _fire(g: Graph, x: Tensor, name: str, squeeze: int) -> Tensor:
    """1x1 to few channels, then 1x1 and 3x3 side by side (figure 1)."""
    x = g.relu(g.conv(x, f"{name}/squeeze1x1", squeeze, 1))
    branches = [g.relu(g.conv(x, f"{name}/expand1x1", 4 * squeeze, 1)),
                g.relu(g.conv(x, f"{name}/expand3x3", 4 * squeeze, 3, pad=1))]
    return g.concat(branches, f"{name}/concat")


def squeezenet1_1(g: Graph) -> None:
    """1x3x224x224 to 1x1000: version 1.1 of the authors, with the pools earlier than in the paper."""
    x = g.relu(g.conv(g.input("input", 1, 3, 224, 224), "conv1", 64, 3, 2))
    for index, squeeze in SQUEEZE.items():
        if index in (2, 4, 6):
            x = g.max_pool(x, f"pool{index - 1}", 3, 2, ceil=True)
        x = _fire(g, x, f"fire{index}", squeeze)
    x = g.dropout(x, "fire9/dropout")
    x = g.relu(g.conv(x, "conv10", 1000, 1, std=4 * LOGIT_STD))
    x = g.rename(g.flatten(g.global_average_pool(x, "pool10")), "logits")
    g.output(g.softmax(x))


NETWORKS = [Network("squeezenet1_1", squeezenet1_1, "fire5/concat",
                    'Iandola et al., "SqueezeNet: AlexNet-Level Accuracy with 50x Fewer Parameters", 2016')]
