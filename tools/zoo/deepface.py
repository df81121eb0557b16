"""DeepFace: faces in a frontal view, where each place has filters of its own."""

from zoo.graph import Graph
from zoo.network import Network

PEOPLE = 4030


def deepface(g: Graph) -> None:
    """1x3x152x152 to the probabilities of 4030 people: C1, M2, C3, L4 to L6, F7 and F8 of figure 2."""
    x = g.relu(g.conv(g.input("input", 1, 3, 152, 152), "C1", 32, 11))
    x = g.max_pool(x, "M2", 3, 2, (0, 0, 1, 1))
    x = g.relu(g.conv(x, "C3", 16, 9))
    for name, kernel, stride in (("L4", 9, 1), ("L5", 7, 2), ("L6", 5, 1)):
        x = g.relu(g.local_conv(x, name, 16, kernel, stride))
    x = g.dropout(g.relu(g.dense(g.flatten(x), "F7", 4096)), "F7/dropout")
    g.output(g.classifier(x, "F8", PEOPLE))


NETWORKS = [Network("deepface", deepface, "L4/relu",
                    'Taigman et al., "DeepFace: Closing the Gap to Human-Level Performance in Face Verification", 2014')]
