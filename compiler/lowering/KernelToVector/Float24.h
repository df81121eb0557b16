// Floats of 24 bits, sixteen in a vector: from f32, and back. `#nn.packed` defines them, and the
// words in which four rows of them lie.
//
//   word i of a lane:   s eeeeee fffffffffffffffff | a third of row 3's bits
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_FLOAT24_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_FLOAT24_H

#include "compiler/lowering/KernelToVector/Emitter.h"

namespace kiln {

using nn::kRowsOfWords, nn::kWordsOfRows;

/// The words of four rows of f32, each rounded to the nearest float of 24 bits.
llvm::SmallVector<mlir::Value> emitRounded(Emitter &e, mlir::ValueRange rows);

/// The first `count` of the four rows in these words, exact in f32.
llvm::SmallVector<mlir::Value> emitWidened(Emitter &e, mlir::ValueRange words, int64_t count);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_FLOAT24_H
