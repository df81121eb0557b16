"""ShuffleNet v1."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

GROUPS = 3
STAGES = ((240, 4), (480, 8), (960, 4))  # output channels and units of stages 2 to 4 for three groups (table 1)


def _conv_bn(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1, groups: int = 1) -> Tensor:
    x = g.conv(x, name, channels, kernel, stride, kernel // 2, groups, bias=False)
    return g.batch_norm(x, f"{name}/bn")


def _shuffle(g: Graph, x: Tensor, name: str) -> Tensor:
    """Channel c of group g goes to position c * GROUPS + g: reshape, transpose, reshape."""
    batch, channels, height, width = x.shape
    x = g.reshape(x, f"{name}/split", batch, GROUPS, channels // GROUPS, height, width)
    x = g.transpose(x, f"{name}/transpose", 0, 2, 1, 3, 4)
    return g.reshape(x, f"{name}/merge", batch, channels, height, width)


def _unit(g: Graph, x: Tensor, name: str, channels: int, stride: int, first_groups: int) -> Tensor:
    """Figure 2b, and with stride 2 figure 2c: the shortcut is pooled and joined instead of added."""
    narrow = channels // 4
    new = channels - x.channels if stride == 2 else channels
    inner = g.relu(_conv_bn(g, x, f"{name}/conv1", narrow, 1, groups=first_groups))
    inner = _shuffle(g, inner, f"{name}/shuffle")
    inner = _conv_bn(g, inner, f"{name}/depthwise", narrow, 3, stride, groups=narrow)
    inner = _conv_bn(g, inner, f"{name}/conv2", new, 1, groups=GROUPS)
    if stride == 2:
        return g.relu(g.concat([g.average_pool(x, f"{name}/pool", 3, 2, 1), inner], f"{name}/concat"))
    return g.relu(g.add(x, inner, f"{name}/add"))


def shufflenet_v1(g: Graph) -> None:
    """1x3x224x224 to 1x1000: ShuffleNet 1x with three groups."""
    x = g.relu(_conv_bn(g, g.input("input", 1, 3, 224, 224), "conv1", 24, 3, 2))
    x = g.max_pool(x, "pool1", 3, 2, 1)
    for stage, (channels, units) in enumerate(STAGES, 2):
        for index in range(1, units + 1):
            # The input of stage 2 is too narrow for groups.
            groups = 1 if (stage, index) == (2, 1) else GROUPS
            x = _unit(g, x, f"stage{stage}_{index}", channels, 2 if index == 1 else 1, groups)
    x = g.flatten(g.global_average_pool(x, "global_pool"))
    g.output(g.classifier(x, "fc", 1000, softmax=False))


NETWORKS = [Network("shufflenet_v1", shufflenet_v1, "stage3_4/add/relu",
                    'Zhang et al., "ShuffleNet: An Extremely Efficient CNN for Mobile Devices", 2017')]
