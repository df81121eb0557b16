"""Random layers for random_keras.py: each picks arguments that fit the tensor in front of it."""
import numpy as np

ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "hard_sigmoid", "exponential", "gelu",
               "swish", "linear", "softmax", "relu6", "log_softmax"]
ONLY_KERAS_3 = ["leaky_relu", "silu", "hard_silu", "mish", "log_sigmoid", "hard_tanh", "tanh_shrink", "soft_shrink",
                "squareplus", "sparse_plus", "sparse_sigmoid", "celu", "hard_shrink"]


class Layers:
    def __init__(self, keras, rng):
        self.keras, self.k, self.rng = keras, keras.layers, rng
        self.is_keras3 = keras.__version__.startswith("3")
        self.branched = False

    # Choices.
    def pick(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def integer(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def chance(self, p):
        return self.rng.random() < p

    def activation(self):
        names = ACTIVATIONS + (ONLY_KERAS_3 if self.is_keras3 else [])
        if not self.is_keras3:
            names = [n for n in names if n not in ("relu6", "log_softmax")]
        return self.pick(None, "relu", "relu", *names)

    def window(self, x, rank, largest=4):
        """A kernel size, strides or dilations, and a padding that Keras takes and the map allows."""
        sizes = list(x.shape[1:1 + rank])
        padding = self.pick("same", "valid")
        kernel = [self.integer(1, largest) for _ in range(rank)]
        dilations = [1] * rank
        strides = [1] * rank
        if self.chance(0.25):
            dilations = [self.integer(1, 2)] * rank
        elif self.chance(0.4):
            strides = [self.integer(1, 3)] * rank
        if padding == "valid":
            kernel = [min(k, max(1, (s - 1) // d + 1)) for k, s, d in zip(kernel, sizes, dilations)]
        unwrap = lambda v: v[0] if rank == 1 else tuple(v)
        return unwrap(kernel), unwrap(strides), unwrap(dilations), padding

    # Families.
    def apply(self, x):
        rank = len(x.shape) - 2
        if rank == 0:
            return self.on_vector(x)
        families = [self.conv, self.conv, self.depthwise, self.pool, self.pointwise, self.pointwise, self.normalization,
                    self.border, self.dense, self.shape, self.wrapper, self.arithmetic]
        families += self.extra_families()
        return self.pick(*families)(x, rank)

    def extra_families(self):
        return [self.transposed, self.upsampling, self.local]

    def conv(self, x, rank):
        kernel, strides, dilations, padding = self.window(x, rank)
        if rank == 1 and self.chance(0.3):
            padding = "causal"
        channels = x.shape[-1]
        groups = self.pick(*[g for g in (1, 1, 2, 3, 4) if channels % g == 0]) if rank < 3 else 1
        layer = [self.k.Conv1D, self.k.Conv2D, self.k.Conv3D][rank - 1]
        return layer(groups * self.integer(1, 5), kernel, strides=strides, dilation_rate=dilations, padding=padding, groups=groups,
                     activation=self.activation(), use_bias=self.chance(0.7))(x)

    def depthwise(self, x, rank):
        if rank == 3:
            return self.conv(x, rank)
        kernel, strides, dilations, padding = self.window(x, rank)
        common = dict(strides=strides, dilation_rate=dilations, padding=padding, depth_multiplier=self.integer(1, 3),
                      activation=self.activation(), use_bias=self.chance(0.7))
        if self.chance(0.5):
            return [self.k.SeparableConv1D, self.k.SeparableConv2D][rank - 1](self.integer(1, 8), kernel, **common)(x)
        return [self.k.DepthwiseConv1D, self.k.DepthwiseConv2D][rank - 1](kernel, **common)(x)

    def transposed(self, x, rank):
        kernel, strides, _, padding = self.window(x, rank)
        if max(x.shape[1:-1]) > 40:
            return self.conv(x, rank)
        layer = [self.k.Conv1DTranspose, self.k.Conv2DTranspose, self.k.Conv3DTranspose][rank - 1]
        return layer(self.integer(1, 5), kernel, strides=strides, padding=padding, activation=self.activation(),
                     use_bias=self.chance(0.7))(x)

    def upsampling(self, x, rank):
        if np.prod(x.shape[1:]) > 4000:
            return self.pool(x, rank)
        if rank == 1:
            return self.k.UpSampling1D(self.integer(1, 3))(x)
        if rank == 3:
            return self.k.UpSampling3D(tuple(self.integer(1, 2) for _ in range(3)))(x)
        return self.k.UpSampling2D((self.integer(1, 3), self.integer(1, 3)), interpolation=self.pick("nearest", "bilinear"))(x)

    def local(self, x, rank):
        if self.is_keras3 or rank == 3:
            return self.conv(x, rank)
        layer = [self.k.LocallyConnected1D, self.k.LocallyConnected2D][rank - 1]
        kernel = [self.integer(1, min(3, s)) for s in x.shape[1:-1]]
        return layer(self.integer(1, 4), kernel if rank > 1 else kernel[0], strides=self.integer(1, 2), activation=self.activation(),
                     use_bias=self.chance(0.7))(x)

    def pool(self, x, rank):
        if self.chance(0.2):
            kind = self.pick("GlobalMaxPooling", "GlobalAveragePooling")
            return getattr(self.k, f"{kind}{rank}D")(keepdims=self.chance(0.5))(x)
        kernel, strides, _, padding = self.window(x, rank, 3)
        kind = self.pick("MaxPooling", "AveragePooling")
        return getattr(self.k, f"{kind}{rank}D")(kernel, strides=self.pick(None, strides), padding=padding)(x)

    def pointwise(self, x, rank):
        shared = list(range(1, rank + 1)) if self.chance(0.5) else None
        return self.pick(
            lambda: self.k.Activation(self.activation() or "relu"),
            lambda: self.k.ReLU(max_value=self.pick(None, 6.0, 1.5), negative_slope=self.pick(0.0, 0.25),
                                threshold=self.pick(0.0, 0.0, 0.4)),
            lambda: self.k.LeakyReLU(),
            lambda: self.k.ELU(self.pick(1.0, 0.5)),
            lambda: self.k.PReLU(shared_axes=shared),
            lambda: self.k.Softmax(axis=self.pick(-1, 1)),
            lambda: self.k.Dropout(0.3),
            lambda: self.k.GaussianNoise(0.1),
            lambda: self.k.Rescaling(self.pick(2.0, 1 / 127.5), offset=self.pick(0.0, -1.0)),
        )()(x)

    def normalization(self, x, rank):
        def statistics():
            layer = self.k.Normalization(axis=self.pick(-1, -1, rank))
            layer.build((None,) + tuple(x.shape[1:]))
            return layer

        return self.pick(
            lambda: self.k.BatchNormalization(axis=self.pick(-1, -1, -1, 1), scale=self.chance(0.7), center=self.chance(0.7),
                                              trainable=self.chance(0.8)),
            lambda: self.k.LayerNormalization(axis=self.pick(-1, [-2, -1]) if rank else -1, scale=self.chance(0.7)),
            statistics,
        )()(x)

    def border(self, x, rank):
        pairs = [[self.integer(0, 2), self.integer(0, 2)] for _ in range(rank)]
        if self.chance(0.6):
            return getattr(self.k, f"ZeroPadding{rank}D")(tuple(pairs[0]) if rank == 1 else tuple(map(tuple, pairs)))(x)
        pairs = [(min(a, (s - 1) // 2), min(b, (s - 1) // 2)) for (a, b), s in zip(pairs, x.shape[1:-1])]
        return getattr(self.k, f"Cropping{rank}D")(pairs[0] if rank == 1 else tuple(pairs))(x)

    def dense(self, x, rank):
        return self.k.Dense(self.integer(1, 9), activation=self.activation(), use_bias=self.chance(0.7))(x)

    def shape(self, x, rank):
        sizes = list(x.shape[1:])
        kind = self.integer(0, 4)
        if kind == 0:
            return self.k.Permute(tuple(int(i) for i in self.rng.permutation(rank + 1) + 1))(x)
        if kind == 1:
            return self.k.Reshape((-1, sizes[-1]))(x)
        if kind == 2 and rank == 1 and sizes[0] % 2 == 0:
            return self.k.Reshape((2, sizes[0] // 2, sizes[1]))(x)
        return self.k.Flatten()(x) if self.chance(0.4) else self.k.Dropout(0.1)(x)

    def wrapper(self, x, rank):
        if rank < 2:
            return self.k.TimeDistributed(self.k.Dense(self.integer(1, 5)))(x)
        inner = self.pick(self.k.Dense(self.integer(1, 5)),
                          (self.k.Conv1D if rank == 2 else self.k.Conv2D)(self.integer(1, 5), 2, padding="same"),
                          self.k.Flatten(), self.k.BatchNormalization())
        return self.k.TimeDistributed(inner)(x)

    def arithmetic(self, x, rank):
        self.branched = True
        return self.pick(lambda: x * 2.0, lambda: x + 0.5, lambda: 1.0 - x, lambda: x / 3.0, lambda: x - x * 0.25)()

    def on_vector(self, x):
        return self.pick(
            lambda: self.dense(x, 0), lambda: self.dense(x, 0), lambda: self.normalization(x, 0),
            lambda: self.k.Activation(self.activation() or "tanh")(x), lambda: self.k.Dropout(0.2)(x),
            lambda: self.k.RepeatVector(self.integer(1, 3))(x), lambda: self.k.Reshape((1, 1, x.shape[-1]))(x),
            lambda: self.k.LeakyReLU()(x),
        )()

    def branch(self, x):
        """Two paths that meet again."""
        self.branched = True
        if len(x.shape) == 2:
            return self.k.Add()([x, self.k.Dense(x.shape[-1])(x)])
        rank, channels = len(x.shape) - 2, x.shape[-1]
        conv = [self.k.Conv1D, self.k.Conv2D, self.k.Conv3D][rank - 1]
        y = conv(channels, 3, padding="same", activation=self.activation())(x)
        if self.chance(0.4):
            gate = getattr(self.k, f"GlobalAveragePooling{rank}D")()(y)
            gate = self.k.Dense(channels, activation="sigmoid")(gate)
            return self.k.Multiply()([y, self.k.Reshape((1,) * rank + (channels,))(gate)])
        return self.merge([x, y])

    def merge(self, tensors):
        self.branched = True
        k = self.k
        if len(tensors) == 2 and self.chance(0.3):
            if len(tensors[0].shape) == 2:
                return k.Dot(axes=1, normalize=self.chance(0.5))(tensors)
            return k.Subtract()(tensors)
        return self.pick(k.Add, k.Multiply, k.Average, k.Maximum, k.Minimum, k.Concatenate)()(tensors)

    def head(self, x):
        if len(x.shape) > 2:
            pool = getattr(self.k, f"GlobalAveragePooling{len(x.shape) - 2}D")
            x = pool()(x) if self.chance(0.5) else self.k.Flatten()(x)
        if self.chance(0.3):
            x = self.k.BatchNormalization()(x)
        return self.k.Dense(self.integer(1, 6), activation=self.pick("softmax", "sigmoid", None))(x)

    def output_names(self, model):
        names = []
        for tensor in model.outputs:
            history = getattr(tensor, "_keras_history", None)
            names.append((history.layer if hasattr(history, "layer") else history.operation).name)
        return names
