"""All networks of the zoo by name."""

from zoo import (alexnet, deepface, densenet, facenet, inception, inception_deep, lenet, mobilenet, nin, resnet, segmentation,
                 shufflenet, squeezenet, ssd, style, vgg, volume, waveform, yolo)
from zoo.network import Network

FAMILIES = (lenet, alexnet, nin, vgg, inception, inception_deep, resnet, squeezenet, densenet, mobilenet, shufflenet,
            yolo, ssd, facenet, deepface, segmentation, style, waveform, volume)
NETWORKS: dict[str, Network] = {network.name: network for family in FAMILIES for network in family.NETWORKS}
