// The layers of an imported network, before any pass has touched them: what kiln summary prints.
#ifndef KILN_TOOLS_KILN_LAYERTABLE_H
#define KILN_TOOLS_KILN_LAYERTABLE_H

#include "tools/kiln/ReceptiveField.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace kiln::tool {

/// A node of the model, which may be several ops.
struct LayerRow {
  std::string name, type;
  std::vector<int64_t> shape; ///< of the last result, as the format has it, or N x C x spatial
  int64_t trainable = 0, nonTrainable = 0;                 ///< numbers
  int64_t repeatedTrainable = 0, repeatedNonTrainable = 0; ///< of them, that a row before has too
  int64_t multiplyAdds = 0;
  int64_t activationBytes = 0, weightBytes = 0;
  std::vector<std::string> connectedTo;
  ReceptiveField field;  ///< empty: the whole input, or no regular one
  int64_t position = 0;  ///< in the file, where its format orders the layers
  int64_t end = 0;       ///< of the layers inside, which stand behind it
  bool isInside = false; ///< of another row, which counts it

  int64_t parameters() const { return trainable + nonTrainable; }
};

/// Whether the layers of nested models have rows behind the model's.
enum class NestedModels { OneRow, Expanded };

/// The inputs, then the layers in the order of the file, or in program order.
std::vector<LayerRow> layerTable(mlir::func::FuncOp network, NestedModels nested);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_LAYERTABLE_H
