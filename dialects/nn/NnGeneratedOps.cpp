// The generated definitions of the nn ops, alone in their file because they are slow to compile.
#include "dialects/nn/NnDialect.h"

namespace kiln::nn {
/// The assembly of nn.conv's optional operands: `, bias %b`, `, residual %r`, both or neither.
mlir::ParseResult parseAddends(mlir::OpAsmParser &parser,
                               std::optional<mlir::OpAsmParser::UnresolvedOperand> &bias,
                               std::optional<mlir::OpAsmParser::UnresolvedOperand> &residual);
void printAddends(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::Value bias,
                  mlir::Value residual);
} // namespace kiln::nn

#define GET_OP_CLASSES
#include "dialects/nn/NnOps.cpp.inc"
