"""Records what Keras answers: record_models.py FOLDER, in an environment with tensorflow-cpu and tf-keras.

Writes FOLDER/NAME.json, a specification for write_model.py with the answers in it, for each model below. Only this
script needs Keras; the tests read its results."""
import json
import os
import sys
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_USE_LEGACY_KERAS"] = "1"
import keras as keras3
import numpy as np
import tf_keras as keras2
from write_model import inputs_of, weights_of


def siamese(k):
    """Keras 3: a model called twice, and arithmetic on tensors."""
    trunk = k.Sequential([k.layers.InputLayer((9, 8, 2)), k.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
                          k.layers.BatchNormalization(), k.layers.Flatten(), k.layers.Dense(5, activation="tanh")], name="trunk")
    a, b = k.Input((9, 8, 2), name="a"), k.Input((9, 8, 2), name="b")
    x, y = trunk(a), trunk(b)
    near = k.layers.Dot(1, normalize=True, name="near")([x, y])
    far = k.layers.Dense(3, activation="softmax", name="far")(k.layers.Subtract()([x, y]) * 2.0 + 0.5)
    return k.Model([a, b], [near, far])


def maps(k):
    """Keras 3: padding, upsampling and transposed convolution; channels move."""
    x = start = k.Input((7, 6, 3), name="image")
    x = k.layers.Rescaling(0.5, offset=0.25)(x)
    x = k.layers.ZeroPadding2D(((1, 0), (2, 1)))(x)
    x = k.layers.DepthwiseConv2D(3, depth_multiplier=2, dilation_rate=2, padding="same", activation="gelu")(x)
    x = k.layers.PReLU(shared_axes=[1, 2])(x)
    x = k.layers.Conv2DTranspose(4, 3, strides=2, padding="same")(x)
    x = k.layers.Cropping2D(((1, 2), (3, 0)))(x)
    x = k.layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = k.layers.UpSampling2D((1, 2), interpolation="bilinear")(x)
    x = k.layers.LayerNormalization(axis=[-2, -1])(x)
    y = k.layers.SeparableConv2D(4, 3, padding="same", activation="hard_sigmoid")(x)
    x = k.layers.Concatenate(axis=-2)([x, k.layers.Multiply()([x, y])])
    x = k.layers.Softmax(axis=1)(x)
    x = k.layers.Permute((3, 1, 2), name="turned")(x)
    return k.Model(start, [x, k.layers.Dense(2, name="last")(y)])


def sequence(k):
    """Keras 2: one dimension, filters of their own, a flattened map behind batch normalisation."""
    x = start = k.Input((12, 3), name="series")
    x = k.layers.Conv1D(4, 3, dilation_rate=2, padding="causal", activation="elu")(x)
    x = k.layers.LocallyConnected1D(3, 4, strides=2, activation="selu")(x)
    x = k.layers.TimeDistributed(k.layers.Dense(4, activation="hard_sigmoid"), name="steps")(x)
    x = k.layers.UpSampling1D(2)(x)
    x = k.layers.MaxPooling1D(2, strides=1, padding="same")(x)
    x = k.layers.LeakyReLU()(x)
    x = k.layers.Flatten()(x)
    x = k.layers.BatchNormalization(scale=False)(x)
    x = k.layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)(x)
    return k.Model(start, k.layers.Dense(3, name="answer")(x))


def volume(k):
    """Keras 2: three dimensions."""
    x = start = k.Input((4, 5, 6, 2), name="volume")
    x = k.layers.Conv3D(4, (1, 2, 3), strides=(1, 2, 2), padding="same")(x)
    x = k.layers.Conv3DTranspose(2, 2, strides=2)(x)
    x = k.layers.MaxPooling3D(2)(x)
    y = k.layers.GlobalAveragePooling3D()(x)
    y = k.layers.Reshape((1, 1, 1, 2))(k.layers.Dense(2, activation="sigmoid")(y))
    return k.Model(start, k.layers.Multiply(name="gated")([x, y]))


def pictures(k):
    """Keras 3: what alters pictures in training only, and the normalisations of newer networks."""
    from keras.src.applications.convnext import LayerScale, StochasticDepth

    x = start = k.Input((7, 6, 3), name="picture")
    for layer in [k.layers.RandomFlip(), k.layers.RandomRotation(0.1), k.layers.RandomZoom(0.1), k.layers.RandomContrast(0.1),
                  k.layers.RandomTranslation(0.1, 0.1), k.layers.RandomBrightness(0.1), k.layers.RandomHue(0.1), k.layers.CutMix(),
                  k.layers.RandomGaussianBlur(), k.layers.RandomErasing()]:
        x = layer(x)
    x = k.layers.Resizing(9, 8)(x)
    x = k.layers.Conv2D(4, 3)(x)
    x = k.layers.GroupNormalization(2)(x)
    y = LayerScale(0.5, 4, name="scale")(x)
    y = StochasticDepth(0.2, name="depth")(y)
    x = k.layers.Resizing(5, 13, interpolation="nearest")(k.layers.Add()([x, y]))
    return k.Model(start, k.layers.UnitNormalization(name="unit")(x))


def functions(k):
    """Keras 3: every activation that has a name, and a layer in place of one."""
    names = ["relu", "relu6", "leaky_relu", "elu", "celu", "selu", "softplus", "softsign", "sigmoid", "hard_sigmoid", "sparse_sigmoid",
             "log_sigmoid", "tanh", "hard_tanh", "tanh_shrink", "exponential", "silu", "hard_silu", "mish", "gelu", "glu", "soft_shrink",
             "hard_shrink", "squareplus", "sparse_plus", "softmax", "log_softmax", "sparsemax", "linear"]
    start = k.Input((8,), name="x")
    x = k.layers.Rescaling(3.0)(start)
    parts = [k.layers.Activation(name, name=name)(x) for name in names]
    parts.append(k.layers.Dense(4, activation=k.layers.LeakyReLU(0.3), name="layer")(x))
    return k.Model(start, k.layers.Concatenate(name="all")(parts))


def rows(k):
    """Keras 2: matrices of rows, channels first, and functions of TensorFlow on tensors."""
    import tensorflow as tf

    start = k.Input((4, 6, 5), name="map")
    flat = k.layers.Flatten(data_format="channels_first")(start)
    series = k.layers.Dense(4)(k.layers.Reshape((-1, 10))(start))
    products = k.layers.Dot((1, 1), name="products")([k.layers.Reshape((12, 10))(start), series])
    steps = k.layers.RepeatVector(3)(k.layers.Dense(4)(flat))
    mean = k.layers.Average()([steps, 2.0 - steps, tf.nn.relu(steps)])
    both = k.layers.Softmax(axis=[1, 2])(mean)
    root = tf.sqrt(tf.nn.softplus(-both) + tf.square(tf.abs(both)))
    last = k.layers.Maximum(name="last")([tf.math.multiply(both, 3.0), root])
    return k.Model(start, [products, last])


def local(k):
    """Keras 2: each implementation of filters of their own."""
    series, image = k.Input((7, 3), name="series"), k.Input((2, 5, 4), name="image")
    x = k.layers.LocallyConnected1D(4, 3, strides=2, padding="same", implementation=2)(series)
    x = k.layers.LocallyConnected1D(3, 2, padding="same", implementation=3, name="steps")(x)
    y = k.layers.LocallyConnected2D(3, (3, 2), strides=(2, 1), padding="same", implementation=3, data_format="channels_first")(image)
    y = k.layers.LocallyConnected2D(2, 2, implementation=2, data_format="channels_first")(y)
    y = k.layers.LocallyConnected2D(2, (2, 1), implementation=3)(y)
    y = k.layers.LocallyConnected2D(3, (1, 2), padding="same", implementation=2, name="pixels")(y)
    return k.Model([series, image], [x, y])


def adaptive(k):
    """Keras 3: maps of a given size, which divides that of the input or does not."""
    start, series = k.Input((6, 7, 3), name="map"), k.Input((4, 9), name="series")
    even = k.layers.AdaptiveAveragePooling2D((2, 7))(start)
    odd = k.layers.AdaptiveMaxPooling2D((4, 3), name="odd")(start)
    mean = k.layers.AdaptiveAveragePooling2D(2)(odd)
    row = k.layers.AdaptiveAveragePooling1D(6, data_format="channels_first", name="row")(series)
    return k.Model([start, series], [k.layers.Concatenate(axis=2, name="both")([even, mean]), odd, row])


def axes(k):
    """Keras 3: normalisation along several axes, in whatever order they are listed."""
    x = start = k.Input((4, 5, 3), name="map")
    x = k.layers.LayerNormalization(axis=[1, -1])(x)
    x = k.layers.LayerNormalization(axis=[2, 1], scale=False)(x)
    x = k.layers.LayerNormalization(rms_scaling=True)(x)
    x = k.layers.RMSNormalization(axis=[2, 3])(x)
    return k.Model(start, k.layers.LayerNormalization(axis=[1, 2, 3], center=False, name="last")(x))


def crops(k):
    """Keras 2: windows in the middle of pictures, and the largest ones of a ratio."""
    start = k.Input((9, 12, 3), name="picture")
    x = k.layers.CenterCrop(8, 7)(start)
    x = k.layers.CenterCrop(10, 3, name="small")(x)
    y = k.layers.RandomCrop(4, 9, name="random")(start)
    return k.Model(start, [x, y, k.layers.Resizing(5, 5, interpolation="nearest", crop_to_aspect_ratio=True, name="cropped")(start)])


def ratios(k):
    """Keras 3: pictures whose ratio is kept, and reduced with a filter."""
    start, first = k.Input((9, 12, 3), name="last"), k.Input((3, 12, 9), name="first")
    x = k.layers.Resizing(5, 9, crop_to_aspect_ratio=True, antialias=True)(start)
    x = k.layers.Resizing(11, 6, interpolation="bicubic", antialias=True, name="reduced")(x)
    y = k.layers.Resizing(6, 5, pad_to_aspect_ratio=True, fill_value=0.5, data_format="channels_first", name="padded")(first)
    return k.Model([start, first], [x, y])


def sums(k):
    """Keras 3: sums of products over named dimensions, and layers around whose weights training is."""
    start = k.Input((5, 5, 6), name="map")
    x = k.layers.Conv2D(6, 2, padding="same")(start)
    x = k.layers.EinsumDense("...c,cd->...d", 4, bias_axes="d", activation="relu")(x)
    x = k.layers.SpectralNormalization(k.layers.Conv2D(4, 3))(x)
    y = k.layers.EinsumDense("abcd,bde->abec", (3, 2, None), bias_axes="be")(x)
    y = k.layers.EinsumDense("ab...,bc->ac...", 2, bias_axes="c", name="front")(y)
    z = k.layers.EinsumDense("abcd,bcde->ae", 3, name="all")(x)
    return k.Model(start, [y, z, k.layers.Dot((3, 2), name="dot")([x, k.layers.Permute((1, 3, 2))(x)])])


def tensors(k):
    """Keras 3: its functions on tensors."""
    o, start = k.ops, k.Input((4, 6, 3), name="map")
    x = k.layers.Conv2D(3, 1)(start)
    parts = [x[:, 1:3, ::2], o.clip(x, -0.2, 0.3)[:, -2:, :-3], o.transpose(o.reshape(o.log(x ** 2 + 1), (-1, 6, 4, 3)), (0, 2, 1, 3))[:, 2:, 0:3]]
    joined = o.concatenate(parts, axis=1)
    rows = o.stack([o.mean(joined, axis=[1, 2]), o.max(joined[:, None, ..., 0], axis=2)[:, 0] * o.sum(joined, axis=(1, 2))], axis=1)
    padded = o.pad(o.gelu(x), [[0, 0], [1, 2], [0, 1], [0, 0]], mode="reflect")
    products = o.matmul(o.squeeze(o.expand_dims(padded, 1), 1), o.transpose(o.normalize(padded, axis=-1), (0, 1, 3, 2)))
    sums = o.einsum("abcd,aecd->ae", products, o.leaky_relu(o.softmax(products, axis=1), 0.1))
    return k.Model(start, [k.layers.Activation("linear", name="rows")(rows), k.layers.Reshape((7, 7), name="sums")(o.rsqrt(o.expand_dims(sums, 1) * o.expand_dims(sums, 2) + 9.0))])


def transformations(k):
    """Keras 2: functions of TensorFlow on tensors."""
    import tensorflow as tf

    start = k.Input((4, 6, 3), name="map")
    x = k.layers.Conv2D(4, 1)(start)
    both = tf.concat([x, tf.image.resize(x[:, 1:3, ::2], (4, 6)), tf.nn.elu(x), tf.nn.gelu(x)], 3)
    small = tf.nn.space_to_depth(tf.nn.depth_to_space(both, 2), 4)
    unit = tf.math.l2_normalize(tf.squeeze(tf.reduce_mean(both, axis=1, keepdims=True), [1]), 1)
    pairs = tf.matmul(unit, unit, transpose_b=True)
    padded = tf.pad(pairs, [[0, 0], [1, 0], [0, 2]])
    return k.Model(start, [k.layers.Flatten(name="small")(small), k.layers.Flatten(name="padded")(tf.stack([padded, padded * 2.0], axis=-1))])


def pruned(value):
    """A configuration without what only training reads."""
    if isinstance(value, list):
        return [pruned(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    unread = ("initializer", "regularizer", "constraint", "build_config", "compile_config", "registered_name")
    return {key: pruned(entry) for key, entry in value.items() if not any(word in key for word in unread) and key != "dtype"}


def main():
    models = [(siamese, keras3), (maps, keras3), (sequence, keras2), (volume, keras2), (pictures, keras3), (functions, keras3),
              (rows, keras2), (local, keras2), (axes, keras3), (adaptive, keras3),
              (crops, keras2), (ratios, keras3), (sums, keras3),
              (tensors, keras3), (transformations, keras2)]
    for seed, (build, k) in enumerate(models, 1):
        k.backend.clear_session()
        model = build(k)
        version = "3.0.0" if k is keras3 else "2.15.0"
        spec = {"seed": seed, "keras_version": version, "config": pruned(json.loads(model.to_json())), "weights": {},
                "inputs": [[1] + list(t.shape[1:]) for t in model.inputs]}
        for layer in model.layers:
            if layer.weights:
                shapes = {}
                for weight in layer.trainable_weights + layer.non_trainable_weights:
                    path = getattr(weight, "path", weight.name.split(":")[0])
                    shapes["_".join(path.split("/")[1:]) or path] = [int(n) for n in weight.shape]
                spec["weights"][layer.name] = {"class": type(layer).__name__, "shapes": shapes}
        for layer, weights in weights_of(spec).items():
            real = model.get_layer(layer)
            for weight, value in zip(real.trainable_weights + real.non_trainable_weights, weights.values()):
                weight.assign(value)
        inputs = inputs_of(spec)
        answers = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        answers = answers if isinstance(answers, (list, tuple)) else [answers]
        spec["expected"] = [np.asarray(answer).round(7).tolist() for answer in answers]
        Path(sys.argv[1], build.__name__ + ".json").write_text(json.dumps(spec) + "\n")


if __name__ == "__main__":
    main()
