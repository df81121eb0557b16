// A network as a drawing: its ops in layers from the inputs down, tensors as lines between them.
#ifndef KILN_TOOLS_KILN_GRAPHDRAWING_H
#define KILN_TOOLS_KILN_GRAPHDRAWING_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace kiln::tool {

/// An input or an op. What follows from constants alone is no node; the shapes of weights stand in
/// the nodes that read them.
struct GraphNode {
  std::string kind;         ///< "nn.conv", "input"
  std::string name;         ///< the model's, of the first result
  std::string shape;        ///< of the first result: "1x64x56x56xf32"
  std::string attributes;   ///< as the op's assembly has them
  std::vector<size_t> from; ///< the nodes that it reads, each once
  int64_t layer = 0;        ///< all that it reads lies in smaller ones
  double column = 0;        ///< in widths of a node, from the middle
};

/// The nodes in program order, placed so that lines are short: a node stands below the middle of
/// those that it reads, as far as there is room.
std::vector<GraphNode> placeGraph(mlir::func::FuncOp network);

/// Writes the drawing as an SVG element. Its text is escaped: names may hold anything.
void drawGraph(const std::vector<GraphNode> &nodes, llvm::raw_ostream &out);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_GRAPHDRAWING_H
