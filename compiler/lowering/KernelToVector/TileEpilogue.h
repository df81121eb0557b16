// What ends a register tile of a convolution.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_TILEEPILOGUE_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_TILEEPILOGUE_H

#include "compiler/lowering/KernelToVector/ConvGeometry.h"

namespace kiln {

/// `output = activation(sums + residual)` for the pixels of a tile.
struct TileEpilogue {
  Emitter &e;
  mlir::Value output, residual; ///< flat; the residual may be null
  MapWalk outputWalk, residualWalk;
  nn::ActivationAttr activation;

  /// Stores a vector of channels for each of rows x `columns` pixels, of which the first lies at
  /// `outputAt` and `residualAt`. Zeros fill the vectors up to `lanes`.
  void emit(mlir::ValueRange sums, int64_t columns, mlir::Value outputAt, mlir::Value residualAt,
            int64_t lanes = kLanes) const;

private:
  void activateStored(mlir::ValueRange sums, int64_t columns, mlir::Value outputAt,
                      int64_t lanes) const;
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_TILEEPILOGUE_H
