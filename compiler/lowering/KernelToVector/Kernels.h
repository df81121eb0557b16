// One emitter a kernel family: each emits loops and vector code in front of the op that it
// replaces.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_KERNELS_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_KERNELS_H

#include "compiler/lowering/KernelToVector/Emitter.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace kiln {

void emitConvolution(Emitter &e, kernel::ConvOp op);
void emitLocalConvolution(Emitter &e, kernel::LocalConvOp op);
void emitGemm(Emitter &e, kernel::GemmOp op);
void emitPool(Emitter &e, kernel::PoolOp op);
void emitLrn(Emitter &e, kernel::LrnOp op);
void emitResample(Emitter &e, kernel::ResampleOp op);
void emitNonMaxSuppression(Emitter &e, kernel::NonMaxSuppressionOp op);
void emitTopK(Emitter &e, kernel::TopKOp op);
void emitRoiAlign(Emitter &e, kernel::RoiAlignOp op);
void emitRelayout(Emitter &e, kernel::RelayoutOp op);
void emitPackFilter(Emitter &e, kernel::PackFilterOp op);
/// The packing of the Winograd forms.
void emitWinogradFilter(Emitter &e, kernel::PackFilterOp op);
void emitWinograd(Emitter &e, kernel::WinogradOp op);
/// Pairs of a tile and a tap in depth that it multiplies with: not those that its whole block of
/// tiles has in the border.
int64_t multipliedDepthTaps(kernel::WinogradOp op);
void emitWinogradInput(Emitter &e, kernel::WinogradInputOp op);
void emitFillBorder(Emitter &e, kernel::FillBorderOp op);
/// False, with nothing emitted that has an effect, where the op is not a pointwise walk over rows
/// of its buffers.
bool emitPointwise(Emitter &e, mlir::linalg::GenericOp op, int64_t tasks);
/// The same for a reduction of rows.
bool emitRowReduction(Emitter &e, mlir::linalg::GenericOp op, int64_t tasks);
/// The same for a product of matrices.
bool emitMatrixProduct(Emitter &e, mlir::linalg::GenericOp op, int64_t tasks);
/// The same for a copy that transposes.
bool emitTransposedCopy(Emitter &e, mlir::linalg::GenericOp op, int64_t tasks);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_KERNELS_H
