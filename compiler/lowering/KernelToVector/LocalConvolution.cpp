// Locally connected convolution. Every weight is used once an image, so the loops follow the
// weights as they lie in memory: all filters of one tap side by side, as many vectors of
// accumulators as registers hold at a time.
//
//   for unit of (output pixel, up to eight blocks of filters), image:      the part of this task
//     for channel, kd, kh, kw:   for block:  a[block] += input[..] * filter[pixel][tap][block]
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

class LocalConvEmitter {
public:
  LocalConvEmitter(Emitter &e, kernel::LocalConvOp op)
      : e(e), op(op), input(e.flat(op.getInput())), filter(e.flat(op.getFilter())),
        output(e.flat(op.getOutput())), inputSteps(stridesOf(op.getInput())),
        outputSteps(stridesOf(op.getOutput())), size(op.getOutSize()),
        filters(shapeOf(op.getFilter())[2]), taps(shapeOf(op.getFilter())[1]) {}

  void emit();

private:
  void emitPixel(Value pixel, int64_t firstBlock, int64_t blocks);
  SmallVector<Value> emitTap(Value inputAt, Value filterAt, ValueRange sums, int64_t firstBlock);
  Value loadWeights(Value at, int64_t block);

  Emitter &e;
  kernel::LocalConvOp op;
  Value input, filter, output;
  SmallVector<int64_t> inputSteps, outputSteps;
  ArrayRef<int64_t> size;
  int64_t filters, taps;
};

void LocalConvEmitter::emit() {
  constexpr int64_t mostBlocks = 8;
  int64_t blocks = llvm::divideCeilSigned(filters, kLanes), pixels = size[0] * size[1] * size[2];
  e.forEachUnit(op.getSchedule().getTasks(), {pixels}, [&](ArrayRef<Value> unit) {
    for (int64_t first = 0; first < blocks; first += mostBlocks)
      emitPixel(unit[0], first, std::min(mostBlocks, blocks - first));
  });
}

/// Sixteen weights of a tap; lanes behind the last filter are 0.
Value LocalConvEmitter::loadWeights(Value at, int64_t block) {
  at = e.add(at, block * kLanes);
  int64_t lanes = std::min(kLanes, filters - block * kLanes);
  if (lanes == kLanes)
    return e.loadVector(filter, at);
  SmallVector<bool> bits(kLanes, false);
  std::fill_n(bits.begin(), lanes, true);
  Value mask = arith::ConstantOp::create(
      e, DenseElementsAttr::get(lanesOf(e.getI1Type()), ArrayRef<bool>(bits)));
  VectorType type = lanesOf(e.getF32Type());
  return vector::MaskedLoadOp::create(e, type, filter, ValueRange(at), mask, e.constant(type, 0.0));
}

SmallVector<Value> LocalConvEmitter::emitTap(Value inputAt, Value filterAt, ValueRange sums,
                                             int64_t firstBlock) {
  Value element = e.loadBroadcast(input, inputAt);
  SmallVector<Value> result;
  for (auto [i, sum] : llvm::enumerate(sums))
    result.push_back(
        e.multiplyAdd(element, loadWeights(filterAt, firstBlock + static_cast<int64_t>(i)), sum));
  return result;
}

void LocalConvEmitter::emitPixel(Value pixel, int64_t firstBlock, int64_t blocks) {
  SmallVector<Value> at = e.coordinates(pixel, size);
  Value inputPixel = e.index(0), outputPixel = e.index(0);
  for (int d = 0; d < 3; ++d) {
    int64_t step = inputSteps[2 + d], outputStep = outputSteps[2 + d];
    inputPixel =
        e.add(inputPixel, e.add(e.mul(at[d], op.getStrides()[d] * step), op.getOrigin()[d] * step));
    outputPixel =
        e.add(outputPixel, e.add(e.mul(at[d], outputStep), op.getOutOrigin()[d] * outputStep));
  }
  SmallVector<int64_t> extents{op.getChannels()};
  llvm::append_range(extents, op.getKernel());
  SmallVector<int64_t> tapSteps = computeStrides(extents);
  SmallVector<Value> zeros(blocks, e.constant(lanesOf(e.getF32Type()), 0.0));
  Value filterPixel = e.mul(pixel, taps * filters);
  e.forEach(shapeOf(op.getInput())[0], [&](Value image) {
    Value inputImage = e.add(inputPixel, e.mul(image, inputSteps[0]));
    // The loops of the taps from the outside in; a channel is a lane of a block.
    auto nest = [&](auto &self, size_t level, Value inputAt, Value filterAt,
                    ValueRange sums) -> SmallVector<Value> {
      if (level == extents.size())
        return emitTap(inputAt, filterAt, sums, firstBlock);
      return e.reduce(
          {e.index(0), e.index(extents[level])}, sums, [&](Value i, ValueRange carried) {
            Value step = level == 0
                             ? e.add(e.mul(e.div(i, kLanes), inputSteps[1]), e.rem(i, kLanes))
                             : e.mul(i, op.getDilations()[level - 1] * inputSteps[1 + level]);
            return self(self, level + 1, e.add(inputAt, step),
                        e.add(filterAt, e.mul(i, tapSteps[level] * filters)), carried);
          });
    };
    SmallVector<Value> sums = nest(nest, 0, inputImage, filterPixel, zeros);
    Value outputImage = e.add(outputPixel, e.mul(image, outputSteps[0]));
    for (auto [i, sum] : llvm::enumerate(sums))
      e.store(sum, output,
              e.add(outputImage, (firstBlock + static_cast<int64_t>(i)) * outputSteps[1]));
  });
}

} // namespace

void emitLocalConvolution(Emitter &e, kernel::LocalConvOp op) { LocalConvEmitter(e, op).emit(); }

} // namespace kiln
