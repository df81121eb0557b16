"""FaceNet: pictures of faces become points, of one person close to each other."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

# OpenFace's nn4.small2: 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool projection, 1x1, stride; 0 where there is no such layer.
BLOCKS = {
    "3a": (96, 128, 16, 32, 32, 64, 1), "3b": (96, 128, 32, 64, 64, 64, 1), "3c": (128, 256, 32, 64, 0, 0, 2),
    "4a": (96, 192, 32, 64, 128, 256, 1), "4e": (160, 256, 64, 128, 0, 0, 2),
    "5a": (96, 384, 0, 0, 96, 256, 1), "5b": (96, 384, 0, 0, 96, 256, 1),
}
L2_POOL_BLOCKS = ("3b", "4a", "5a")


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
    x = g.conv(x, name, channels, kernel, stride, kernel // 2)
    return g.relu(g.batch_norm(x, f"{name}/bn"))


def _centred(g: Graph, x: Tensor, name: str, size: int) -> Tensor:
    """Zeros around the map until it is `size` wide; the odd one goes to the end."""
    missing = size - x.shape[2]
    before, after = missing // 2, missing - missing // 2
    return g.pad(x, name, (0, 0, before, before), (0, 0, after, after)) if missing else x


def _block(g: Graph, x: Tensor, name: str, pool: str, widths: tuple[int, ...]) -> Tensor:
    """Up to four branches side by side. The pools have strides; their maps are centred in those of the convolutions."""
    reduce3, three, reduce5, five, project, one, stride = widths
    branches = [_conv(g, _conv(g, x, f"{name}/3x3_reduce", reduce3, 1), f"{name}/3x3", three, 3, stride)]
    size = branches[0].shape[2]
    if five:
        branches.append(_conv(g, _conv(g, x, f"{name}/5x5_reduce", reduce5, 1), f"{name}/5x5", five, 5, stride))
    pooled = g.l2_pool(x, f"{name}/pool", 3, 3) if pool == "l2" else g.max_pool(x, f"{name}/pool", 3, 2)
    if project:
        pooled = _conv(g, pooled, f"{name}/pool_proj", project, 1)
    branches.append(_centred(g, pooled, f"{name}/pool_pad", size))
    if one:
        branches.append(_conv(g, x, f"{name}/1x1", one, 1))
    return g.concat(branches, f"{name}/output")


def _trunk(g: Graph, x: Tensor, tower: str) -> Tensor:
    """1x3x96x96 to a vector of length 1 in 128 dimensions."""
    x = g.max_pool(_conv(g, x, f"{tower}conv1", 64, 7, 2), f"{tower}pool1", 3, 2, 1)
    x = _conv(g, g.lrn(x, f"{tower}norm1", 5, 1e-4, 0.75, 1.0), f"{tower}conv2", 64, 1)
    x = g.lrn(_conv(g, x, f"{tower}conv3", 192, 3), f"{tower}norm2", 5, 1e-4, 0.75, 1.0)
    x = g.max_pool(x, f"{tower}pool2", 3, 2, 1)
    for block, widths in BLOCKS.items():
        x = _block(g, x, f"{tower}inception_{block}", "l2" if block in L2_POOL_BLOCKS else "max", widths)
    x = g.flatten(g.average_pool(x, f"{tower}pool5", 3, 1), f"{tower}flatten")
    return g.l2_normalize(g.dense(x, f"{tower}fc", 128, std=1.0), f"{tower}embedding")


def facenet_siamese(g: Graph) -> None:
    """Two 1x3x96x96 to two embeddings and the square of their distance; both go through the same weights."""
    embeddings = []
    for tower in ("left/", "right/"):
        with g.shared(tower):
            embeddings.append(_trunk(g, g.input(f"{tower}input", 1, 3, 96, 96), tower))
            g.output(embeddings[-1])
    g.output(g.squared_distance(*embeddings, "distance"))


NETWORKS = [Network("facenet_siamese", facenet_siamese, "left/inception_4a/output",
                    'Schroff et al., "FaceNet: A Unified Embedding for Face Recognition and Clustering", 2015; '
                    'Amos et al., "OpenFace", 2016')]
