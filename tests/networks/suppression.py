"""Non-max suppression of compiled networks against NumPy: suppression.py KILN FOLDER.

Random boxes, some of them equal, with equal and missing scores; corners and centres; bounds that leave the best rows."""
import subprocess
import sys
from pathlib import Path

import numpy as np

FORM = """func.func @main(%b: tensor<{n}x{count}x4xf32> {{nn.name = "boxes"}}, %s: tensor<{n}x{classes}x{count}xf32> {{nn.name = "scores"}})
    -> (tensor<{bound}x3xi64> {{nn.name = "selected"}}, tensor<1xi64> {{nn.name = "count"}}) {{
  %0:2 = nn.non_max_suppression(%b, %s) {{max_per_class = {most} : i64, score_threshold = {score:e} : f64,
      iou_threshold = {overlap:e} : f64, center_point_box = {centred}}}
      : (tensor<{n}x{count}x4xf32>, tensor<{n}x{classes}x{count}xf32>) -> (tensor<{bound}x3xi64>, tensor<1xi64>)
  return %0#0, %0#1 : tensor<{bound}x3xi64>, tensor<1xi64>
}}
"""


def corners(box, centred):
    if centred:
        x, y, w, h = box
        half_w, half_h = np.float32(w * np.float32(0.5)), np.float32(h * np.float32(0.5))
        return x - half_w, y - half_h, x + half_w, y + half_h
    y0, x0, y1, x1 = box
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if not (width > 0 and height > 0):
        return np.float32(0)
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def expected(boxes, scores, case):
    rows = []
    for image in range(case["n"]):
        shapes = [corners(box, case["centred"] == "true") for box in boxes[image]]
        for number in range(case["classes"]):
            left = []
            order = sorted((i for i in range(case["count"]) if scores[image, number, i] > np.float32(case["score"])),
                           key=lambda i: -scores[image, number, i])
            for i in order:
                if len(left) < case["most"] and all(not overlap(shapes[j], shapes[i]) > np.float32(case["overlap"]) for j in left):
                    left.append(i)
            rows += [(image, number, i) for i in left]
    best = sorted(range(len(rows)), key=lambda at: -scores[rows[at]])[:case["bound"]]
    rows = [rows[at] for at in sorted(best)]
    return np.array(rows + [(-1, -1, -1)] * (case["bound"] - len(rows)), np.int64).reshape(-1, 3), len(rows)


def run(kiln, folder, index, case, rng):
    boxes = rng.random((case["n"], case["count"], 4), np.float32)
    scores = rng.integers(0, 9, (case["n"], case["classes"], case["count"])).astype(np.float32) / 8
    boxes[:, ::5] = boxes[:, :1]
    if index % 2:
        scores[0, 0, 0] = np.nan
    for name, array in (("b", boxes), ("s", scores)):
        np.save(folder / f"{name}.npy", array)
    model = folder / "net.mlir"
    model.write_text(FORM.format(**case))
    inputs = ["--input", str(folder / "b.npy"), "--input", str(folder / "s.npy")]
    subprocess.run([kiln, "run", model, *inputs, "--output", f"selected={folder}/y.npy", "--output", f"count={folder}/c.npy"], check=True)
    subprocess.run([kiln, "check", model, *inputs], check=True, stdout=subprocess.DEVNULL)
    rows, count = expected(boxes, scores, case)
    got, got_count = np.load(folder / "y.npy"), np.load(folder / "c.npy")
    assert got_count[0] == count and np.array_equal(got, rows), (case, count, got_count, rows, got)
    return count


def main():
    kiln, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    case = dict(n=1, count=20, classes=3, bound=60, most=20, score=0.25, overlap=0.3, centred="true")
    cases = [{}, {"centred": "false"}, {"n": 2, "most": 2}, {"bound": 4}, {"bound": 7, "n": 2, "centred": "false"}, {"most": 1}, {"count": 1, "most": 5}, {"score": 2.0}, {"overlap": 1.0}]
    counts = [run(kiln, folder, index, {**case, **change}, rng) for index, change in enumerate(cases)]
    print("rows", counts)


main()
