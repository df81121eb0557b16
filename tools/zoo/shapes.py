"""What writers of other formats have to know of a graph's nodes."""

import onnx
from onnx import NodeProto, TensorProto, helper

from zoo.graph import Graph


def attributes(node: NodeProto) -> dict:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def light(graph: Graph) -> onnx.ModelProto:
    """The graph with its weights as inputs; only the constants, which decide shapes, keep their values."""
    info = lambda t: helper.make_tensor_value_info(t.name, TensorProto.FLOAT, t.shape)
    inputs = graph.inputs + [i for i in graph.initializers if i.role != "constant"]
    constants = [onnx.numpy_helper.from_array(i.values(graph.name), i.name) for i in graph.initializers
                 if i.role == "constant"]
    nodes = helper.make_graph(graph.nodes, graph.name, [info(t) for t in inputs], [info(t) for t in graph.outputs],
                              constants)
    return helper.make_model(nodes, opset_imports=[helper.make_opsetid("", graph.opset)])


def shapes_of(graph: Graph) -> dict[str, tuple[int, ...]]:
    """Every tensor's shape as ONNX infers it."""
    model = onnx.shape_inference.infer_shapes(light(graph), strict_mode=True, data_prop=True)
    return {value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            for value in (*model.graph.value_info, *model.graph.input, *model.graph.output)}
