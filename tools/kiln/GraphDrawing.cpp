// A layered drawing: the layer of a node is the longest way to it, and within a layer nodes are
// ordered by where their producers stand. Lines that pass a layer bend around its nodes.
#include "tools/kiln/GraphDrawing.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <tuple>

using namespace mlir;

namespace kiln::tool {
namespace {

constexpr double nodeWidth = 210, nodeHeight = 46, columnStep = 230, layerStep = 78, margin = 20;

std::string nameOf(Location location) {
  if (auto name = dyn_cast<NameLoc>(location))
    return name.getName().str();
  if (auto fused = dyn_cast<FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string name = nameOf(part); !name.empty())
        return name;
  return "";
}

std::string shapeOf(Type type) {
  std::string text;
  llvm::raw_string_ostream out(text);
  auto tensor = cast<RankedTensorType>(type);
  for (int64_t size : tensor.getShape())
    out << size << "x";
  out << tensor.getElementType();
  return text;
}

class GraphBuilder {
public:
  explicit GraphBuilder(func::FuncOp network) {
    for (BlockArgument argument : network.getArguments())
      add({"input", nameOf(argument.getLoc()), shapeOf(argument.getType()), "", {}}, argument);
    for (Operation &op : network.getBody().front())
      if (llvm::any_of(op.getOperands(), [&](Value operand) { return nodeOf.contains(operand); }))
        addOp(op);
    for (auto &layer : layers)
      placeLayer(layer.second);
  }

  std::vector<GraphNode> nodes;

private:
  void add(GraphNode node, ValueRange results) {
    for (Value result : results)
      nodeOf[result] = nodes.size();
    layers[node.layer].push_back(nodes.size());
    nodes.push_back(std::move(node));
  }

  void addOp(Operation &op) {
    bool isEnd = op.hasTrait<OpTrait::IsTerminator>();
    GraphNode node{
        isEnd ? "output" : op.getName().getStringRef().str(), nameOf(op.getLoc()), "", "", {}};
    if (!isEnd)
      node.shape = shapeOf(op.getResult(0).getType());
    llvm::raw_string_ostream(node.attributes) << op.getAttrDictionary();
    for (Value operand : op.getOperands()) {
      auto producer = nodeOf.find(operand);
      if (producer == nodeOf.end())
        node.kind += " " + shapeOf(operand.getType());
      else if (!llvm::is_contained(node.from, producer->second))
        node.from.push_back(producer->second);
    }
    for (size_t producer : node.from)
      node.layer = std::max(node.layer, nodes[producer].layer + 1);
    add(std::move(node), op.getResults());
  }

  /// From left to right by the mean of the producers' columns, a column apart at least, and as a
  /// whole below them.
  void placeLayer(std::vector<size_t> &layer) {
    double wantedSum = 0, gotSum = 0, next = -1e9;
    for (size_t index : layer) {
      GraphNode &node = nodes[index];
      for (size_t producer : node.from)
        node.column += nodes[producer].column / static_cast<double>(node.from.size());
    }
    llvm::sort(layer, [&](size_t a, size_t b) {
      return std::tie(nodes[a].column, a) < std::tie(nodes[b].column, b);
    });
    for (size_t index : layer) {
      wantedSum += nodes[index].column;
      nodes[index].column = std::max(nodes[index].column, next);
      gotSum += nodes[index].column;
      next = nodes[index].column + 1;
    }
    double shift = (wantedSum - gotSum) / static_cast<double>(layer.size());
    for (size_t index : layer)
      nodes[index].column += shift;
  }

  llvm::DenseMap<Value, size_t> nodeOf;
  llvm::MapVector<int64_t, std::vector<size_t>> layers;
};

std::string escaped(llvm::StringRef text) {
  std::string result;
  llvm::raw_string_ostream out(result);
  llvm::printHTMLEscaped(llvm::json::fixUTF8(text), out);
  return result;
}

/// As much of a text as a node has room for; the tooltip has all of it.
std::string fitting(llvm::StringRef text) {
  constexpr size_t room = 34;
  return text.size() <= room ? escaped(text) : escaped(text.take_front(room - 3)) + "...";
}

/// Where a node's upper left corner is.
struct Corner {
  double x, y;
};

void drawLine(Corner from, Corner to, int64_t layers, llvm::raw_ostream &out) {
  double x0 = from.x + nodeWidth / 2, y0 = from.y + nodeHeight, x1 = to.x + nodeWidth / 2,
         y1 = to.y;
  // Past other layers, to the side of what stands straight below.
  double side = layers > 1 && std::abs(x1 - x0) < columnStep ? 0.75 * columnStep : 0;
  double bend = std::max(20.0, (y1 - y0) / 3);
  out << llvm::formatv("<path d='M{0:F1} {1:F1} C{2:F1} {3:F1} {4:F1} {5:F1} {6:F1} {7:F1}'/>\n",
                       x0, y0, x0 + side, y0 + bend, x1 + side, y1 - bend, x1, y1);
}

void drawNode(const GraphNode &node, Corner at, llvm::raw_ostream &out) {
  llvm::StringRef kind = llvm::StringRef(node.kind).split(' ').first;
  out << llvm::formatv("<g class='{0}' transform='translate({1:F1} {2:F1})'><title>{3}</title>",
                       escaped(kind.rsplit('.').second.empty() ? kind : kind.rsplit('.').second),
                       at.x, at.y, escaped(node.kind + "\n" + node.name + "\n" + node.attributes))
      << llvm::formatv("<rect width='{0}' height='{1}' rx='5'/>", nodeWidth, nodeHeight)
      << "<text x='8' y='15' class='kind'>" << fitting(node.kind) << "</text><text x='8' y='28'>"
      << fitting(node.name) << "</text><text x='8' y='41'>" << node.shape << "</text></g>\n";
}

} // namespace

std::vector<GraphNode> placeGraph(func::FuncOp network) { return GraphBuilder(network).nodes; }

void drawGraph(const std::vector<GraphNode> &nodes, llvm::raw_ostream &out) {
  double left = 0, right = 0;
  int64_t layers = 0;
  for (const GraphNode &node : nodes) {
    left = std::min(left, node.column);
    right = std::max(right, node.column);
    layers = std::max(layers, node.layer);
  }
  auto cornerOf = [&](const GraphNode &node) {
    return Corner{margin + (node.column - left) * columnStep,
                  margin + static_cast<double>(node.layer) * layerStep};
  };
  out << llvm::formatv("<svg width='{0:F0}' height='{1:F0}'>\n",
                       2 * margin + (right - left + 2) * columnStep,
                       2 * margin + static_cast<double>(layers) * layerStep + nodeHeight);
  for (const GraphNode &node : nodes)
    for (size_t producer : node.from)
      drawLine(cornerOf(nodes[producer]), cornerOf(node), node.layer - nodes[producer].layer, out);
  for (const GraphNode &node : nodes)
    drawNode(node, cornerOf(node), out);
  out << "</svg>\n";
}

} // namespace kiln::tool
