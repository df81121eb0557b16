// What a convolution does to its input before it reads it.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

/// Makes `rows` rows of all channels ready in the task's image of the scratch buffer, from the
/// output pixel at `first`: {image, depth, row}.
void emitPrologue(Emitter &e, kernel::ConvOp op, std::array<mlir::Value, 3> first,
                  mlir::Value rows);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H
