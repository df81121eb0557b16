"""Runs a written network with onnxruntime and checks that its numbers are alive: finite, spread, not saturated."""

from pathlib import Path

import numpy as np

from zoo.network import Network

SMALLEST_STD, LARGEST_STD = 0.05, 20.0
MOST_CERTAIN = 0.9


def verify(path: Path, network: Network) -> str:
    """A one-line report; ValueError where a checked tensor is degenerate.

    The input is normally distributed with deviation 1, like a normalised picture.
    """
    values = run(path, network)
    report = []
    for name in (network.middle, "logits"):
        tensor = values[name]
        deviation = float(tensor.std())
        report.append(f"{name} {deviation:.3f}")
        if not np.isfinite(tensor).all():
            raise ValueError(f"{network.name}: {name} is not finite")
        if not SMALLEST_STD < deviation < LARGEST_STD:
            raise ValueError(f"{network.name}: {name} has the standard deviation {deviation:g}")
    if "probabilities" in values:
        certain = float(values["probabilities"].max())
        report.append(f"largest probability {certain:.3f}")
        if certain > MOST_CERTAIN:
            raise ValueError(f"{network.name}: the softmax is saturated ({certain:g})")
    return "standard deviation of " + ", ".join(report)


def run(path: Path, network: Network) -> dict[str, np.ndarray]:
    """The middle tensor, the logits and the outputs of one run on one thread."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    outputs = {value.name for value in model.graph.output}
    names = [network.middle, "logits", *sorted(outputs - {"logits"})]
    for name in names:
        if name not in outputs:
            model.graph.output.add(name=name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    value = session.get_inputs()[0]
    picture = np.random.default_rng(0).standard_normal(value.shape, dtype=np.float32)
    return dict(zip(names, session.run(names, {value.name: picture})))
