"""Reference networks from the literature, written as ONNX with deterministic random weights."""
