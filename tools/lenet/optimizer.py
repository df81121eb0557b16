"""Adam with a cosine schedule and averaged weights."""

import numpy as np

from lenet.network import Parameters

FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8
AVERAGING = 0.998
WEIGHT_DECAY = 1e-2


class Adam:
    """Kingma and Ba, "Adam" (2014), with decoupled weight decay (Loshchilov and Hutter, 2017).

    `averaged` is the exponential moving average of the weights; it generalises better than the last step.
    """

    def __init__(self, parameters: Parameters, rate: float, steps: int):
        self.parameters = parameters
        self.rate = rate
        self.steps = steps
        self.step = 0
        self.first = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.second = {name: np.zeros_like(value) for name, value in parameters.items()}
        self.averaged = {name: value.copy() for name, value in parameters.items()}

    def update(self, gradients: Parameters) -> None:
        """One step in place."""
        rate = self.rate * 0.5 * (1 + np.cos(np.pi * self.step / self.steps))
        self.step += 1
        rate *= np.sqrt(1 - SECOND**self.step) / (1 - FIRST**self.step)
        averaging = min(AVERAGING, self.step / (self.step + 10))
        for name, value in self.parameters.items():
            gradient = gradients[name]
            self.first[name] += (1 - FIRST) * (gradient - self.first[name])
            self.second[name] += (1 - SECOND) * (gradient**2 - self.second[name])
            if name.endswith("weight"):
                value -= np.float32(rate * WEIGHT_DECAY) * value
            value -= np.float32(rate) * self.first[name] / (np.sqrt(self.second[name]) + np.float32(EPSILON))
            self.averaged[name] += np.float32(1 - averaging) * (value - self.averaged[name])
