// The types of the network's inputs: what the architecture declares, what the user says, and 1 for
// an open batch.
#ifndef KILN_FRONTENDS_KERAS_KERASINPUTS_H
#define KILN_FRONTENDS_KERAS_KERASINPUTS_H

#include "dialects/nn/NnInputShape.h"
#include "frontends/keras/KerasModel.h"

#include "mlir/IR/BuiltinTypes.h"

namespace kiln::keras_frontend {

/// One static type an input, in order. Errors list all open dimensions, shapes given for unknown
/// inputs and shapes that contradict the model.
mlir::FailureOr<llvm::SmallVector<mlir::RankedTensorType>>
resolveInputTypes(llvm::ArrayRef<const LayerConfig *> inputs, llvm::ArrayRef<InputShape> given,
                  mlir::Location loc);

} // namespace kiln::keras_frontend

#endif // KILN_FRONTENDS_KERAS_KERASINPUTS_H
