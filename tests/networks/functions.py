"""ONNX's functions of angles and hyperbolas against NumPy in double precision: functions.py KILN FOLDER."""
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

EVERYWHERE = [0.0, -0.0, 1e-30, -1e-7, 1e-3, 0.4, -0.5, 0.999, 1.0, -1.0, 1.001, 2.5, -7.0]
FAR = [1e5, -1e8, 3e8, 1e20, -3e38, np.inf, -np.inf, np.nan]
INSIDE = [x for x in EVERYWHERE if abs(x) <= 1] + [0.9999999, -0.9999999, 1.5, np.nan]
ANGLES = EVERYWHERE + [1.5, 3.14159, -100.25, 1000.5]
FUNCTIONS = {  # an operator, NumPy's function, arguments
    "Sin": (np.sin, ANGLES), "Cos": (np.cos, ANGLES), "Tan": (np.tan, ANGLES),
    "Asin": (np.arcsin, INSIDE), "Acos": (np.arccos, INSIDE), "Atan": (np.arctan, EVERYWHERE + FAR),
    "Sinh": (np.sinh, EVERYWHERE + [88.9, -89.3, 100.0, np.inf, -np.inf, np.nan]),
    "Cosh": (np.cosh, EVERYWHERE + [88.9, -89.3, 100.0, np.inf, -np.inf, np.nan]),
    "Asinh": (np.arcsinh, EVERYWHERE + FAR),
    "Acosh": (np.arccosh, [1.0, 1.0000001, 1.5, 2.5, 1e5, 1e8, 3e8, 1e20, 3e38, np.inf, 0.5, np.nan]),
    "Atanh": (np.arctanh, INSIDE),
}
TOLERANCE = 1e-6  # of the result; for angles, whose multiples of pi are lost, of 1 times the slope


def write_model(path):
    inputs = [helper.make_tensor_value_info(f"x_{op}", TensorProto.FLOAT, [len(x)]) for op, (_, x) in FUNCTIONS.items()]
    outputs = [helper.make_tensor_value_info(f"y_{op}", TensorProto.FLOAT, [len(x)]) for op, (_, x) in FUNCTIONS.items()]
    nodes = [helper.make_node(op, [f"x_{op}"], [f"y_{op}"]) for op in FUNCTIONS]
    graph = helper.make_graph(nodes, "functions", inputs, outputs)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def check(op, arguments, actual):
    function = FUNCTIONS[op][0]
    with np.errstate(all="ignore"):
        exact = function(arguments.astype(np.float64)).astype(np.float32).astype(np.float64)
    for x, a, e in zip(arguments, actual.astype(np.float64), exact):
        scale = max(abs(e), 1) if op in ("Sin", "Cos") else 1 + e * e if op == "Tan" else abs(e)
        same = (np.isnan(a) and np.isnan(e)) or a == e
        assert same or abs(a - e) <= TOLERANCE * scale, (op, x, a, e)


def main():
    kiln, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    write_model(folder / "functions.onnx")
    command = [kiln, "run", folder / "functions.onnx"]
    arguments = {op: np.asarray(x, np.float32) for op, (_, x) in FUNCTIONS.items()}
    for op, x in arguments.items():
        np.save(folder / f"x_{op}.npy", x)
        command += ["--input", f"x_{op}={folder}/x_{op}.npy", "--output", f"y_{op}={folder}/y_{op}.npy"]
    subprocess.run(command, check=True)
    for op, x in arguments.items():
        check(op, x, np.load(folder / f"y_{op}.npy"))
    print(len(FUNCTIONS), "functions agree")


main()
