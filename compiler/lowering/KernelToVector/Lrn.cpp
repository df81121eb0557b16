// Local response normalisation across channels: 16 channels of a pixel are one vector, their
// neighbours come from the blocks beside it by shuffles.
//
//   for unit of (image, block, d, h), w:           the part of this task
//     s = squares of blocks - 1, 0, + 1            0 where there is no channel
//     out = x / (bias + alpha / window * sum of s shifted by each offset of the window) ^ beta
//
// The usual beta of 0.75 is sqrt(y) * sqrt(sqrt(y)), three instructions instead of a logarithm and
// an exponential.
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace kiln {
namespace {

class LrnEmitter {
public:
  LrnEmitter(Emitter &e, kernel::LrnOp op)
      : e(e), op(op), input(e.flat(op.getInput())), output(e.flat(op.getOutput())),
        inputSteps(stridesOf(op.getInput())), outputSteps(stridesOf(op.getOutput())),
        type(lanesOf(e.getF32Type())), channels(op.getChannels()),
        blocks(llvm::divideCeilSigned(channels, kLanes)) {
    int64_t window = op.getWindow();
    before = std::min((window - 1) / 2, channels - 1);
    after = std::min(window / 2, channels - 1);
  }

  void emit();

private:
  void emitPixel(Value block, Value inputAt, Value outputAt);
  Value squares(Value block, Value inputAt, int64_t distance);
  Value shifted(const std::map<int64_t, Value> &squares, int64_t offset);
  Value power(Value base);
  Value constant(double value) { return e.constant(type, value); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(e, x, y); }

  Emitter &e;
  kernel::LrnOp op;
  Value input, output;
  SmallVector<int64_t> inputSteps, outputSteps;
  VectorType type;
  int64_t channels, blocks, before, after;
};

void LrnEmitter::emit() {
  ArrayRef<int64_t> map = op.getMap();
  auto rowOffset = [&](ArrayRef<Value> unit, ArrayRef<int64_t> steps, ArrayRef<int64_t> origin) {
    Value offset = e.index(origin[0] * steps[2] + origin[1] * steps[3] + origin[2] * steps[4]);
    for (int d = 0; d < 4; ++d)
      offset = e.add(e.mul(unit[d], steps[d]), offset);
    return offset;
  };
  e.forEachRow(op.getSchedule().getTasks(), {shapeOf(op.getInput())[0], blocks, map[0], map[1]},
               [&](ArrayRef<Value> unit) {
                 Value inputRow = rowOffset(unit, inputSteps, op.getInOrigin());
                 Value outputRow = rowOffset(unit, outputSteps, op.getOutOrigin());
                 e.forEach(map[2], [&](Value w) {
                   emitPixel(unit[1], e.add(inputRow, e.mul(w, kLanes)),
                             e.add(outputRow, e.mul(w, kLanes)));
                 });
               });
}

void LrnEmitter::emitPixel(Value block, Value inputAt, Value outputAt) {
  std::map<int64_t, Value> squared;
  for (int64_t distance = -llvm::divideCeilSigned(before, kLanes),
               last = llvm::divideCeilSigned(after, kLanes);
       distance <= last; ++distance)
    squared[distance] = squares(block, inputAt, distance);
  Value sum;
  for (int64_t offset = -before; offset <= after; ++offset) {
    Value term = shifted(squared, offset);
    sum = sum ? arith::AddFOp::create(e, sum, term).getResult() : term;
  }
  double scale = op.getAlpha().convertToDouble() / op.getWindow();
  Value base = e.multiplyAdd(sum, constant(scale), constant(op.getBias().convertToDouble()));
  e.store(arith::DivFOp::create(e, e.loadVector(input, inputAt), power(base)), output, outputAt);
}

/// The squares of the block `distance` blocks on, 0 where there is no channel.
Value LrnEmitter::squares(Value block, Value inputAt, int64_t distance) {
  Value there = e.add(block, distance), zero = constant(0.0);
  Value exists;
  if (distance < 0)
    exists = e.less(e.index(-1), there);
  if (distance > 0)
    exists = e.less(there, e.index(blocks));
  // The load stays inside the map: its own block stands for one that is not there.
  Value step = e.index(distance * inputSteps[1]);
  Value at = exists ? e.add(inputAt, e.choose(exists, step, e.index(0))) : inputAt;
  Value x = e.loadVector(input, at);
  Value square = mul(x, x);
  if (int64_t rest = channels % kLanes) {
    SmallVector<bool> lanes(kLanes);
    std::fill_n(lanes.begin(), rest, true);
    auto maskType = lanesOf(e.getI1Type());
    Value mask =
        arith::ConstantOp::create(e, DenseElementsAttr::get(maskType, ArrayRef<bool>(lanes)));
    Value masked = arith::SelectOp::create(e, mask, square, zero);
    Value isLast = e.equal(there, blocks - 1);
    square = arith::SelectOp::create(e, isLast, masked, square);
  }
  return exists ? arith::SelectOp::create(e, exists, square, zero).getResult() : square;
}

/// Lane i holds the square of channel i + offset.
Value LrnEmitter::shifted(const std::map<int64_t, Value> &squares, int64_t offset) {
  int64_t lane = ((offset % kLanes) + kLanes) % kLanes, block = (offset - lane) / kLanes;
  if (lane == 0)
    return squares.at(block);
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < kLanes; ++i)
    order.push_back(lane + i);
  return vector::ShuffleOp::create(e, squares.at(block), squares.at(block + 1), order);
}

/// base ^ beta; the base is positive for every sensible bias.
Value LrnEmitter::power(Value base) {
  double beta = op.getBeta().convertToDouble();
  auto sqrt = [&](Value x) -> Value { return math::SqrtOp::create(e, x); };
  if (beta == 1.0)
    return base;
  if (beta == 0.5)
    return sqrt(base);
  if (beta == 0.75) {
    Value root = sqrt(base);
    return mul(root, sqrt(root));
  }
  return math::PowFOp::create(e, base, constant(beta));
}

} // namespace

void emitLrn(Emitter &e, kernel::LrnOp op) { LrnEmitter(e, op).emit(); }

} // namespace kiln
