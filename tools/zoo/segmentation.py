"""Networks with an answer for every pixel: FCN-8s and U-Net."""

from zoo.graph import Graph, Tensor
from zoo.network import Network
from zoo.vgg import CONFIGURATION_D, WIDTHS

VOC_CLASSES = 21
UNET_WIDTHS = (64, 128, 256, 512, 1024)


def _crop(g: Graph, x: Tensor, name: str, offset: int, like: Tensor) -> Tensor:
    """The part of `x` from `offset` on along both axes that is as large as `like`."""
    return g.slice(x, name, (offset, offset), tuple(offset + size for size in like.shape[2:]))


def fcn8s(g: Graph) -> None:
    """1x3x224x224 to 1x21x224x224: VGG-16 as convolutions, its answers fused with those of two earlier pools.

    The authors pad the picture by 100 pixels and crop what does not belong to it; these are their offsets.
    """
    picture = x = g.input("input", 1, 3, 224, 224)
    pools = []
    for stack, (width, depth) in enumerate(zip(WIDTHS, CONFIGURATION_D), 1):
        for layer in range(1, depth + 1):
            pad = 100 if (stack, layer) == (1, 1) else 1
            x = g.relu(g.conv(x, f"conv{stack}_{layer}", width, 3, pad=pad))
        x = g.max_pool(x, f"pool{stack}", 2, 2, ceil=True)
        pools.append(x)
    for name, kernel in (("fc6", 7), ("fc7", 1)):
        x = g.dropout(g.relu(g.conv(x, name, 4096, kernel)), f"{name}/dropout")
    x = g.conv(x, "score_fr", VOC_CLASSES, 1, std=1.0)
    for name, pool, offset, upscored in (("score_pool4", pools[3], 5, "upscore2"),
                                         ("score_pool3", pools[2], 9, "upscore_pool4")):
        x = g.conv_transpose(x, upscored, VOC_CLASSES, 4, 2, bias=False, std=1.0)
        score = _crop(g, g.conv(pool, name, VOC_CLASSES, 1, std=1.0), f"{name}/crop", offset, x)
        x = g.add(x, score, f"{name}/fuse")
    x = g.conv_transpose(x, "upscore8", VOC_CLASSES, 16, 8, bias=False, std=2.0)
    g.output(g.rename(_crop(g, x, "score", 31, picture), "logits"))


def _double(g: Graph, x: Tensor, name: str, channels: int) -> Tensor:
    for layer in (1, 2):
        x = g.conv(x, f"{name}/conv{layer}", channels, 3, pad=1, bias=False)
        x = g.relu(g.batch_norm(x, f"{name}/conv{layer}/bn"))
    return x


def unet(g: Graph) -> None:
    """1x3x256x256 to 1x2x256x256: the form with padding and batch norm, so that no map has to be cropped."""
    x, skips = g.input("input", 1, 3, 256, 256), []
    for level, channels in enumerate(UNET_WIDTHS, 1):
        if level > 1:
            skips.append(x)
            x = g.max_pool(x, f"pool{level - 1}", 2, 2)
        x = _double(g, x, f"down{level}", channels)
    for level in range(len(skips), 0, -1):
        skip = skips[level - 1]
        x = g.conv_transpose(x, f"up{level}/transpose", skip.channels, 2, 2)
        x = _double(g, g.concat([skip, x], f"up{level}/concat"), f"up{level}", skip.channels)
    g.output(g.rename(g.conv(x, "score", 2, 1, std=1.0), "logits"))


NETWORKS = [
    Network("fcn8s", fcn8s, "conv4_1/relu",
            'Long et al., "Fully Convolutional Networks for Semantic Segmentation", 2014'),
    Network("unet", unet, "down5/conv2/bn/relu",
            'Ronneberger et al., "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015'),
]
