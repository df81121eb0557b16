// Weights never pass through LLVM or the linker. An object gets them as one more section, read-only
// and aligned to a page (from 4 MiB on to 2 MiB), which defines the symbol that LLVM left
// undefined:
//   net.o: .text .data.rel.ro ... UND net_weights
//   ->   the same, .kiln_weights, net_weights defined in it
// A program or shared library is linked with a section that takes address space only (NOBITS);
// afterwards the bytes are inserted into the file and the headers behind them moved. So 550 MB are
// copied once, and occupy no memory of this process.
#ifndef KILN_COMPILER_CODEGEN_ELFWRITER_H
#define KILN_COMPILER_CODEGEN_ELFWRITER_H

#include "compiler/codegen/WeightsFile.h"

#include "llvm/ADT/SmallVector.h"

namespace kiln {

/// Name of the section that holds weights.
inline constexpr llvm::StringLiteral weightsSection = ".kiln_weights";

/// Whether a section carries its bytes or only reserves addresses for them.
enum class WeightsContent { Appended, Reserved };

/// `object` (relocatable ELF64, little-endian) with a weights section of `bytes` that defines the
/// undefined symbol `symbol` as hidden. Appended: the result ends where the weights have to follow.
llvm::Expected<llvm::SmallVector<char, 0>> addWeightsSection(llvm::ArrayRef<char> object,
                                                             llvm::StringRef symbol, uint64_t bytes,
                                                             WeightsContent content);

/// Whether the linked image at `path` reserves its weights where insertWeights can put them.
llvm::Expected<bool> canInsertWeights(llvm::StringRef path, uint64_t bytes);

/// Writes the linked image `from` to `to` with the weights in their place.
llvm::Error insertWeights(llvm::StringRef from, llvm::StringRef to, const WeightsFile &weights);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_ELFWRITER_H
