"""YOLO: versions 1, 2 and 3, and the tiny form of version 2. Heads are before decoding."""

from zoo.graph import Graph, Tensor
from zoo.network import Network

# The 24 convolutions of YOLOv1 (figure 3): kernel and channels, and the pools between them.
YOLOV1 = ((3, 192), "pool", (1, 128), (3, 256), (1, 256), (3, 512), "pool", *((1, 256), (3, 512)) * 4, (1, 512),
          (3, 1024), "pool", *((1, 512), (3, 1024)) * 2, (3, 1024))

# Darknet-19 (table 6): one tuple a resolution, channels in order; 3x3 and 1x1 convolutions take turns.
DARKNET19 = ((32,), (64,), (128, 64, 128), (256, 128, 256), (512, 256, 512, 256, 512), (1024, 512, 1024, 512, 1024))
ANCHORS, CLASSES = 5, 80

# Darknet-53 (table 1): channels after the convolution that halves the map, and residual blocks.
DARKNET53 = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))


def yolov1(g: Graph) -> None:
    """1x3x448x448 to 1x1470: for 7x7 cells two boxes of x, y, w, h, confidence and 20 classes."""

    def conv(x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
        return g.leaky_relu(g.conv(x, name, channels, kernel, stride, kernel // 2))

    x = g.max_pool(conv(g.input("input", 1, 3, 448, 448), "conv1", 64, 7, 2), "pool1", 2, 2)
    for index, layer in enumerate(YOLOV1, 2):
        x = g.max_pool(x, f"pool{index}", 2, 2) if layer == "pool" else conv(x, f"conv{index}", layer[1], layer[0])
    x = conv(x, "conv_halving", 1024, 3, 2)
    x = conv(conv(x, "conv_last1", 1024, 3), "conv_last2", 1024, 3)
    x = g.dropout(g.leaky_relu(g.dense(g.flatten(x), "fc1", 4096)), "fc1/dropout")
    g.output(g.classifier(x, "fc2", 7 * 7 * (2 * 5 + 20), softmax=False))


def _conv(g: Graph, x: Tensor, name: str, channels: int, kernel: int, stride: int = 1) -> Tensor:
    x = g.conv(x, name, channels, kernel, stride, kernel // 2, bias=False)
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


def yolov2_tiny(g: Graph) -> None:
    """1x3x416x416 to 1x125x13x13 for the 20 classes of VOC. The last pool has stride 1 and keeps the size."""
    x = g.input("input", 1, 3, 416, 416)
    for index, channels in enumerate((16, 32, 64, 128, 256, 512), 1):
        x = _conv(g, x, f"conv{index}", channels, 3)
        x = g.max_pool(x, f"pool{index}", 2, 2) if index < 6 else g.max_pool(x, "pool6", 2, 1, (0, 0, 1, 1))
    x = _conv(g, _conv(g, x, "conv7", 1024, 3), "conv8", 1024, 3)
    g.output(g.rename(g.conv(x, "conv9", ANCHORS * (5 + 20), 1, std=1.0), "logits"))


def _darknet53(g: Graph, x: Tensor) -> list[Tensor]:
    """The results of the five stages, each half as large as the one before it."""
    x, stages = _conv(g, x, "conv1", 32, 3), []
    for stage, (channels, blocks) in enumerate(DARKNET53, 2):
        x = _conv(g, x, f"conv{stage}", channels, 3, 2)
        for block in range(1, blocks + 1):
            name = f"stage{stage}_{block}"
            inner = _conv(g, _conv(g, x, f"{name}/conv1", channels // 2, 1), f"{name}/conv2", channels, 3)
            x = g.add(x, inner, f"{name}/add")
        stages.append(x)
    return stages


def yolov3(g: Graph) -> None:
    """1x3x416x416 to 1x255x13x13, 1x255x26x26 and 1x255x52x52: three anchor boxes a head (section 2.3)."""
    stages = _darknet53(g, g.input("input", 1, 3, 416, 416))
    x = stages[-1]
    for head, (stage, width) in enumerate(zip(reversed(stages), (512, 256, 128)), 1):
        name = f"head{head}"
        if head > 1:
            x = g.upsample(_conv(g, x, f"{name}/reduce", width, 1), f"{name}/upsample")
            x = g.concat([x, stage], f"{name}/concat")
        for index, channels in enumerate((width, 2 * width) * 2 + (width,), 1):
            x = _conv(g, x, f"{name}/conv{index}", channels, 3 if channels > width else 1)
        last = _conv(g, x, f"{name}/conv6", 2 * width, 3)
        g.output(g.conv(last, f"{name}/boxes", 3 * (5 + CLASSES), 1, std=1.0))


# Sections of Darknet behind the outputs: sizes of the anchor boxes are in cells (version 2) or pixels (version 3).
YOLOV1_HEAD = "[detection]\nside=7\nnum=2\nclasses=20\ncoords=4\nsqrt=1"
COCO_HEAD = ("[region]\nnum=5\nclasses=80\ncoords=4\nsoftmax=1\n"
             "anchors=0.57273,0.677385, 1.87446,2.06253, 3.33843,5.47434, 7.88282,3.52778, 9.77052,9.16828")
VOC_HEAD = ("[region]\nnum=5\nclasses=20\ncoords=4\nsoftmax=1\n"
            "anchors=1.08,1.19, 3.42,4.41, 6.63,11.38, 9.42,5.11, 16.62,10.52")
YOLOV3_HEADS = {f"head{head}/boxes": f"[yolo]\nmask={mask}\nnum=9\nclasses=80\n"
                "anchors=10,13, 16,30, 33,23, 30,61, 62,45, 59,119, 116,90, 156,198, 373,326"
                for head, mask in enumerate(("6,7,8", "3,4,5", "0,1,2"), 1)}

NETWORKS = [
    Network("yolov1", yolov1, "conv15/leaky",
            'Redmon et al., "You Only Look Once: Unified, Real-Time Object Detection", 2015', {"logits": YOLOV1_HEAD}),
    Network("yolov2", yolov2, "conv5_5/bn/leaky", 'Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", 2016',
            {"logits": COCO_HEAD}),
    Network("yolov2_tiny", yolov2_tiny, "conv5/bn/leaky",
            'Redmon and Farhadi, "YOLO9000: Better, Faster, Stronger", 2016', {"logits": VOC_HEAD}),
    Network("yolov3", yolov3, "stage4_8/add", 'Redmon and Farhadi, "YOLOv3: An Incremental Improvement", 2018',
            YOLOV3_HEADS),
]
