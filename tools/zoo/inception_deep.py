"""Inception v3, Inception v4 and Inception-ResNet v2: factorised convolutions such as 1x7 after 7x1."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

# Inner channels of the four blocks of v3 with 1x7 convolutions (figure 6).
V3_SEVEN = (128, 160, 160, 192)

Layer = tuple[int, int | tuple[int, int]]  # channels and kernel


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int | tuple[int, int], stride: int = 1,
          valid: bool = False) -> Tensor:
    """Convolution without bias, batch norm and ReLU; padded to keep the size unless `valid`."""
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    pad = 0 if valid else [size // 2 for size in kernel]
    x = g.conv(x, name, channels, kernel, stride, pad, bias=False)
    return g.relu(g.batch_norm(x, f"{name}/bn", epsilon=1e-3))


def _chain(g: Graph, x: Tensor, name: str, *layers: Layer, last_stride: int = 1) -> Tensor:
    """Convolutions one after the other; the last one may halve the map, and then does not pad."""
    for index, (channels, kernel) in enumerate(layers, 1):
        stride = last_stride if index == len(layers) else 1
        x = _conv(g, x, f"{name}_{index}", channels, kernel, stride, valid=stride == 2)
    return x


def _halve(g: Graph, x: Tensor, name: str, *branches: tuple[Layer, ...]) -> Tensor:
    """Branches that end with stride 2, beside a max pool."""
    parts = [_chain(g, x, f"{name}/branch{index}", *layers, last_stride=2) for index, layers in enumerate(branches, 1)]
    return g.concat([*parts, g.max_pool(x, f"{name}/pool", 3, 2)], f"{name}/concat")


def _pool_branch(g: Graph, x: Tensor, name: str, channels: int) -> Tensor:
    return _conv(g, g.average_pool(x, f"{name}/pool", 3, 1, 1), f"{name}/pool_1", channels, 1)


def _fork(g: Graph, x: Tensor, name: str, channels: int) -> list[Tensor]:
    """1x3 and 3x1 side by side (figure 7 of the paper of v3)."""
    return [_conv(g, x, f"{name}_1x3", channels, (1, 3)), _conv(g, x, f"{name}_3x1", channels, (3, 1))]


def _block(g: Graph, x: Tensor, name: str, pooled: int, *branches: tuple[Layer, ...]) -> Tensor:
    """Branches that keep the size, beside an average pool with a projection to `pooled` channels."""
    parts = [_chain(g, x, f"{name}/branch{index}", *layers) for index, layers in enumerate(branches, 1)]
    return g.concat([*parts, _pool_branch(g, x, name, pooled)], f"{name}/concat")


def _head(g: Graph, x: Tensor) -> None:
    x = g.dropout(g.flatten(g.global_average_pool(x, "global_pool")), "dropout")
    g.output(g.classifier(x, "classifier", 1000))


def _v3_stem(g: Graph) -> Tensor:
    """299x299 to 192 maps of 35x35; Inception-ResNet v2 has the same stem."""
    x = _conv(g, g.input("input", 1, 3, 299, 299), "conv1", 32, 3, 2, valid=True)
    x = _conv(g, _conv(g, x, "conv2", 32, 3, valid=True), "conv3", 64, 3)
    x = _conv(g, g.max_pool(x, "pool1", 3, 2), "conv4", 80, 1)
    return g.max_pool(_conv(g, x, "conv5", 192, 3, valid=True), "pool2", 3, 2)


def inception_v3(g: Graph) -> None:
    """1x3x299x299 to 1x1000, without the auxiliary classifier, with the blocks of the authors' model."""
    x = _v3_stem(g)
    for block, pooled in (("5b", 32), ("5c", 64), ("5d", 64)):
        x = _block(g, x, block, pooled, ((64, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
    x = _halve(g, x, "6a", ((384, 3),), ((64, 1), (96, 3), (96, 3)))
    for block, inner in zip(("6b", "6c", "6d", "6e"), V3_SEVEN):
        x = _block(g, x, block, 192, ((192, 1),), ((inner, 1), (inner, (1, 7)), (192, (7, 1))),
                   ((inner, 1), (inner, (7, 1)), (inner, (1, 7)), (inner, (7, 1)), (192, (1, 7))))
    x = _halve(g, x, "7a", ((192, 1), (320, 3)), ((192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3)))
    for block in ("7b", "7c"):
        forks = _fork(g, _chain(g, x, f"{block}/branch2", (384, 1)), f"{block}/branch2", 384)
        forks += _fork(g, _chain(g, x, f"{block}/branch3", (448, 1), (384, 3)), f"{block}/branch3", 384)
        x = g.concat([_conv(g, x, f"{block}/branch1", 320, 1), *forks, _pool_branch(g, x, block, 192)],
                     f"{block}/concat")
    _head(g, x)


def _v4_stem(g: Graph) -> Tensor:
    """299x299 to 384 maps of 35x35 (figure 3 of the paper of v4)."""
    x = _conv(g, g.input("input", 1, 3, 299, 299), "conv1", 32, 3, 2, valid=True)
    x = _conv(g, _conv(g, x, "conv2", 32, 3, valid=True), "conv3", 64, 3)
    x = g.concat([g.max_pool(x, "3a/pool", 3, 2), _conv(g, x, "3a/conv", 96, 3, 2, valid=True)], "3a/concat")
    short = _conv(g, _conv(g, x, "4a/branch1_1", 64, 1), "4a/branch1_2", 96, 3, valid=True)
    long = _chain(g, x, "4a/branch2", (64, 1), (64, (1, 7)), (64, (7, 1)))
    x = g.concat([short, _conv(g, long, "4a/branch2_4", 96, 3, valid=True)], "4a/concat")
    return g.concat([_conv(g, x, "5a/conv", 192, 3, 2, valid=True), g.max_pool(x, "5a/pool", 3, 2)], "5a/concat")


def inception_v4(g: Graph) -> None:
    """1x3x299x299 to 1x1000 (figure 9): 4 blocks A, 7 blocks B, 3 blocks C."""
    x = _v4_stem(g)
    for index in range(1, 5):
        x = _block(g, x, f"a{index}", 96, ((96, 1),), ((64, 1), (96, 3)), ((64, 1), (96, 3), (96, 3)))
    x = _halve(g, x, "reduction_a", ((384, 3),), ((192, 1), (224, 3), (256, 3)))
    for index in range(1, 8):
        x = _block(g, x, f"b{index}", 128, ((384, 1),), ((192, 1), (224, (1, 7)), (256, (7, 1))),
                   ((192, 1), (192, (7, 1)), (224, (1, 7)), (224, (7, 1)), (256, (1, 7))))
    x = _halve(g, x, "reduction_b", ((192, 1), (192, 3)), ((256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3)))
    for index in range(1, 4):
        name = f"c{index}"
        forks = _fork(g, _chain(g, x, f"{name}/branch2", (384, 1)), f"{name}/branch2", 256)
        deep = _chain(g, x, f"{name}/branch3", (384, 1), (448, (3, 1)), (512, (1, 3)))
        forks += _fork(g, deep, f"{name}/branch3", 256)
        x = g.concat([_conv(g, x, f"{name}/branch1", 256, 1), *forks, _pool_branch(g, x, name, 256)], f"{name}/concat")
    _head(g, x)


def _residual(g: Graph, x: Tensor, name: str, scale: float, *branches: tuple[Layer, ...], relu: bool = True) -> Tensor:
    """x + scale * projection of the joined branches, the projection without batch norm (section 3.3)."""
    parts = [_chain(g, x, f"{name}/branch{index}", *layers) for index, layers in enumerate(branches, 1)]
    inner = g.conv(g.concat(parts, f"{name}/concat"), f"{name}/project", x.channels, 1)
    if scale != 1:
        inner = g.times(inner, scale, f"{name}/scaled")
    x = g.add(x, inner, f"{name}/add")
    return g.relu(x) if relu else x


def inception_resnet_v2(g: Graph) -> None:
    """1x3x299x299 to 1x1000, with the widths and scales of the authors' model."""
    x = _v3_stem(g)
    x = _block(g, x, "5b", 64, ((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
    for index in range(1, 11):
        x = _residual(g, x, f"a{index}", 0.17, ((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3)))
    x = _halve(g, x, "6a", ((384, 3),), ((256, 1), (256, 3), (384, 3)))
    for index in range(1, 21):
        x = _residual(g, x, f"b{index}", 0.1, ((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1))))
    x = _halve(g, x, "7a", ((256, 1), (384, 3)), ((256, 1), (288, 3)), ((256, 1), (288, 3), (320, 3)))
    for index in range(1, 11):
        x = _residual(g, x, f"c{index}", 0.2 if index < 10 else 1, ((192, 1),),
                      ((192, 1), (224, (1, 3)), (256, (3, 1))), relu=index < 10)
    _head(g, _conv(g, x, "conv7b", 1536, 1))


V4_PAPER = 'Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", 2016'
NETWORKS = [
    Network("inception_v3", inception_v3, "6c/concat",
            'Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015'),
    Network("inception_v4", inception_v4, "b3/concat", V4_PAPER),
    Network("inception_resnet_v2", inception_resnet_v2, "b8/add/relu", V4_PAPER),
]
