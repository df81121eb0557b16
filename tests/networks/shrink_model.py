"""Makes a model that fails smaller while it still fails: fewer layers behind the failure, then fewer before it."""
import onnx
from onnx import helper, numpy_helper
from random_network import session, value_info


def all_values(model, inputs):
    """Every tensor of the model by its name, as ONNX Runtime computes it."""
    values = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer} | dict(inputs)
    for node in model.graph.node:
        # One node at a time: fused or folded, some would not show.
        used = [name for name in dict.fromkeys(node.input) if name]
        graph = helper.make_graph(
            [node], "node", [value_info(name, values[name]) for name in used],
            [helper.make_empty_tensor_value_info(name) for name in node.output],
        )
        single = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
        values |= zip(node.output, session(single).run(None, {name: values[name] for name in used}))
    return values


def cut(model, values, outputs, given):
    """The part of the model that computes `outputs` from `given` tensors; and the values of its inputs."""
    needed, nodes = set(outputs), []
    for node in reversed(model.graph.node):
        if any(name in needed and name not in given for name in node.output):
            nodes.insert(0, node)
            needed |= {name for name in node.input if name}
    weights = [t for t in model.graph.initializer if t.name in needed and t.name not in given]
    names = {t.name for t in weights} | {name for node in nodes for name in node.output}
    inputs = [name for name in values if name in needed and name not in names]
    declared = inputs + ([t.name for t in weights] if model.ir_version < 4 else [])
    graph = helper.make_graph(
        nodes, "cut", [value_info(name, values[name]) for name in declared],
        [value_info(name, values[name]) for name in outputs], weights,
    )
    small = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return small, {name: values[name] for name in inputs}


def shrink(model, inputs, fails):
    """The smallest model found with its inputs; `fails(model, inputs)` tells whether one still fails."""
    values = all_values(model, inputs)
    best = (model, inputs)
    for node in model.graph.node:
        candidate = cut(model, values, [node.output[0]], set())
        if fails(*candidate):
            best = candidate
            break
    given = set()
    for node in list(best[0].graph.node)[:-1]:
        more = given | set(node.output)
        candidate = cut(best[0], values, [output.name for output in best[0].graph.output], more)
        if len(candidate[0].graph.node) < len(best[0].graph.node) and fails(*candidate):
            best, given = candidate, more
    return best
