"""Darknet's layers in NumPy, straight from its loops, against compiled networks: oracle.py KILN FOLDER.

Each case is a configuration with random weights in a file; every layer is tapped and compared."""
import subprocess
import sys
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


ACTIVATIONS = {
    "linear": lambda x: x, "logistic": sigmoid, "loggy": lambda x: 2 * sigmoid(x) - 1, "relu": lambda x: x * (x > 0),
    "relu6": lambda x: np.clip(x, 0, 6), "elu": lambda x: np.where(x >= 0, x, np.exp(x) - 1),
    "selu": lambda x: np.where(x >= 0, 1.0507 * x, 1.0507 * 1.6732 * (np.exp(x) - 1)),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(0.797885 * x + 0.035677 * x ** 3)),
    "relie": lambda x: np.where(x > 0, x, .01 * x), "ramp": lambda x: x * (x > 0) + .1 * x,
    "leaky": lambda x: np.where(x > 0, x, .1 * x), "revleaky": lambda x: np.where(x > 0, x, .1 * x), "tanh": np.tanh,
    "plse": lambda x: np.where(x < -4, .01 * (x + 4), np.where(x > 4, .01 * (x - 4) + 1, .125 * x + .5)),
    "stair": lambda x: np.where(np.floor(x) % 2 == 0, np.floor(x / 2), x - np.floor(x) + np.floor(x / 2)),
    "hardtan": lambda x: np.clip(x, -1, 1),
    "lhtan": lambda x: np.where(x < 0, .001 * x, np.where(x > 1, .001 * (x - 1) + 1, x)),
    "swish": lambda x: x * sigmoid(x), "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "hard_mish": lambda x: np.where(x > 0, x, np.where(x > -2, x * x / 2 + x, 0)),
    "normalize_channels": lambda x: np.maximum(x, 0) / (1e-4 + np.maximum(x, 0).sum(0)),
    "normalize_channels_softmax": lambda x: np.exp(x) / (1e-4 + np.exp(x).sum(0)),
    "normalize_channels_softmax_maxval": lambda x: np.exp(x - x.max(0)) / (1e-4 + np.exp(x - x.max(0)).sum(0)),
}


class Network:
    """One run: sections in order, each reading its weights."""

    def __init__(self, sections, fork, rng):
        self.sections, self.fork, self.rng, self.stored, self.layers = sections, fork, rng, [], []

    def take(self, *shape, low=-0.7, high=0.7):
        values = self.rng.uniform(low, high, shape).astype(np.float32)
        self.stored.append(values.ravel())
        return values.astype(np.float64)

    def batch_norm(self, count):
        scales, means, variances = self.take(count, low=.5, high=1.5), self.take(count), self.take(count, low=1e-6, high=1)
        deviation = np.sqrt(variances) + 1e-6 if self.fork == "original" else np.sqrt(variances + 1e-5)
        return scales, means, deviation

    def apply_norm(self, x, norm, biases):
        if norm is None:
            return x + biases[:, None, None]
        scales, means, deviation = (values[:, None, None] for values in norm)
        return scales * (x - means) / deviation + biases[:, None, None]

    def convolutional(self, x, o):
        n, groups, size = o("filters", 1), o("groups", 1), o("size", 1)
        sy, sx, d = o("stride_y", o("stride", 1)), o("stride_x", o("stride", 1)), o("dilation", 1) if size > 1 else 1
        pad = (size // 2 if o("pad", 0) else o("padding", 0)) * d
        biases = self.take(n)
        norm = self.batch_norm(n) if o("batch_normalize", 0) else None
        c = x.shape[0] // groups
        weights = self.take(n, c, size, size)
        p = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
        h, w = ((s + 2 * pad - d * (size - 1) - 1) // t + 1 for s, t in ((x.shape[1], sy), (x.shape[2], sx)))
        y = np.zeros((n, h, w))
        for k in range(n):
            g = k // (n // groups)
            for i in range(size):
                for j in range(size):
                    part = p[g * c:(g + 1) * c, i * d:i * d + sy * (h - 1) + 1:sy, j * d:j * d + sx * (w - 1) + 1:sx]
                    y[k] += np.tensordot(weights[k, :, i, j], part, 1)
        return self.apply_norm(y, norm, biases)

    def deconvolutional(self, x, o):
        n, size, stride = o("filters", 1), o("size", 1), o("stride", 1)
        pad = size // 2 if o("pad", 0) else o("padding", 0)
        biases = self.take(n)
        norm = self.batch_norm(n) if o("batch_normalize", 0) else None
        weights = self.take(x.shape[0], n, size, size)
        h, w = ((s - 1) * stride + size for s in x.shape[1:])
        y = np.zeros((n, h, w))
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                y[:, i * stride:i * stride + size, j * stride:j * stride + size] += np.tensordot(x[:, i, j], weights, 1)
        return self.apply_norm(y[:, pad:h - pad, pad:w - pad], norm, biases)

    def local(self, x, o):
        n, size, stride, pad = o("filters", 1), o("size", 1), o("stride", 1), o("pad", 0)
        h, w = ((s - (1 if pad else size)) // stride + 1 for s in x.shape[1:])
        biases, weights = self.take(n, h, w), self.take(h * w, n, x.shape[0], size, size)
        p = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
        y = biases
        for i in range(h):
            for j in range(w):
                y[:, i, j] += np.tensordot(weights[i * w + j], p[:, i * stride:i * stride + size, j * stride:j * stride + size], 3)
        return y

    def connected(self, x, o):
        biases = self.take(o("output", 1))
        weights = self.take(o("output", 1), x.size)
        norm = self.batch_norm(o("output", 1)) if o("batch_normalize", 0) else None
        return self.apply_norm((weights @ x.ravel())[:, None, None], norm, biases)

    def batchnorm(self, x, o):
        biases = self.take(x.shape[0]) if self.fork == "alexeyab" else np.zeros(x.shape[0])
        return self.apply_norm(x, self.batch_norm(x.shape[0]), biases)

    def maxpool(self, x, o, how=np.max):
        stride = o("stride", 1)
        size = o("size", stride)
        pad = o("padding", size - 1)
        h, w = ((s + pad - size) // stride + 1 for s in x.shape[1:])
        y = np.zeros((x.shape[0], h, w))
        for i in range(h):
            for j in range(w):
                top, left = i * stride - pad // 2, j * stride - pad // 2
                y[:, i, j] = how(x[:, max(0, top):top + size, max(0, left):left + size], axis=(1, 2))
        return y

    def local_avgpool(self, x, o):
        return self.maxpool(x, o, np.mean)

    def avgpool(self, x, o):
        return x.mean((1, 2), keepdims=True)

    def softmax(self, x, o):
        if o("spatial", 0):
            return softmax(x, 0)
        return softmax(x.reshape(o("groups", 1), -1) / o("temperature", 1), 1).reshape(-1, 1, 1)

    def dropout(self, x, o):
        return x

    activation = cost = empty = silence = dropout

    def route(self, x, o):
        groups, group = o("groups", 1), o("group_id", 0)
        parts = [self.layers[int(i)] for i in o("layers", "").split(",")]
        return np.concatenate([p[p.shape[0] // groups * group:p.shape[0] // groups * (group + 1)] for p in parts])

    def shortcut(self, x, o):
        y = x.copy()
        for source in str(o("from", "")).split(","):
            add = self.layers[int(source)]
            stride, sample = max(1, add.shape[2] // x.shape[2]), max(1, x.shape[2] // add.shape[2])
            for k in range(min(x.shape[0], add.shape[0])):
                for i in range(min(x.shape[1], add.shape[1])):
                    for j in range(min(x.shape[2], add.shape[2])):
                        y[k, i * sample, j * sample] += add[k, i * stride, j * stride]
        return y

    def scale_channels(self, x, o):
        return self.layers[o("from", 0)] * x

    sam = scale_channels

    def reorg(self, x, o):
        c, h, w = x.shape
        s, reverse = o("stride", 1), o("reverse", 0)
        out_c, flat, out = c // (s * s), x.ravel(), np.zeros(x.size)
        for k in range(c):
            for j in range(h):
                for i in range(w):
                    offset = k // out_c
                    there = i * s + offset % s + w * s * (j * s + offset // s + h * s * (k % out_c))
                    here = i + w * (j + h * k)
                    if reverse:
                        out[there] = flat[here]
                    else:
                        out[here] = flat[there]
        return out.reshape((out_c, h * s, w * s) if reverse else (c * s * s, h // s, w // s))

    def upsample(self, x, o):
        s = o("stride", 2)
        if s < 0:
            c, h, w = x.shape
            return x.reshape(c, h // -s, -s, w // -s, -s).sum((2, 4)) * o("scale", 1)
        return x.repeat(s, 1).repeat(s, 2) * o("scale", 1)

    def crop(self, x, o):
        h, w = o("crop_height", 1), o("crop_width", 1)
        top, left = (x.shape[1] - h) // 2, (x.shape[2] - w) // 2
        y = x[:, top:top + h, left:left + w]
        return y if o("noadjust", 0) else y * 2 - 1

    def normalization(self, x, o):
        size, squares = o("size", 5), x * x
        norms = np.zeros_like(x)
        norms[0] = o("kappa", 1) + o("alpha", .0001) * squares[:size // 2].sum(0)
        for k in range(1, x.shape[0]):
            norms[k] = norms[k - 1]
            before, after = k - (size - 1) // 2 - 1, k + size // 2
            if before >= 0:
                norms[k] -= o("alpha", .0001) * squares[before]
            if after < x.shape[0]:
                norms[k] += o("alpha", .0001) * squares[after]
        return norms ** -o("beta", .75) * x

    def l2norm(self, x, o):
        return x / np.sqrt((x * x).sum(0))

    def yolo(self, x, o):
        y = x.reshape(len(o("mask", "0").split(",")), -1, *x.shape[1:]).copy()
        y[:, :2] = sigmoid(y[:, :2]) * o("scale_x_y", 1) - 0.5 * (o("scale_x_y", 1) - 1)
        y[:, 4:] = sigmoid(y[:, 4:])
        return y.reshape(x.shape)

    def region(self, x, o):
        y = x.reshape(o("num", 1), -1, *x.shape[1:]).copy()
        y[:, 4] = sigmoid(y[:, 4])
        y[:, 5:] = softmax(y[:, 5:], 1) if o("softmax", 0) else sigmoid(y[:, 5:])
        if self.fork == "alexeyab":
            return y.reshape(x.shape[0], -1).T.reshape(-1, 1, 1)
        y[:, :2] = sigmoid(y[:, :2])
        return y.reshape(x.shape)

    def run(self, x):
        for name, options in self.sections:
            def option(key, otherwise):
                value = options.get(key, otherwise)
                if isinstance(value, str) and key not in ("layers", "from", "mask", "activation"):
                    return float(value) if "." in value else int(value)
                return int(value) if key == "from" and isinstance(value, str) and "," not in value else value
            x = getattr(self, name)(x, option)
            default = "logistic" if name in ("convolutional", "deconvolutional", "local", "connected") else "linear"
            x = ACTIVATIONS[options.get("activation", default)](x)
            self.layers.append(x)
        return self.layers


def parse(text):
    sections = []
    for line in text.split():
        if line.startswith("["):
            sections.append((line[1:-1], {}))
        else:
            key, value = line.split("=")
            sections[-1][1].setdefault(key, value)
    return sections


def check(kiln, folder, name, text, fork, rng):
    net, *sections = parse(text)
    shape = tuple(int(net[1][key]) for key in ("channels", "height", "width"))
    x = rng.uniform(-1, 1, shape).astype(np.float32)
    network = Network(sections, fork, rng)
    layers = network.run(x.astype(np.float64))
    (folder / "net.cfg").write_text(text.replace(" ", "\n"))
    header = np.array([0, 2, 5 if fork == "alexeyab" else 0, 0, 0], np.int32).tobytes()
    (folder / "net.weights").write_bytes(header + np.concatenate(network.stored or [np.zeros(0, np.float32)]).tobytes())
    np.save(folder / "x.npy", x[None])
    taps = [word for i in range(len(layers)) for word in ("--tap", f"layer{i}={folder}/y{i}.npy")]
    subprocess.run([kiln, "run", folder / "net.cfg", f"--weights={folder}/net.weights", "--input", folder / "x.npy", *taps], check=True,
                   stdout=subprocess.DEVNULL)
    worst = 0
    for i, expected in enumerate(layers):
        got = np.load(folder / f"y{i}.npy").ravel()
        error = np.abs(got - expected.ravel()).max() / np.abs(expected).max()
        assert got.size == expected.size and error <= TOLERANCE, (name, fork, i, sections[i], error)
        worst = max(worst, error)
    print(f"{name} ({fork}): {len(layers)} layers agree")
    return worst


NET = "[net] width=8 height=6 channels=4 "
CONV = "[convolutional] filters=8 size=3 pad=1 batch_normalize=1 activation={} "
CASES = {
    "activations": NET + "".join(CONV.format(name) for name in ACTIVATIONS) + "[connected] output=5",
    "convolutions": NET + "[convolutional] filters=8 size=3 groups=2 stride_x=2 activation=leaky [convolutional] filters=6 size=3 dilation=2 pad=1 "
                    "activation=linear [deconvolutional] filters=4 size=4 stride=2 pad=1 batch_normalize=1 activation=leaky [deconvolutional] "
                    "filters=3 size=2 activation=linear [batchnorm] [local] filters=3 size=3 pad=1 stride=2 activation=leaky [local] filters=2 size=2 activation=linear "
                    "[connected] output=7 batch_normalize=1 activation=leaky [softmax]",
    "pools": NET + "[maxpool] size=3 stride=2 [upsample] stride=3 scale=2 [maxpool] size=2 stride=1 [local_avgpool] size=3 stride=2 "
             "[normalization] size=3 alpha=.5 kappa=2. [normalization] size=7 alpha=.5 [maxpool] stride=2 padding=0 [softmax] spatial=1 [avgpool] [softmax] groups=2 temperature=3.",
    "moves": NET + "[reorg] stride=2 [reorg] stride=2 reverse=1 [upsample] stride=2 [upsample] stride=-2 [crop] crop_width=4 crop_height=3 "
             "[l2norm] [crop] crop_width=2 crop_height=2 noadjust=1 [dropout] [empty] [silence] [cost]",
    "joins": NET + "[dropout] [convolutional] filters=6 size=3 stride=2 pad=1 activation=leaky [shortcut] from=0 activation=leaky [upsample] "
             "[shortcut] from=0 [route] layers=-1,-2 groups=2 group_id=1 [avgpool] [scale_channels] from=5 activation=leaky [sam] from=5 "
             "[shortcut] from=3,4",
    "yolo": NET + "[convolutional] filters=16 activation=linear [yolo] classes=3 num=3 mask=0,2 anchors=1,2,3,4,5,6 scale_x_y=1.1",
    "region": NET + "[convolutional] filters=16 activation=linear [region] classes=3 num=2 softmax=1 anchors=1,2,3,4",
}


def main():
    kiln, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    for name, text in CASES.items():
        for fork in ("original", "alexeyab"):
            check(kiln, folder, name, text, fork, rng)


main()
