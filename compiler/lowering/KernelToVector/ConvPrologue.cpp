// Batch normalisation and ReLU in front of a 1x1 convolution: the pixels of a row of tiles go to a
// buffer that stays in the cache while every block of filters reads it.
//
//   for block, row, column:  scratch[task][block][row][column] = max(0, input[..] * scale[block] +
//   shift[block])
#include "compiler/lowering/KernelToVector/ConvPrologue.h"

using namespace mlir;

namespace kiln {

/// max(0, x) where a NaN stays.
static Value relu(Emitter &e, Value x) {
  Value zero = e.constant(x.getType(), 0.0);
  Value isNegative = arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, zero, x);
  return arith::SelectOp::create(e, isNegative, zero, x);
}

void emitPrologue(Emitter &e, kernel::ConvOp op, std::array<Value, 3> first, Value rows) {
  Value input = e.flat(op.getInput()), scratch = e.flat(op.getScratch());
  SmallVector<int64_t> inputSteps = stridesOf(op.getInput()),
                       scratchSteps = stridesOf(op.getScratch());
  Value inputAt = e.mul(first[0], inputSteps[0]), scratchAt = e.mul(e.task, scratchSteps[0]);
  for (int d = 0; d < 3; ++d)
    inputAt = e.add(inputAt, op.getOrigin()[d] * inputSteps[2 + d]);
  inputAt = e.add(inputAt, e.add(e.mul(first[1], inputSteps[2]), e.mul(first[2], inputSteps[3])));
  e.forEach(shapeOf(op.getInput())[1], [&](Value block) {
    Value scale = e.loadVector(op.getScale(), e.mul(block, kLanes));
    Value shift = e.loadVector(op.getShift(), e.mul(block, kLanes));
    e.forEach({e.index(0), rows}, [&](Value row) {
      Value from = e.add(inputAt, e.add(e.mul(block, inputSteps[1]), e.mul(row, inputSteps[3])));
      Value to =
          e.add(scratchAt, e.add(e.mul(block, scratchSteps[1]), e.mul(row, scratchSteps[3])));
      e.forEach(op.getOutSize()[2], [&](Value column) {
        Value x = e.loadVector(input, e.add(from, e.mul(column, kLanes)));
        Value scaled = arith::AddFOp::create(e, arith::MulFOp::create(e, x, scale), shift);
        e.store(relu(e, scaled), scratch, e.add(to, e.mul(column, kLanes)));
      });
    });
  });
}

} // namespace kiln
