// What a convolution does to its input before it reads it.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

/// Makes some rows of output pixels of a plane of an image ready, all channels of them, in the
/// task's image of the scratch buffer.
void emitPrologue(Emitter &e, kernel::ConvOp op, mlir::Value image, mlir::Value plane,
                  IndexRange rows);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_CONVPROLOGUE_H
