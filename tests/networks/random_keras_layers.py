"""Random layers for random_keras.py: each picks arguments that fit the tensor in front of it."""
import numpy as np

ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign", "hard_sigmoid", "exponential", "gelu",
               "swish", "linear", "softmax", "relu6", "log_softmax"]
ONLY_KERAS_3 = ["leaky_relu", "silu", "hard_silu", "mish", "log_sigmoid", "hard_tanh", "tanh_shrink", "soft_shrink",
                "squareplus", "sparse_plus", "sparse_sigmoid", "celu", "hard_shrink", "sparsemax"]


class Layers:
    def __init__(self, keras, rng):
        self.keras, self.k, self.rng = keras, keras.layers, rng
        self.is_keras3 = keras.__version__.startswith("3")
        self.branched = False
        self.made, self.names = [], 0

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

    # Channels first: all layers of a model that say where the channels are agree on it.
    first = False

    def format(self):
        return {"data_format": "channels_first"} if self.first else {}

    def sizes(self, x):
        return list(x.shape[2:] if self.first else x.shape[1:-1])

    def channels(self, x):
        return x.shape[1 if self.first else -1]

    def layer(self, kind, *arguments, **options):
        """A layer, sometimes frozen, with a name that few would choose, or shared by several tensors."""
        if self.chance(0.05):
            options["trainable"] = False
        if self.chance(0.08):
            options["name"] = self.pick("a.b", "conv-1", "Ünicode", "7", "two words", "x:0", "x_1", "_") + f"{self.names}"
            self.names += 1
        made = kind(*arguments, **options)
        self.made.append(made)
        return made

    def again(self, x):
        """A layer that another tensor of this shape and model went through."""
        def fits(layer):
            try:
                return not self.is_model(layer) and list(layer.input.shape[1:]) == list(x.shape[1:])
            except (AttributeError, RuntimeError, ValueError):
                return False

        shared = [layer for layer in self.made[-12:] if fits(layer)]
        self.branched = True
        return self.pick(*shared)(x) if shared else None

    def is_model(self, layer):
        return isinstance(layer, self.keras.Model)

    def window(self, x, rank, largest=4):
        """A kernel size, strides or dilations, and a padding that Keras takes and the map allows."""
        sizes = self.sizes(x)
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
        if self.chance(0.06) and (result := self.again(x)) is not None:
            return result
        if rank == 0:
            return self.on_vector(x)
        if rank > 3:
            return self.flat(x)
        families = [self.conv, self.conv, self.depthwise, self.pool, self.pointwise, self.pointwise, self.normalization,
                    self.border, self.dense, self.shape, self.wrapper, self.arithmetic, self.function, self.training]
        families += self.extra_families()
        return self.pick(*families)(x, rank)

    def extra_families(self):
        return [self.transposed, self.upsampling, self.local]

    def conv(self, x, rank):
        kernel, strides, dilations, padding = self.window(x, rank)
        if rank == 1 and not self.first and self.chance(0.3):
            padding = "causal"
        channels = self.channels(x)
        groups = self.pick(*[g for g in (1, 1, 2, 3, 4) if channels % g == 0]) if rank < 3 else 1
        kind = [self.k.Conv1D, self.k.Conv2D, self.k.Conv3D][rank - 1]
        layer = self.layer(kind, groups * self.integer(1, 5), kernel, strides=strides, dilation_rate=dilations, padding=padding,
                           groups=groups, activation=self.activation(), use_bias=self.chance(0.7), **self.format())
        return self.k.SpectralNormalization(layer)(x) if self.chance(0.05) and not self.first else layer(x)

    def depthwise(self, x, rank):
        if rank == 3:
            return self.conv(x, rank)
        kernel, strides, dilations, padding = self.window(x, rank)
        common = dict(strides=strides, dilation_rate=dilations, padding=padding, depth_multiplier=self.integer(1, 3),
                      activation=self.activation(), use_bias=self.chance(0.7), **self.format())
        if self.chance(0.5):
            return self.layer([self.k.SeparableConv1D, self.k.SeparableConv2D][rank - 1], self.integer(1, 8), kernel, **common)(x)
        return self.layer([self.k.DepthwiseConv1D, self.k.DepthwiseConv2D][rank - 1], kernel, **common)(x)

    def transposed(self, x, rank):
        kernel, strides, dilations, padding = self.window(x, rank)
        if max(self.sizes(x)) > 40:
            return self.conv(x, rank)
        options = {"strides": strides, "padding": padding, "dilation_rate": dilations}
        least = min(strides) if rank > 1 else strides
        if least > 1 and self.chance(0.4):
            extra = self.integer(0, least - 1)
            options["output_padding"] = extra if rank == 1 else (extra,) * rank
        layer = [self.k.Conv1DTranspose, self.k.Conv2DTranspose, self.k.Conv3DTranspose][rank - 1]
        return self.layer(layer, self.integer(1, 5), kernel, activation=self.activation(), use_bias=self.chance(0.7), **options,
                          **self.format())(x)

    def upsampling(self, x, rank):
        if np.prod(x.shape[1:]) > 4000:
            return self.pool(x, rank)
        if rank == 1:
            return self.k.UpSampling1D(self.integer(1, 3))(x)
        if rank == 3:
            return self.k.UpSampling3D(tuple(self.integer(1, 2) for _ in range(3)), **self.format())(x)
        how = self.pick("nearest", "bilinear")
        if self.chance(0.4):
            return self.picture(how)(x)
        if self.chance(0.2):  # TensorFlow rounds the weights of other places
            return self.k.UpSampling2D((2, self.pick(1, 2, 4)), interpolation="bicubic", **self.format())(x)
        return self.k.UpSampling2D((self.integer(1, 3), self.integer(1, 3)), interpolation=how, **self.format())(x)

    def picture(self, how):
        """A map of a size of its own."""
        sizes = self.integer(1, 20), self.integer(1, 20)
        if not self.is_keras3 and self.chance(0.3):
            return self.k.RandomCrop(*sizes)
        if self.chance(0.4):
            return self.k.CenterCrop(*sizes, **(self.format() if self.is_keras3 else {}))
        options = self.pick({}, {"crop_to_aspect_ratio": True})
        if self.is_keras3:
            options = self.pick(options, {"pad_to_aspect_ratio": True, "fill_value": self.pick(0.0, 0.7)})
            options |= {"antialias": self.chance(0.3)} | self.format()
        return self.k.Resizing(*sizes, interpolation=how, **options)

    def local(self, x, rank):
        if self.is_keras3 or rank == 3:
            return self.conv(x, rank)
        layer = [self.k.LocallyConnected1D, self.k.LocallyConnected2D][rank - 1]
        kernel = [self.integer(1, min(3, s)) for s in self.sizes(x)]
        options = {"implementation": self.integer(1, 3)}
        if options["implementation"] > 1:
            options["padding"] = self.pick("valid", "same")
        return self.layer(layer, self.integer(1, 4), kernel if rank > 1 else kernel[0], strides=self.integer(1, 2),
                          activation=self.activation(), use_bias=self.chance(0.7), **options, **self.format())(x)

    def pool(self, x, rank):
        if self.is_keras3 and self.chance(0.15):
            sizes = tuple(self.integer(1, s) for s in self.sizes(x))
            kind = self.pick("AdaptiveMaxPooling", "AdaptiveAveragePooling")
            return getattr(self.k, f"{kind}{rank}D")(sizes[0] if rank == 1 else sizes, **self.format())(x)
        if self.chance(0.2):
            kind = self.pick("GlobalMaxPooling", "GlobalAveragePooling")
            return getattr(self.k, f"{kind}{rank}D")(keepdims=self.chance(0.5), **self.format())(x)
        kernel, strides, _, padding = self.window(x, rank, 3)
        kind = self.pick("MaxPooling", "AveragePooling")
        return getattr(self.k, f"{kind}{rank}D")(kernel, strides=self.pick(None, strides), padding=padding, **self.format())(x)

    def pointwise(self, x, rank):
        shared = self.pick(None, list(range(1, rank + 1)), [1], [rank])
        return self.pick(
            lambda: self.k.Activation(self.activation() or "relu"),
            lambda: self.k.ReLU(max_value=self.pick(None, 6.0, 1.5), negative_slope=self.pick(0.0, 0.25),
                                threshold=self.pick(0.0, 0.0, 0.4)),
            lambda: self.k.LeakyReLU(),
            lambda: self.k.ELU(self.pick(1.0, 0.5)),
            lambda: self.layer(self.k.PReLU, shared_axes=shared),
            lambda: self.k.Softmax(axis=self.pick(-1, 1, [1, 2], -2)),
            lambda: self.k.Dropout(0.3),
            lambda: self.k.GaussianNoise(0.1),
            lambda: self.k.Rescaling(self.pick(2.0, 1 / 127.5), offset=self.pick(0.0, -1.0)),
            lambda: self.k.Rescaling([0.5 + i for i in range(x.shape[-1])], offset=[0.1 * i for i in range(x.shape[-1])]),
            lambda: self.k.Activation(self.keras.activations.relu),
        )()(x)

    def normalization(self, x, rank):
        def statistics():
            axis = self.pick(-1, -1, rank, None, (1, -1)) if rank else -1
            layer = self.k.Normalization(axis=axis, invert=self.chance(0.2))
            layer.build((None,) + tuple(x.shape[1:]))
            return layer

        return self.pick(
            lambda: self.layer(self.k.BatchNormalization, axis=1 if self.first else self.pick(-1, -1, -1, 1), scale=self.chance(0.7),
                               center=self.chance(0.7), epsilon=self.pick(1e-3, 0.1)),
            lambda: self.layer(self.k.LayerNormalization, axis=self.pick(-1, [-2, -1], 1, [1, -1], list(range(1, rank + 2)))
                               if rank else -1, scale=self.chance(0.7), center=self.chance(0.7)),
            lambda: self.layer(self.k.GroupNormalization, self.groups_of(x.shape[-1]), axis=-1, scale=self.chance(0.7)) if rank
            else self.k.Identity() if self.is_keras3 else self.k.Dropout(0.1),
            lambda: self.layer(self.k.RMSNormalization, axis=self.pick(-1, [-2, -1]) if rank else -1) if self.is_keras3
            else self.k.Dropout(0.1),
            lambda: self.k.UnitNormalization(axis=self.pick(-1, 1, [1, -1]) if rank else -1),
            statistics,
        )()(x)

    def groups_of(self, channels):
        return self.pick(*[g for g in (-1, 1, 2, 3, 4) if g < 0 or channels % g == 0])

    def border(self, x, rank):
        pairs = [[self.integer(0, 2), self.integer(0, 2)] for _ in range(rank)]
        form = self.format() if rank > 1 else {}
        if self.chance(0.6):
            return getattr(self.k, f"ZeroPadding{rank}D")(tuple(pairs[0]) if rank == 1 else tuple(map(tuple, pairs)), **form)(x)
        sizes = self.sizes(x) if rank > 1 else list(x.shape[1:-1])
        pairs = [(min(a, (s - 1) // 2), min(b, (s - 1) // 2)) for (a, b), s in zip(pairs, sizes)]
        return getattr(self.k, f"Cropping{rank}D")(pairs[0] if rank == 1 else tuple(pairs), **form)(x)

    def einsum(self, x):
        """Some dimensions are summed over, with weights that some others share."""
        names = "abcdef"[:len(x.shape)]
        gone = self.pick(*names[1:])
        shared = self.pick("", "", self.pick(*names[1:])).replace(gone, "")
        place = self.integer(1, len(names) - 1)
        result = names.replace(gone, "")
        result = result[:place] + "z" + result[place:]
        size = self.integer(1, 6)
        shape = [size if name == "z" else x.shape[names.index(name)] for name in result[1:]]
        axes = self.pick(None, "z", result[-1])
        return self.layer(self.k.EinsumDense, f"{names},{shared}{gone}z->{result}", shape, bias_axes=axes, activation=self.activation())(x)

    def dense(self, x, rank):
        if self.chance(0.3):
            return self.einsum(x)
        if self.chance(0.2):
            return self.layer(self.k.SpectralNormalization, self.k.Dense(self.integer(1, 9), activation=self.activation()))(x)
        return self.layer(self.k.Dense, self.integer(1, 9), activation=self.activation(), use_bias=self.chance(0.7))(x)

    def shape(self, x, rank):
        sizes = list(x.shape[1:])
        kind = self.integer(0, 4)
        if kind == 0:
            return self.k.Permute(tuple(int(i) for i in self.rng.permutation(rank + 1) + 1))(x)
        if kind == 1:
            return self.k.Reshape((-1, sizes[-1]))(x)
        if kind == 2 and rank == 1 and sizes[0] % 2 == 0:
            return self.k.Reshape((2, sizes[0] // 2, sizes[1]))(x)
        if kind == 3 and np.prod(sizes) < 600:
            return self.k.RepeatVector(self.integer(1, 3))(self.flat(x))
        return self.flat(x) if self.chance(0.4) else self.k.Dropout(0.1)(x)

    def flat(self, x):
        return self.k.Flatten(**self.format())(x)

    def training(self, x, rank):
        """What does nothing but while a model is trained."""
        dropout = getattr(self.k, f"SpatialDropout{rank}D")
        return self.pick(dropout(0.2), self.k.GaussianDropout(0.1), self.k.AlphaDropout(0.1), self.k.ActivityRegularization(0.1))(x)

    def wrapper(self, x, rank):
        """TimeDistributed around any layer, or a model."""
        start, outside = self.keras.Input(x.shape[2:]), self.made
        for _ in range(6):
            self.made = []
            end = self.apply(start)
            layer = self.maker(end)
            if isinstance(layer, self.k.Layer) and layer.input is start:
                break
        else:
            layer = self.k.Dense(self.integer(1, 5))
        if self.chance(0.2):
            layer = self.keras.Model(start, end)
        self.made = outside
        return self.layer(self.k.TimeDistributed, layer)(x)

    def maker(self, tensor):
        history = tensor._keras_history
        return history.layer if hasattr(history, "layer") else history.operation

    def arithmetic(self, x, rank):
        self.branched = True
        return self.pick(lambda: x * 2.0, lambda: x + 0.5, lambda: 1.0 - x, lambda: x / 3.0, lambda: x - x * 0.25, lambda: -x,
                         lambda: x * x, lambda: 2.0 * x + x)()

    def function(self, x, rank):
        """A function on tensors: of keras.ops, or of TensorFlow."""
        self.branched = True
        last = len(x.shape) - 1
        axis = self.integer(1, last)
        axes = sorted({axis, self.integer(1, last)})[:last - 1] if self.chance(0.5) else [axis]
        start, keeps = self.integer(0, x.shape[1] - 1), self.chance(0.5)
        order = [0] + [int(i) + 1 for i in self.rng.permutation(last)]
        pads = [[0, 0]] + [[self.integer(0, 1), self.integer(0, 2)] for _ in range(last)]
        turned = list(range(last - 1)) + [last, last - 1]
        both = self.pick(
            lambda: x[:, start:], lambda: x[:, start] if last > 1 else x, lambda: x[..., ::2], lambda: x[:, None, ..., :-1] if x.shape[-1] > 1 and last < 4 else x,
            lambda: x - [0.1 * i for i in range(x.shape[-1])])
        own = self.of_keras3 if self.is_keras3 else self.of_tensorflow
        return both() if self.chance(0.2) else own(x, axis, axes, keeps, order, pads, turned)

    def of_keras3(self, x, axis, axes, keeps, order, pads, turned):
        o = self.keras.ops
        reduce = self.pick(o.mean, o.sum, o.max, o.min)
        return self.pick(
            lambda: reduce(x, axis=axes if keeps or len(axes) < len(x.shape) - 1 else axes[:1], keepdims=keeps or len(x.shape) == 2),
            lambda: o.transpose(x, order), lambda: o.reshape(x, (-1, *reversed(x.shape[1:]))), lambda: o.clip(x, -0.4, 0.7),
            lambda: o.pad(x, pads, mode="constant"), lambda: o.softmax(x, axis=axis), lambda: o.normalize(x, axis=axis),
            lambda: o.log(x ** 2 + 1), lambda: o.rsqrt(o.abs(x) + 0.5), lambda: o.sqrt(o.softplus(x)), lambda: o.exp(-o.square(x)),
            lambda: o.leaky_relu(x, 0.3), lambda: o.elu(x, 0.7), lambda: o.gelu(x, approximate=self.chance(0.5)),
            lambda: o.maximum(x, 0.1) - o.minimum(x, 0.2), lambda: o.concatenate([x, o.tanh(x)], axis=axis),
            lambda: o.squeeze(o.expand_dims(x, axis), axis), lambda: o.matmul(x, o.transpose(x, turned)) if len(x.shape) > 2 else x,
            lambda: o.einsum("abc,abd->acd", x, x) if len(x.shape) == 3 else o.relu6(x), lambda: o.stack([x, o.sigmoid(x)], axis=axis) if len(x.shape) < 5 else x)()

    def of_tensorflow(self, x, axis, axes, keeps, order, pads, turned):
        import tensorflow as tf

        reduce = self.pick(tf.reduce_mean, tf.reduce_sum, tf.reduce_max, tf.reduce_min)
        return self.pick(
            lambda: reduce(x, axis=axes if keeps or len(axes) < len(x.shape) - 1 else axes[:1], keepdims=keeps or len(x.shape) == 2),
            lambda: tf.transpose(x, order), lambda: tf.reshape(x, (-1, *reversed(x.shape[1:]))), lambda: tf.clip_by_value(x, -0.4, 0.7),
            lambda: tf.pad(x, pads), lambda: tf.nn.softmax(x, axis=axis), lambda: tf.math.l2_normalize(x, axis),
            lambda: tf.math.log(x ** 2 + 1), lambda: tf.math.rsqrt(tf.abs(x) + 0.5), lambda: tf.sqrt(tf.nn.softplus(x)),
            lambda: tf.exp(-tf.square(x)), lambda: tf.nn.leaky_relu(x, 0.3), lambda: tf.nn.elu(x), lambda: tf.nn.gelu(x),
            lambda: tf.maximum(x, 0.1) - tf.minimum(x, 0.2), lambda: tf.concat([x, tf.tanh(x)], axis),
            lambda: tf.squeeze(tf.expand_dims(x, axis), [axis]), lambda: tf.matmul(x, x, transpose_b=True) if len(x.shape) > 2 else x,
            lambda: tf.stack([x, tf.sigmoid(x)], axis=axis) if len(x.shape) < 5 else x)()

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
        if len(x.shape) == 3 and self.chance(0.3):
            return self.product(x)
        rank, channels = len(x.shape) - 2, self.channels(x)
        conv = [self.k.Conv1D, self.k.Conv2D, self.k.Conv3D][rank - 1]
        y = conv(channels, 3, padding="same", activation=self.activation(), **self.format())(x)
        if self.chance(0.4):
            gate = getattr(self.k, f"GlobalAveragePooling{rank}D")(**self.format())(y)
            gate = self.k.Dense(channels, activation="sigmoid")(gate)
            ones = (1,) * rank
            return self.k.Multiply()([y, self.k.Reshape((channels,) + ones if self.first else ones + (channels,))(gate)])
        return self.merge([x, y])

    def product(self, x):
        """The matrix product of two series along some pair of axes."""
        first, second = self.integer(1, 2), self.integer(1, 2)
        y = self.k.Dense(x.shape[1] if second == 2 and first == 1 else x.shape[2])(x)
        if second == 1 and first == 2:
            y = self.k.Permute((2, 1))(y)
        if y.shape[second] != x.shape[first]:
            first = second = 1
            y = x
        axes = self.pick((first, second), (first - 3, second - 3))
        return self.k.Dot(axes=axes, normalize=self.chance(0.4))([x, y])

    def merge(self, tensors):
        self.branched = True
        k = self.k
        if len(tensors) == 2 and self.chance(0.3):
            if len(tensors[0].shape) == 2:
                return k.Dot(axes=1, normalize=self.chance(0.5))(tensors)
            return k.Subtract()(tensors)
        if self.chance(0.3):
            rank = len(tensors[0].shape)
            return k.Concatenate(axis=self.pick(*range(1, rank), *range(1 - rank, 0)))(tensors)
        return self.pick(k.Add, k.Multiply, k.Average, k.Maximum, k.Minimum)()(tensors)

    def head(self, x):
        if 2 < len(x.shape) < 6:
            pool = getattr(self.k, f"GlobalAveragePooling{len(x.shape) - 2}D")
            x = pool(**self.format())(x) if self.chance(0.5) else self.flat(x)
        if len(x.shape) > 5:
            x = self.flat(x)
        if self.chance(0.3):
            x = self.k.BatchNormalization()(x)
        return self.k.Dense(self.integer(1, 6), activation=self.pick("softmax", "sigmoid", None))(x)

    def output_names(self, model):
        names = []
        for tensor in model.outputs:
            names.append(self.maker(tensor).name)
        return names
