"""What the zoo knows about a network."""

from dataclasses import dataclass, field
from typing import Callable

from zoo.graph import Graph


@dataclass(frozen=True)
class Network:
    """A published network: how to build it and where it comes from.

    `middle` names a tensor about half way through, for comparisons that should not wait for the end. `darknet_heads` has the
    section that Darknet puts behind an output to find boxes in it.
    """

    name: str
    build: Callable[[Graph], None]
    middle: str
    paper: str
    darknet_heads: dict[str, str] = field(default_factory=dict)

    def graph(self, opset: int = 13) -> Graph:
        """The network's graph in this opset; ValueError where the opset cannot express it."""
        graph = Graph(self.name, opset)
        self.build(graph)
        return graph
