"""All networks of the zoo by name."""

from zoo import alexnet, densenet, inception, lenet, mobilenet, resnet, shufflenet, squeezenet, vgg, yolo
from zoo.network import Network

FAMILIES = (lenet, alexnet, vgg, inception, resnet, squeezenet, densenet, mobilenet, shufflenet, yolo)
NETWORKS: dict[str, Network] = {network.name: network for family in FAMILIES for network in family.NETWORKS}
