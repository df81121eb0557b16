"""What was measured as a table and as a plot."""
from pathlib import Path

TITLES = {"kiln": "Kiln", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "ncnn": "ncnn"}
COLORS = {"kiln": "#c8501e", "onnxruntime": "#7a7a7a", "openvino": "#3b6ea5", "ncnn": "#6a9a55"}


def minimum(row: dict, name: str) -> float | None:
    """The least time of a contender, unless it did not run or answered wrongly."""
    result = row["contenders"].get(name, {})
    return None if "problem" in result else result.get("minimum_ms")


def ratio(row: dict, name: str) -> float | None:
    """How many times as long as Kiln a contender takes, minimum over minimum."""
    own, other = minimum(row, "kiln"), minimum(row, name)
    return other / own if own and other else None


def contenders_of(rows: list[dict]) -> list[str]:
    return [name for name in TITLES if any(name in row["contenders"] for row in rows)]


def cell(row: dict, name: str) -> str:
    result = row["contenders"].get(name)
    if result is None:
        return ""
    if "problem" in result:
        return "-"
    return f"{result['minimum_ms']:.3f} ({result['median_ms']:.3f})"


def table(rows: list[dict]) -> str:
    """Milliseconds, minimum (median); then the peers' minima over Kiln's; then the machine at the time. Markdown."""
    names = contenders_of(rows)
    peers = [name for name in names if name != "kiln"]
    heads = ["network", "threads", *[TITLES[name] for name in names], *[f"/ {TITLES[name]}" for name in peers],
             "FMA GFLOP/s", "others"]
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        ratios = [ratio(row, name) for name in peers]
        machine = [f"{row['fma_gflops']:.0f}", f"{row['others'] + row['stolen']:.2f}"] if "fma_gflops" in row else ["", ""]
        lines.append([row["network"], str(row["threads"]), *[cell(row, name) for name in names],
                      *["-" if value is None else f"{value:.2f}" for value in ratios], *machine])
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    text = ["| " + " | ".join(part.ljust(width) for part, width in zip(line, widths)) + " |" for line in lines]
    problems = [f"{row['network']}, {row['threads']} threads, {TITLES[name]}: {result['problem']}"
                for row in rows for name, result in row["contenders"].items() if "problem" in result]
    return "\n".join([*text, *([""] + problems if problems else [])])


def plot(rows: list[dict], path: Path) -> None:
    """Bars of the ratios to Kiln, one picture a number of threads, in an SVG."""
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "kiln"
    import matplotlib.pyplot as plt
    counts = sorted({row["threads"] for row in rows})
    peers = [name for name in contenders_of(rows) if name != "kiln"]
    figure, axes = plt.subplots(len(counts), 1, figsize=(11, 3.6 * len(counts)), squeeze=False, layout="constrained")
    for axis, threads in zip(axes[:, 0], counts):
        part = [row for row in rows if row["threads"] == threads]
        for i, name in enumerate(peers):
            places = [x + (i - (len(peers) - 1) / 2) * 0.26 for x in range(len(part))]
            axis.bar(places, [ratio(row, name) or 0 for row in part], 0.24, color=COLORS[name], label=TITLES[name])
        axis.axhline(1, color=COLORS["kiln"], label="Kiln")
        axis.set_xticks(range(len(part)), [row["network"] for row in part], rotation=30, ha="right")
        axis.set_ylabel("time over Kiln's")
        axis.set_title(f"{threads} thread{'s' if threads > 1 else ''}: how many times as long as Kiln, minima of one run")
        axis.legend(ncols=4, frameon=False)
    figure.savefig(path, metadata={"Date": None})
