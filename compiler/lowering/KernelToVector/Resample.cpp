// Resampling by tables: each output pixel is a weighted sum of input pixels, 16 channels at a time.
//
//   for unit of (image, block, d, h), w:           the part of this task
//     for td, th, tw:
//       sum += weight[d][td] * weight[h][th] * weight[w][tw]
//              * input[index[d][td]][index[h][th]][index[w][tw]]
//
// Without weights there is one tap, and the pixel is copied as it is.
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

class ResampleEmitter {
public:
  ResampleEmitter(Emitter &e, kernel::ResampleOp op)
      : e(e), op(op), input(e.flat(op.getInput())), indices(e.flat(op.getIndices())),
        weights(op.getWeights() ? e.flat(op.getWeights()) : Value()),
        output(e.flat(op.getOutput())), inputSteps(stridesOf(op.getInput())),
        outputSteps(stridesOf(op.getOutput())) {}

  void emit();

private:
  Value emitDimension(int dim, Value inputAt, Value weight, Value sum);
  Value firstPixel(ArrayRef<Value> unit, ArrayRef<int64_t> steps, ArrayRef<int64_t> origin);

  Emitter &e;
  kernel::ResampleOp op;
  Value input, indices, weights, output;
  SmallVector<int64_t> inputSteps, outputSteps;
  Value pixel[3]; ///< the output pixel at hand
};

/// Where the pixels of an image's block begin.
Value ResampleEmitter::firstPixel(ArrayRef<Value> unit, ArrayRef<int64_t> steps,
                                  ArrayRef<int64_t> origin) {
  Value offset = e.add(e.mul(unit[0], steps[0]), e.mul(unit[1], steps[1]));
  return e.add(offset, origin[0] * steps[2] + origin[1] * steps[3] + origin[2] * steps[4]);
}

void ResampleEmitter::emit() {
  ArrayRef<int64_t> shape = shapeOf(op.getInput()), size = op.getOutSize();
  e.forEachUnit(op.getSchedule().getTasks(), {shape[0], shape[1], size[0], size[1]},
                [&](ArrayRef<Value> unit) {
                  Value inputAt = firstPixel(unit, inputSteps, op.getInOrigin());
                  Value outputRow = firstPixel(unit, outputSteps, op.getOutOrigin());
                  outputRow = e.add(outputRow, e.add(e.mul(unit[2], outputSteps[2]),
                                                     e.mul(unit[3], outputSteps[3])));
                  pixel[0] = unit[2], pixel[1] = unit[3];
                  e.forEach(size[2], [&](Value w) {
                    pixel[2] = w;
                    Value none = weights ? e.constant(lanesOf(e.getF32Type()), 0.0) : Value();
                    e.store(emitDimension(0, inputAt, Value(), none), output,
                            e.add(outputRow, e.mul(w, outputSteps[4])));
                  });
                });
}

/// Adds the taps of a dimension and of those behind it to `sum`; `weight` is the product so far,
/// null for 1.
Value ResampleEmitter::emitDimension(int dim, Value inputAt, Value weight, Value sum) {
  if (dim == 3) {
    Value lanes = e.loadVector(input, inputAt);
    if (!weights)
      return lanes;
    if (!weight)
      return arith::AddFOp::create(e, sum, lanes);
    return e.multiplyAdd(vector::BroadcastOp::create(e, cast<VectorType>(lanes.getType()), weight),
                         lanes, sum);
  }
  int64_t table = 0, taps = op.getTaps()[dim];
  for (int before = 0; before < dim; ++before)
    table += op.getTaps()[before] * op.getOutSize()[before];
  Value first = e.add(e.mul(pixel[dim], taps), table);
  auto emitTap = [&](Value tap, Value carried) {
    Value entry = e.add(first, tap);
    Value index = arith::IndexCastOp::create(e, e.getIndexType(), e.loadScalar(indices, entry));
    Value product = weight;
    if (taps > 1) {
      Value own = e.loadScalar(weights, entry);
      product = weight ? arith::MulFOp::create(e, weight, own).getResult() : own;
    }
    return emitDimension(dim + 1, e.add(inputAt, e.mul(index, inputSteps[2 + dim])), product,
                         carried);
  };
  if (taps == 1)
    return emitTap(e.index(0), sum);
  return e.reduce({e.index(0), e.index(taps)}, sum, [&](Value tap, ValueRange carried) {
    return SmallVector<Value>{emitTap(tap, carried[0])};
  })[0];
}

} // namespace

void emitResample(Emitter &e, kernel::ResampleOp op) { ResampleEmitter(e, op).emit(); }

} // namespace kiln
