"""LeNet-5 in numpy: forward and backward pass.

Inside, activations are N, H, W, C and f32, so that a convolution is one matrix product on unfolded windows. After
LeCun et al., "Gradient-Based Learning Applied to Document Recognition" (1998), with ReLU, max pooling and full
connections between the feature maps.
"""

import numpy as np

Parameters = dict[str, np.ndarray]
KERNEL = 5

# Layer: shape of its weights, inputs x outputs; a convolution's inputs are ordered row, column, channel.
SHAPES = {"conv1": (KERNEL * KERNEL, 6), "conv2": (KERNEL * KERNEL * 6, 16), "fc1": (5 * 5 * 16, 120),
          "fc2": (120, 84), "fc3": (84, 10)}


def initial(generator: np.random.Generator) -> Parameters:
    """He-normal weights and zero biases."""
    parameters = {}
    for name, (inputs, outputs) in SHAPES.items():
        weight = generator.standard_normal((inputs, outputs), dtype=np.float32)
        parameters[f"{name}/weight"] = weight * np.float32(np.sqrt(2 / inputs))
        parameters[f"{name}/bias"] = np.zeros(outputs, np.float32)
    return parameters


def unfold(x: np.ndarray) -> np.ndarray:
    """All windows of (N, H, W, C): (N, H - 4, W - 4, 25 C)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (KERNEL, KERNEL), (1, 2))
    batch, height, width = windows.shape[:3]
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(batch, height, width, -1)


def fold(windows: np.ndarray, channels: int) -> np.ndarray:
    """The transpose of `unfold`: adds every window back to where it came from."""
    batch, height, width, _ = windows.shape
    parts = windows.reshape(batch, height, width, KERNEL, KERNEL, channels)
    x = np.zeros((batch, height + KERNEL - 1, width + KERNEL - 1, channels), windows.dtype)
    for row in range(KERNEL):
        for column in range(KERNEL):
            x[:, row : row + height, column : column + width] += parts[:, :, :, row, column]
    return x


def max_pool(x: np.ndarray) -> np.ndarray:
    """Largest of 2x2: (N, H, W, C) to (N, H / 2, W / 2, C)."""
    return np.maximum(np.maximum(x[:, ::2, ::2], x[:, ::2, 1::2]), np.maximum(x[:, 1::2, ::2], x[:, 1::2, 1::2]))


def max_pool_gradient(x: np.ndarray, pooled: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Passes the gradient to every element that equals its window's maximum."""
    result = np.empty_like(x)
    for row in range(2):
        for column in range(2):
            part = np.s_[:, row::2, column::2]
            result[part] = np.where(x[part] == pooled, gradient, 0)
    return result


def forward(parameters: Parameters, pictures: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Logits (N, 10) of pictures (N, 28, 28) in 0..1, and what the backward pass needs."""

    def affine(name: str, x: np.ndarray) -> np.ndarray:
        return x @ parameters[f"{name}/weight"] + parameters[f"{name}/bias"]

    kept = {"conv1": unfold(np.pad(pictures, ((0, 0), (2, 2), (2, 2)))[..., None])}
    kept["relu1"] = np.maximum(affine("conv1", kept["conv1"]), 0)
    kept["pool1"] = max_pool(kept["relu1"])
    kept["conv2"] = unfold(kept["pool1"])
    kept["relu2"] = np.maximum(affine("conv2", kept["conv2"]), 0)
    kept["pool2"] = max_pool(kept["relu2"])
    kept["fc1"] = kept["pool2"].reshape(len(pictures), -1)
    kept["fc2"] = np.maximum(affine("fc1", kept["fc1"]), 0)
    kept["fc3"] = np.maximum(affine("fc2", kept["fc2"]), 0)
    return affine("fc3", kept["fc3"]), kept


def backward(parameters: Parameters, kept: dict[str, np.ndarray], gradient: np.ndarray) -> Parameters:
    """Gradients of all parameters from the gradient of the logits (N, 10)."""
    gradients: Parameters = {}

    def layer(name: str, gradient: np.ndarray) -> np.ndarray:
        """Stores the gradients of one layer and returns that of its (unfolded) input."""
        flat = gradient.reshape(-1, gradient.shape[-1])
        x = kept[name].reshape(len(flat), -1)
        gradients[f"{name}/weight"] = x.T @ flat
        gradients[f"{name}/bias"] = flat.sum(0)
        return gradient @ parameters[f"{name}/weight"].T if name != "conv1" else gradient

    gradient = layer("fc3", gradient) * (kept["fc3"] > 0)
    gradient = layer("fc2", gradient) * (kept["fc2"] > 0)
    gradient = layer("fc1", gradient).reshape(kept["pool2"].shape)
    gradient = max_pool_gradient(kept["relu2"], kept["pool2"], gradient) * (kept["relu2"] > 0)
    gradient = fold(layer("conv2", gradient), kept["pool1"].shape[-1])
    layer("conv1", max_pool_gradient(kept["relu1"], kept["pool1"], gradient) * (kept["relu1"] > 0))
    return gradients


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax along the last axis."""
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def classify(parameters: Parameters, pictures: np.ndarray) -> np.ndarray:
    """Most likely digit of each u8 picture (N, 28, 28)."""
    batches = np.array_split(pictures, max(1, len(pictures) // 512))
    return np.concatenate([forward(parameters, b.astype(np.float32) / 255)[0].argmax(1) for b in batches])
