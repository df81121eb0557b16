"""Runs a written network with onnxruntime and checks that its numbers are alive: finite, spread, not saturated."""

from pathlib import Path

import numpy as np

from zoo.graph import Graph
from zoo.network import Network

SMALLEST_STD, LARGEST_STD = 0.05, 20.0
MOST_CERTAIN = 0.9


def verify(path: Path, network: Network) -> str:
    """A one-line report; ValueError where a checked tensor is degenerate.

    The inputs are normally distributed with deviation 1, like a normalised picture. What a later layer sees must not
    have grown either; a result has its own scale.
    """
    report = []
    for name, tensor in run(path, network).items():
        if not np.isfinite(tensor).all():
            raise ValueError(f"{network.name}: {name} is not finite")
        if name.endswith("probabilities"):
            certain = float(tensor.max())
            report.append(f"largest of {name} {certain:.3f}")
            if certain > MOST_CERTAIN:
                raise ValueError(f"{network.name}: the softmax is saturated ({certain:g})")
        elif tensor.size > 1:
            deviation = float(tensor.std())
            report.append(f"{name} {deviation:.3f}")
            largest = LARGEST_STD if name in (network.middle, "logits") else np.inf
            if not SMALLEST_STD < deviation < largest:
                raise ValueError(f"{network.name}: {name} has the standard deviation {deviation:g}")
    return "standard deviation of " + ", ".join(report)


def pictures(graph: Graph) -> dict[str, np.ndarray]:
    """The inputs that every comparison uses."""
    generator = np.random.default_rng(0)
    return {x.name: generator.standard_normal(x.shape, dtype=np.float32) for x in graph.inputs}


def run(path: Path, network: Network) -> dict[str, np.ndarray]:
    """The middle tensor, the logits where there are some, and the outputs of one run on one thread."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    outputs = [value.name for value in model.graph.output]
    inside = {name for node in model.graph.node for name in node.output}
    names = list(dict.fromkeys([network.middle, *({"logits"} & inside), *outputs]))
    for name in names:
        if name not in outputs:
            model.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, pictures(network.graph()))))
