// Batch normalisation and ReLU, or a depthwise convolution, in front of a 1x1 convolution: some
// rows of pixels go to a buffer that stays in the cache while every block of filters reads it.
//
//   for block, row, column:  scratch[task][block][row][column]
//                              = max(0, input[..] * scale[block] + shift[block])
//                             or activation(bias[block] + sum over taps of input[..] * filter[..])
#include "compiler/lowering/KernelToVector/ConvPrologue.h"

#include "compiler/lowering/KernelToVector/ConvEmitter.h"

using namespace mlir;

namespace kiln {

/// max(0, x) where a NaN stays.
static Value relu(Emitter &e, Value x) {
  Value zero = e.constant(x.getType(), 0.0);
  Value isNegative = arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, zero, x);
  return arith::SelectOp::create(e, isNegative, zero, x);
}

/// The depthwise convolution as one of its own, into the scratch buffer. It lives as long as code
/// is emitted from it.
static kernel::ConvOp depthwiseOf(Emitter &e, kernel::ConvOp op) {
  SmallVector<int64_t> zeros(3, 0), ones(3, 1);
  return kernel::ConvOp::create(
      e, op.getLoc(), op.getInput(), op.getDepthwiseFilter(), op.getDepthwiseBias(),
      /*residual=*/Value(), /*scale=*/Value(), /*shift=*/Value(), /*depthwise=*/ValueRange(),
      /*scratch=*/Value(), op.getScratch(), nn::FilterForm::Depthwise, op.getChannels(),
      /*groups=*/op.getChannels(), /*filters=*/op.getChannels(), op.getStrides(), op.getDilations(),
      op.getOrigin(), op.getBorder(), op.getOutSize(), /*out_origin=*/zeros, /*out_steps=*/ones,
      /*residual_origin=*/zeros, op.getDepthwiseActivationAttr(),
      /*depthwise_activation=*/nn::ActivationAttr(), op.getDepthwiseScheduleAttr(),
      /*depthwise_schedule=*/kernel::ScheduleAttr());
}

static void emitPreactivation(Emitter &e, kernel::ConvOp op, Value image, Value plane,
                              IndexRange rows) {
  Value input = e.flat(op.getInput()), scratch = e.flat(op.getScratch());
  SmallVector<int64_t> inputSteps = stridesOf(op.getInput()),
                       scratchSteps = stridesOf(op.getScratch());
  Value inputAt = e.mul(image, inputSteps[0]), scratchAt = e.mul(e.task, scratchSteps[0]);
  for (int d = 0; d < 3; ++d)
    inputAt = e.add(inputAt, op.getOrigin()[d] * inputSteps[2 + d]);
  inputAt = e.add(inputAt, e.add(e.mul(plane, inputSteps[2]), e.mul(rows.begin, inputSteps[3])));
  e.forEach(shapeOf(op.getInput())[1], [&](Value block) {
    Value scale = e.loadVector(op.getScale(), e.mul(block, kLanes));
    Value shift = e.loadVector(op.getShift(), e.mul(block, kLanes));
    e.forEach({e.index(0), e.sub(rows.end, rows.begin)}, [&](Value row) {
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

void emitPrologue(Emitter &e, kernel::ConvOp op, Value image, Value plane, IndexRange rows) {
  if (op.getScale())
    return emitPreactivation(e, op, image, plane, rows);
  kernel::ConvOp depthwise = depthwiseOf(e, op);
  ConvEmitter(e, depthwise, /*isPrologue=*/true).emitRowsOf(image, plane, rows);
  depthwise.erase();
}

} // namespace kiln
