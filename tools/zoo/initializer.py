"""Initial values of a network's parameters.

Each array is drawn from a generator of its own, seeded by the names of the network and of the tensor. The values
therefore do not depend on the order in which tensors are made, and any tensor can be made alone.
"""

import hashlib
from dataclasses import dataclass
from typing import Callable

import numpy as np

Fill = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


@dataclass(frozen=True)
class Initializer:
    """A parameter or constant of the graph; `values` makes its array on demand."""

    name: str
    shape: tuple[int, ...]
    fill: Fill
    role: str  # "parameter" (trained), "statistic" (running mean or variance) or "constant" (shapes, limits)
    dtype: np.dtype = np.dtype(np.float32)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def bytes(self) -> int:
        return self.size * self.dtype.itemsize

    def values(self, network: str) -> np.ndarray:
        """The array of this tensor in `network`."""
        digest = hashlib.sha256(f"{network}:{self.name}".encode()).digest()
        generator = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))
        return self.fill(generator, self.shape)


def normal(std: float, mean: float = 0.0) -> Fill:
    """Normal distribution, f32."""

    def fill(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        values = generator.standard_normal(shape, dtype=np.float32)
        values *= np.float32(std)
        if mean:
            values += np.float32(mean)
        return values

    return fill


def uniform(low: float, high: float) -> Fill:
    """Uniform distribution on [low, high), f32."""

    def fill(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.float32(low) + np.float32(high - low) * generator.random(shape, dtype=np.float32)

    return fill


def constant(values: np.ndarray) -> Fill:
    """These values, whatever the generator."""
    return lambda generator, shape: values.reshape(shape)
