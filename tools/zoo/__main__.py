"""Writes networks of the zoo as files: python3 tools/zoo NAME... -o DIR."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from zoo.darknet import save_darknet  # noqa: E402
from zoo.keras import save_keras  # noqa: E402
from zoo.network import Network  # noqa: E402
from zoo.registry import NETWORKS  # noqa: E402
from zoo.verify import verify  # noqa: E402
from zoo.writer import save  # noqa: E402

OPSETS = range(7, 23)
SUFFIXES = {"onnx": ".onnx", "darknet": ".cfg", "keras": ".h5"}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="zoo", description="Writes published networks with deterministic random "
                                     "weights.")
    parser.add_argument("names", metavar="NAME", nargs="*", help="networks to write, or 'all'")
    parser.add_argument("-o", metavar="DIR", type=Path, dest="folder", help="where to write the files")
    parser.add_argument("--format", choices=SUFFIXES, default="onnx",
                        help="onnx; darknet: NAME.cfg and NAME.weights; keras: NAME.h5 (default: %(default)s)")
    parser.add_argument("--opset", type=int, default=13, help="version of the ONNX operators (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print every network and its figures, then stop")
    parser.add_argument("--verify", action="store_true", help="run each file with onnxruntime and check its numbers")
    arguments = parser.parse_args()
    if arguments.list:
        return arguments
    if not arguments.names:
        parser.error("no network named; --list prints their names")
    unknown = sorted(set(arguments.names) - {*NETWORKS, "all"})
    if unknown:
        parser.error(f"unknown network: {', '.join(unknown)}; --list prints their names")
    if not arguments.folder:
        parser.error("-o DIR is missing")
    if arguments.folder.exists() and not arguments.folder.is_dir():
        parser.error(f"{arguments.folder} is not a folder")
    if arguments.opset not in OPSETS:
        parser.error(f"opset {arguments.opset} is not supported; {OPSETS[0]} to {OPSETS[-1]} are")
    if arguments.verify and arguments.format != "onnx":
        parser.error("--verify is for --format=onnx")
    if "all" in arguments.names:
        arguments.names = list(NETWORKS)
    return arguments


def print_list() -> None:
    """One line a network: cost in multiply-adds, trained parameters, input shape, middle tensor."""
    print(f"{'name':<20}{'multiply-adds':>16}{'parameters':>13}  {'input':<16}middle tensor")
    for network in NETWORKS.values():
        graph = network.graph()
        shape = "x".join(map(str, graph.inputs[0].shape))
        print(f"{network.name:<20}{graph.multiply_adds:>16,}{graph.parameters:>13,}  {shape:<16}{network.middle}")


def write(network: Network, path: Path, opset: int) -> int:
    """The size of the file with the weights."""
    graph = network.graph(opset)
    if path.suffix == ".cfg":
        return save_darknet(graph, path, network.darknet_heads)
    return save_keras(graph, path) if path.suffix == ".h5" else save(graph, path)


def main() -> int:
    arguments = parse_arguments()
    if arguments.list:
        print_list()
        return 0
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for name in dict.fromkeys(arguments.names):
            path = arguments.folder / f"{name}{SUFFIXES[arguments.format]}"
            size = write(NETWORKS[name], path, arguments.opset)
            report = f"; {verify(path, NETWORKS[name])}" if arguments.verify else ""
            print(f"{path}: {size:,} bytes{report}", flush=True)
    except (OSError, ValueError) as error:
        print(f"zoo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
