// Pooling on channel blocks: 16 channels a vector, four neighbouring pixels at a time where no
// window is cut.
//
//   for unit of (image, block, od, oh)             the part of this task
//     for ow:  s = max or sum over the taps inside the map;  out[..] = s, or s / count
//
// Which taps are inside is computed once a row for D and H; in W only the first and last columns
// are cut. In rows that are not cut all taps are unrolled, and windows that overlap share the
// results of their columns: 3x3 with stride 2 then takes 6.5 steps a pixel in place of 9.
#include "compiler/lowering/KernelToVector/Kernels.h"
#include "compiler/lowering/KernelToVector/TapRow.h"

#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;

namespace kiln {
namespace {

/// The taps of one dimension that take part, and the number that the mean counts.
struct Taps {
  IndexRange range;
  Value count;
};

/// What some taps come to. A maximum ignores NaN on the way; `isNaN` has the lanes where one was
/// seen.
struct Partial {
  Value value, isNaN;
};

class PoolEmitter {
public:
  PoolEmitter(Emitter &e, kernel::PoolOp op)
      : e(e), op(op), isMax(op.getKind() == kernel::PoolKind::Max), input(e.flat(op.getInput())),
        output(e.flat(op.getOutput())), inputSteps(stridesOf(op.getInput())),
        outputSteps(stridesOf(op.getOutput())), type(lanesOf(e.getF32Type())) {}

  void emit();

private:
  bool isCut(int d, int64_t pixel);
  Taps tapsOf(int d, Value pixel, bool mayBeCut);
  std::pair<int64_t, int64_t> wholeRange(int d);
  Value isWhole(ArrayRef<Value> unit);
  bool canShare();
  void emitRow(ArrayRef<Value> unit);
  void emitColumns(Value inputRow, Value outputRow, bool isWholeRow);
  void emitShared(Value first, Value inputRow, Value outputRow, int64_t pixels);
  Partial column(Value at);
  Partial join(Partial a, Partial b);
  Value merge(Value x, Value y);
  void emitPixels(Value first, Value inputRow, Value outputRow, int64_t pixels, bool mayBeCut);
  SmallVector<Value> window(const std::array<Taps, 3> &taps, Value at, int64_t pixels);
  Value combine(Value x, Value y);
  Value start(bool isInner) {
    return e.constant(type, isMax ? -std::numeric_limits<double>::infinity() : 0.0);
  }
  int64_t inputStep(int d) { return inputSteps[2 + d] * op.getDilations()[d]; }

  Emitter &e;
  kernel::PoolOp op;
  bool isMax;
  Value input, output;
  SmallVector<int64_t> inputSteps, outputSteps;
  VectorType type;
  std::array<Taps, 3> taps; ///< of the row, or of the pixel at hand
};

void PoolEmitter::emit() {
  ArrayRef<int64_t> shape = shapeOf(op.getOutput()), size = op.getOutSize();
  e.forEachRow(op.getSchedule().getTasks(), {shape[0], shape[1], size[0], size[1]},
               [&](ArrayRef<Value> unit) { emitRow(unit); });
}

/// Whether the window of an output position reaches beyond the map in dimension `d`.
bool PoolEmitter::isCut(int d, int64_t pixel) {
  int64_t first = pixel * op.getStrides()[d] - op.getPads()[d];
  int64_t last = first + (op.getKernel()[d] - 1) * op.getDilations()[d];
  return first < 0 || last >= op.getInSize()[d];
}

Taps PoolEmitter::tapsOf(int d, Value pixel, bool mayBeCut) {
  int64_t taps = op.getKernel()[d], begin = op.getPads()[d], end = begin + op.getInSize()[d];
  if (!mayBeCut)
    return {{e.index(0), e.index(taps)}, e.index(taps)};
  Value first = e.mul(pixel, op.getStrides()[d]);
  auto within = [&](int64_t from, int64_t to) {
    return TapRow{taps, op.getDilations()[d], from, to}.inMap(e, first, first);
  };
  IndexRange range = within(begin, end);
  if (op.getCountIncludePad())
    return {range, within(0, end + op.getPads()[3 + d]).end};
  return {range, e.atLeast(e.sub(range.end, range.begin), e.index(0))};
}

void PoolEmitter::emitRow(ArrayRef<Value> unit) {
  ArrayRef<int64_t> strides = op.getStrides(), inOrigin = op.getInOrigin(),
                    outOrigin = op.getOutOrigin();
  Value inputRow = e.add(e.mul(unit[0], inputSteps[0]), e.mul(unit[1], inputSteps[1]));
  Value outputRow = e.add(e.mul(unit[0], outputSteps[0]), e.mul(unit[1], outputSteps[1]));
  int64_t inputOrigin = 0, outputOrigin = 0;
  for (int d = 0; d < 3; ++d) {
    inputOrigin += (inOrigin[d] - op.getPads()[d]) * inputSteps[2 + d];
    outputOrigin += outOrigin[d] * outputSteps[2 + d];
    if (d == 2)
      break;
    taps[d] = tapsOf(d, unit[2 + d], isCut(d, 0) || isCut(d, op.getOutSize()[d] - 1));
    inputRow = e.add(inputRow, e.mul(unit[2 + d], strides[d] * inputSteps[2 + d]));
    outputRow = e.add(outputRow, e.mul(unit[2 + d], outputSteps[2 + d]));
  }
  inputRow = e.add(inputRow, inputOrigin);
  outputRow = e.add(outputRow, outputOrigin);

  if (!canShare())
    return emitColumns(inputRow, outputRow, false);
  e.branch(
      isWhole(unit), [&] { emitColumns(inputRow, outputRow, true); },
      [&] { emitColumns(inputRow, outputRow, false); });
}

/// Windows of one row of planes and rows that are not cut are unrolled where that is little code.
bool PoolEmitter::canShare() {
  constexpr int64_t mostTaps = 27;
  ArrayRef<int64_t> kernel = op.getKernel();
  return op.getDilations()[2] == 1 && kernel[0] * kernel[1] * kernel[2] <= mostTaps &&
         kernel[0] * kernel[1] * kernel[2] > 1;
}

/// The output positions of a dimension whose windows are not cut.
std::pair<int64_t, int64_t> PoolEmitter::wholeRange(int d) {
  int64_t size = op.getOutSize()[d], begin = 0;
  while (begin < size && isCut(d, begin))
    ++begin;
  int64_t end = begin;
  while (end < size && !isCut(d, end))
    ++end;
  return {begin, end};
}

/// True where the plane and the row of a unit are not cut.
Value PoolEmitter::isWhole(ArrayRef<Value> unit) {
  Value result = arith::ConstantIntOp::create(e, 1, 1);
  for (int d = 0; d < 2; ++d) {
    auto [begin, end] = wholeRange(d);
    if (begin > 0)
      result = arith::AndIOp::create(e, result, e.less(e.index(begin - 1), unit[2 + d]));
    if (end < op.getOutSize()[d])
      result = arith::AndIOp::create(e, result, e.less(unit[2 + d], e.index(end)));
  }
  return result;
}

/// Columns: cut on the left, whole, cut on the right.
void PoolEmitter::emitColumns(Value inputRow, Value outputRow, bool isWholeRow) {
  auto [left, right] = wholeRange(2);
  int64_t width = op.getOutSize()[2];
  constexpr int64_t together = 4;
  int64_t middle = left + (right - left) / together * together;
  auto emitRange = [&](int64_t begin, int64_t end, int64_t pixels, bool mayBeCut) {
    if (begin >= end)
      return;
    e.forEach(
        {e.index(begin), e.index(end)},
        [&](Value first) {
          if (isWholeRow && !mayBeCut)
            return emitShared(first, inputRow, outputRow, pixels);
          emitPixels(first, inputRow, outputRow, pixels, mayBeCut);
        },
        pixels);
  };
  emitRange(0, left, 1, true);
  emitRange(left, middle, together, false);
  emitRange(middle, right, 1, false);
  emitRange(right, width, 1, true);
}

/// Neighbouring whole windows: each column of taps once, then the columns of each window.
void PoolEmitter::emitShared(Value first, Value inputRow, Value outputRow, int64_t pixels) {
  int64_t taps = op.getKernel()[2], stride = op.getStrides()[2];
  Value inputAt = e.add(inputRow, e.mul(first, stride * inputSteps[4]));
  Value outputAt = e.add(outputRow, e.mul(first, outputSteps[4]));
  Value count = e.constant(type, static_cast<double>(op.getKernel()[0] * op.getKernel()[1] * taps));
  std::map<int64_t, Partial> columns;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    Partial sum;
    for (int64_t i = pixel * stride; i < pixel * stride + taps; ++i) {
      if (!columns.count(i))
        columns[i] = column(e.add(inputAt, i * inputSteps[4]));
      sum = sum.value ? join(sum, columns[i]) : columns[i];
    }
    Value value = isMax ? arith::SelectOp::create(
                              e, sum.isNaN,
                              e.constant(type, std::numeric_limits<double>::quiet_NaN()), sum.value)
                              .getResult()
                        : arith::DivFOp::create(e, sum.value, count).getResult();
    e.store(value, output, e.add(outputAt, pixel * outputSteps[4]));
  }
}

/// The taps of one column of a whole window. One comparison tells of NaN in two of them.
Partial PoolEmitter::column(Value at) {
  SmallVector<Value> values;
  for (int64_t kd = 0; kd < op.getKernel()[0]; ++kd)
    for (int64_t kh = 0; kh < op.getKernel()[1]; ++kh)
      values.push_back(e.loadVector(input, e.add(at, kd * inputStep(0) + kh * inputStep(1))));
  Partial result;
  for (size_t i = 0; i < values.size(); i += 2) {
    Value x = values[i], y = i + 1 < values.size() ? values[i + 1] : x;
    Partial pair{x, Value()};
    if (isMax)
      pair.isNaN = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, x, y);
    if (x != y)
      pair.value = merge(x, y);
    result = result.value ? join(result, pair) : pair;
  }
  return result;
}

Partial PoolEmitter::join(Partial a, Partial b) {
  Value isNaN = isMax ? arith::OrIOp::create(e, a.isNaN, b.isNaN).getResult() : Value();
  return {merge(a.value, b.value), isNaN};
}

/// The larger of two numbers, or their sum.
Value PoolEmitter::merge(Value x, Value y) {
  if (!isMax)
    return arith::AddFOp::create(e, x, y);
  return arith::SelectOp::create(e, arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, x, y), x,
                                 y);
}

void PoolEmitter::emitPixels(Value first, Value inputRow, Value outputRow, int64_t pixels,
                             bool mayBeCut) {
  taps[2] = tapsOf(2, first, mayBeCut);
  Value inputAt = e.add(inputRow, e.mul(first, op.getStrides()[2] * inputSteps[4]));
  Value outputAt = e.add(outputRow, e.mul(first, outputSteps[4]));
  SmallVector<Value> results = window(taps, inputAt, pixels);
  Value divisor;
  if (!isMax) {
    Value count = arith::MulIOp::create(e, taps[0].count,
                                        arith::MulIOp::create(e, taps[1].count, taps[2].count));
    Value integer = arith::IndexCastOp::create(e, e.getI32Type(), count);
    Value number = arith::SIToFPOp::create(e, e.getF32Type(), integer);
    divisor = vector::BroadcastOp::create(e, type, number);
  }
  for (auto [i, result] : llvm::enumerate(results)) {
    Value value = isMax ? result : arith::DivFOp::create(e, result, divisor).getResult();
    e.store(value, output, e.add(outputAt, i * outputSteps[4]));
  }
}

/// The maximum, or the sum of the sums of rows, which rounds less than one long sum.
SmallVector<Value> PoolEmitter::window(const std::array<Taps, 3> &taps, Value at, int64_t pixels) {
  SmallVector<Value> initial(pixels, start(false));
  int64_t pixelStep = op.getStrides()[2] * inputSteps[4];
  auto overColumns = [&](Value row, ValueRange carried) {
    return e.reduce(taps[2].range, carried, [&](Value kw, ValueRange values) {
      SmallVector<Value> next;
      Value tap = e.add(row, e.mul(kw, inputStep(2)));
      for (auto [i, value] : llvm::enumerate(values))
        next.push_back(combine(e.loadVector(input, e.add(tap, i * pixelStep)), value));
      return next;
    });
  };
  return e.reduce(taps[0].range, initial, [&](Value kd, ValueRange outer) {
    Value plane = e.add(at, e.mul(kd, inputStep(0)));
    return e.reduce(taps[1].range, outer, [&](Value kh, ValueRange values) {
      Value row = e.add(plane, e.mul(kh, inputStep(1)));
      if (isMax)
        return overColumns(row, values);
      SmallVector<Value> next = overColumns(row, initial);
      for (auto [sum, total] : llvm::zip_equal(next, values))
        sum = arith::AddFOp::create(e, sum, total);
      return next;
    });
  });
}

/// For a maximum, `y` is the one so far: it stays where it is NaN, and a NaN in `x` replaces it.
Value PoolEmitter::combine(Value x, Value y) {
  if (!isMax)
    return merge(x, y);
  Value larger = merge(x, y);
  Value isNaN = arith::CmpFOp::create(e, arith::CmpFPredicate::UNO, x, x);
  return arith::SelectOp::create(e, isNaN, x, larger);
}

} // namespace

void emitPool(Emitter &e, kernel::PoolOp op) { PoolEmitter(e, op).emit(); }

} // namespace kiln
