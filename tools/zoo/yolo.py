"""YOLOv2 for the 80 classes of COCO."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

# Darknet-19 (table 6): one tuple a resolution, channels in order; 3x3 and 1x1 convolutions take turns.
DARKNET19 = ((32,), (64,), (128, 64, 128), (256, 128, 256), (512, 256, 512, 256, 512), (1024, 512, 1024, 512, 1024))
ANCHORS, CLASSES = 5, 80


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int) -> Tensor:
    x = g.conv(x, name, channels, kernel, pad=kernel // 2, bias=False)
    return g.leaky_relu(g.batch_norm(x, f"{name}/bn"))


def _reorg(g: Graph, x: Tensor, name: str, block: int = 2) -> Tensor:
    """Space to depth: N, C, H, W to N, block * block * C, H / block, W / block, the offset in the block outermost."""
    batch, channels, height, width = x.shape
    rows, columns = height // block, width // block
    x = g.reshape(x, f"{name}/split", batch, channels, rows, block, columns, block)
    x = g.transpose(x, f"{name}/transpose", 0, 3, 5, 1, 2, 4)
    return g.reshape(x, f"{name}/merge", batch, block * block * channels, rows, columns)


def yolov2(g: Graph) -> None:
    """1x3x608x608 to 1x425x19x19: for each anchor box x, y, w, h, objectness and 80 classes, before decoding."""
    x = g.input("input", 1, 3, 608, 608)
    resolutions = []
    for stage, widths in enumerate(DARKNET19, 1):
        if stage > 1:
            x = g.max_pool(x, f"pool{stage - 1}", 2, 2)
        for layer, channels in enumerate(widths, 1):
            x = _conv(g, x, f"conv{stage}_{layer}", channels, 3 if layer % 2 else 1)
        resolutions.append(x)
    x = _conv(g, x, "conv7_1", 1024, 3)
    x = _conv(g, x, "conv7_2", 1024, 3)
    passthrough = _reorg(g, _conv(g, resolutions[4], "passthrough", 64, 1), "reorg")
    x = _conv(g, g.concat([passthrough, x], "concat"), "conv8", 1024, 3)
    g.output(g.rename(g.conv(x, "conv9", ANCHORS * (5 + CLASSES), 1, std=1.0), "logits"))


NETWORKS = [Network("yolov2", yolov2, "conv5_5/bn/leaky",
                    'Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", 2016')]
