"""Fast style transfer: a network that paints a picture in one style."""

from zoo.graph import Graph, Tensor
from zoo.network import Network


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1, **options) -> Tensor:
    """Convolution of the picture continued by reflection, so that its borders get no frame."""
    margin = (0, 0, kernel // 2, kernel // 2)
    return g.conv(g.pad(x, f"{name}/reflect", margin, margin, "reflect"), name, channels, kernel, stride, **options)


def _conv_norm(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
    return g.instance_norm(_conv(g, x, name, channels, kernel, stride), f"{name}/norm")


def style_transfer(g: Graph) -> None:
    """1x3x256x256 to 1x3x256x256 in [0, 255]: two halvings, five residual blocks, two doublings (table 1 of the
    supplement), with instance normalisation and doublings by the nearest pixel, as is usual today."""
    x = g.relu(_conv_norm(g, g.input("input", 1, 3, 256, 256), "conv1", 32, 9))
    x = g.relu(_conv_norm(g, x, "conv2", 64, 3, 2))
    x = g.relu(_conv_norm(g, x, "conv3", 128, 3, 2))
    for block in range(1, 6):
        name = f"residual{block}"
        inner = g.relu(_conv_norm(g, x, f"{name}/conv1", 128, 3))
        x = g.add(x, _conv_norm(g, inner, f"{name}/conv2", 128, 3), f"{name}/add")
    for index, channels in ((1, 64), (2, 32)):
        x = g.relu(_conv_norm(g, g.upsample(x, f"up{index}/nearest"), f"up{index}", channels, 3))
    x = g.tanh(_conv(g, x, "conv4", 3, 9, std=1.0))
    g.output(g.plus(g.times(x, 127.5, "scaled"), 127.5, "picture"))


NETWORKS = [Network("style_transfer", style_transfer, "residual3/add",
                    'Johnson et al., "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", 2016; '
                    'Ulyanov et al., "Instance Normalization", 2016')]
