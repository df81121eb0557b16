"""Expected mean and variance of the activations of a layer, followed through the network.

Running statistics and the last layer are chosen with them to fit the random weights, so that no network vanishes,
explodes or answers with a saturated softmax. The weights follow He et al., "Delving Deep into Rectifiers" (2015);
activations are taken as normally distributed.
"""

import math
from dataclasses import dataclass
from typing import Sequence


@dataclass(frozen=True)
class Moments:
    """Mean and variance over all elements of a tensor."""

    mean: float = 0.0
    variance: float = 1.0

    @property
    def power(self) -> float:
        """Mean square."""
        return self.mean**2 + self.variance

    @property
    def deviation(self) -> float:
        return math.sqrt(self.variance)

    def rectified(self, leak: float = 0.0) -> "Moments":
        """After max(x, leak * x)."""
        ratio = self.mean / self.deviation
        density = math.exp(-ratio * ratio / 2) / math.sqrt(2 * math.pi)
        below = math.erfc(ratio / math.sqrt(2)) / 2  # the share of negative values
        positive = self.mean * (1 - below) + self.deviation * density
        positive_power = self.power * (1 - below) + self.mean * self.deviation * density
        mean = positive + leak * (self.mean - positive)
        power = positive_power + leak**2 * (self.power - positive_power)
        return Moments(mean, max(power - mean**2, 1e-6))

    def scaled(self, factor: float) -> "Moments":
        return Moments(self.mean * factor, self.variance * factor**2)

    def maximum(self, samples: int) -> "Moments":
        """Largest of a window of partly alike samples; Blom's estimate for independent ones, halved."""
        shift = 0.5 * math.sqrt(2 * math.log(samples)) if samples > 1 else 0.0
        return Moments(self.mean + shift * self.deviation, 0.8 * self.variance)

    def average(self, kept: float) -> "Moments":
        """Mean of a window in which the share `kept` of the variance remains."""
        return Moments(self.mean, kept * self.variance)

    @staticmethod
    def total(terms: Sequence["Moments"]) -> "Moments":
        """Sum of independent tensors."""
        return Moments(sum(t.mean for t in terms), sum(t.variance for t in terms))

    @staticmethod
    def mixture(parts: Sequence["Moments"], weights: Sequence[float]) -> "Moments":
        """Tensors side by side."""
        share = [weight / sum(weights) for weight in weights]
        mean = sum(s * p.mean for s, p in zip(share, parts))
        return Moments(mean, sum(s * p.power for s, p in zip(share, parts)) - mean**2)
