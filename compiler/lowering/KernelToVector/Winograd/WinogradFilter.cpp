// Filters for Winograd convolutions: U = G g G^T of every filter, sixteen filters at a time in the
// lanes of a vector, in f64 and rounded once.
//
//   for unit of (filter block, depth tap, channel)     the part of this task
//     out[block][point][depth tap, channel][16] = G g G^T
#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"

using namespace mlir;

namespace kiln {
namespace {

class WinogradFilterEmitter {
public:
  WinogradFilterEmitter(Emitter &e, kernel::PackFilterOp op)
      : e(e), op(op), input(e.flat(op.getInput())), output(e.flat(op.getOutput())),
        filters(shapeOf(op.getInput())[0]), inputSteps(stridesOf(op.getInput())),
        outputSteps(stridesOf(op.getOutput())),
        element(cast<MemRefType>(op.getInput().getType()).getElementType()),
        sizes(nn::WinogradSizes::ofFilter(op.getForm(), shapeOf(op.getInput()))),
        downMatrix(WinogradMatrices::of(sizes.tile[0], sizes.taps[0]).filter),
        acrossMatrix(WinogradMatrices::of(sizes.tile[1], sizes.taps[1]).filter) {}

  void emit() {
    int64_t blocks = shapeOf(op.getOutput())[0], channels = shapeOf(op.getInput())[1];
    auto units = {blocks, sizes.depthTaps, channels};
    e.forEachUnit(op.getSchedule().getTasks(), units, [&](ArrayRef<Value> at) {
      Value from = e.add(e.mul(at[0], kLanes * inputSteps[0]), e.mul(at[1], inputSteps[2]));
      from = e.add(from, e.mul(at[2], inputSteps[1]));
      Value channel = e.add(e.mul(at[1], channels), at[2]);
      Value to = e.add(e.mul(at[0], outputSteps[0]), e.mul(channel, outputSteps[2]));
      e.withPart(at[0], filters, kLanes, [&](int64_t lanes) { emitFilters(from, to, lanes); });
    });
  }

private:
  void emitFilters(Value from, Value to, int64_t lanes);
  Value loadTap(Value from, int64_t lanes);

  Emitter &e;
  kernel::PackFilterOp op;
  Value input, output;
  int64_t filters;
  SmallVector<int64_t> inputSteps, outputSteps;
  Type element;
  nn::WinogradSizes sizes;
  Matrix downMatrix, acrossMatrix; ///< G for columns and for rows of taps
};

void WinogradFilterEmitter::emitFilters(Value from, Value to, int64_t lanes) {
  // Rows of g G^T, then columns of G (g G^T).
  SmallVector<SmallVector<Value>> rows;
  for (int64_t row = 0; row < sizes.taps[0]; ++row) {
    SmallVector<Value> taps;
    for (int64_t column = 0; column < sizes.taps[1]; ++column)
      taps.push_back(loadTap(e.add(from, row * sizes.taps[1] + column), lanes));
    rows.push_back(applyMatrix(e, acrossMatrix, taps));
  }
  for (int64_t column = 0; column < sizes.extent[1]; ++column) {
    SmallVector<Value> taps =
        llvm::map_to_vector(rows, [&](const auto &row) { return row[column]; });
    for (auto [row, value] : llvm::enumerate(applyMatrix(e, downMatrix, taps))) {
      Value rounded =
          element.isF64() ? value : arith::TruncFOp::create(e, lanesOf(element), value).getResult();
      e.store(rounded, output, e.add(to, (row * sizes.extent[1] + column) * outputSteps[1]));
    }
  }
}

/// One tap of neighbouring filters in f64; zeros beyond `lanes`.
Value WinogradFilterEmitter::loadTap(Value from, int64_t lanes) {
  SmallVector<Value> values;
  for (int64_t lane = 0; lane < kLanes; ++lane)
    values.push_back(lane < lanes ? e.loadScalar(input, e.add(from, lane * inputSteps[0]))
                                  : e.constant(element, 0));
  Value taps = vector::FromElementsOp::create(e, lanesOf(element), values);
  return element.isF64() ? taps
                         : arith::ExtFOp::create(e, lanesOf(e.getF64Type()), taps).getResult();
}

} // namespace

void emitWinogradFilter(Emitter &e, kernel::PackFilterOp op) {
  WinogradFilterEmitter(e, op).emit();
}

} // namespace kiln
