// Regions of a map as small maps. What a sample is made of, four pixels and their weights, is
// computed once for all channels.
//
//   for (region, row of bins) of this task, bin of the row:
//     output = 0
//     for each sample of the bin:  for channel:  output += w1 * p1 + w2 * p2 + w3 * p3 + w4 * p4
//     output /= samples
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;

namespace kiln {
namespace {

/// One dimension of a region: where it begins, and its bins.
struct Span {
  Value begin, bin, samples; ///< `samples` of each bin, as an index
  Value samplesAsFloat;
};

/// One dimension of a sample: two neighbouring pixels with their weights.
struct Taps {
  Value isInside, low, high, lowWeight, highWeight;
};

class RoiAlignEmitter {
public:
  RoiAlignEmitter(Emitter &e, kernel::RoiAlignOp op)
      : e(e), op(op), input(e.flat(op.getInput())), rois(e.flat(op.getRois())),
        images(e.flat(op.getImages())), output(e.flat(op.getOutput())), map(shapeOf(op.getInput())),
        bins(shapeOf(op.getOutput())), takesMax(op.getMode() == nn::RoiMode::Max) {}

  void emit();

private:
  void emitBin(Value roi, Value row, Value column);
  void emitSample(const Taps &y, const Taps &x);
  Span span(Value roi, int64_t dimension, int64_t count);
  Taps taps(const Span &span, Value bin, Value sample, int64_t size);
  Value imageOf(Value roi);
  void forEachChannel(llvm::function_ref<Value(Value channel, Value before)> update);

  Value f32(double value) { return e.constant(e.getF32Type(), value); }
  Value mul(Value a, Value b) { return arith::MulFOp::create(e, a, b); }
  Value plus(Value a, Value b) { return arith::AddFOp::create(e, a, b); }
  Value minus(Value a, Value b) { return arith::SubFOp::create(e, a, b); }
  Value div(Value a, Value b) { return arith::DivFOp::create(e, a, b); }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(e, predicate, a, b);
  }
  /// The larger one; the second where the first is a NaN.
  Value largest(Value a, Value b) {
    return e.choose(compare(arith::CmpFPredicate::OGT, a, b), a, b);
  }
  Value least(Value a, Value b) { return e.choose(compare(arith::CmpFPredicate::OLT, a, b), a, b); }
  Value toFloat(Value index) {
    Value integer = arith::IndexCastOp::create(e, e.getI64Type(), index);
    return arith::SIToFPOp::create(e, e.getF32Type(), integer);
  }
  Value toIndex(Value number) {
    Value integer = arith::FPToSIOp::create(e, e.getI64Type(), number);
    return arith::IndexCastOp::create(e, e.getIndexType(), integer);
  }

  Emitter &e;
  kernel::RoiAlignOp op;
  Value input, rois, images, output;
  ArrayRef<int64_t> map, bins;
  bool takesMax;
  Value imageAt, outputAt; ///< the first channel of the image and of the bin at hand
  Span rows, columns;      ///< of the region at hand
};

void RoiAlignEmitter::emit() {
  e.forEachUnit(op.getSchedule().getTasks(), {bins[0], bins[2]}, [&](ArrayRef<Value> at) {
    imageAt = e.mul(imageOf(at[0]), map[1] * map[2] * map[3]);
    rows = span(at[0], 1, bins[2]);
    columns = span(at[0], 0, bins[3]);
    e.forEach(bins[3], [&](Value column) { emitBin(at[0], at[1], column); });
  });
}

/// An image out of range is the nearest one.
Value RoiAlignEmitter::imageOf(Value roi) {
  Value number = e.loadScalar(images, roi);
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(e, e.getIntegerAttr(number.getType(), value)).getResult();
  };
  number = arith::MinSIOp::create(e, arith::MaxSIOp::create(e, number, constant(0)),
                                  constant(map[0] - 1));
  return arith::IndexCastOp::create(e, e.getIndexType(), number);
}

Span RoiAlignEmitter::span(Value roi, int64_t dimension, int64_t count) {
  Value at = e.add(e.mul(roi, 4), dimension), scale = f32(op.getSpatialScale().convertToDouble());
  auto edge = [&](Value place) {
    Value scaled = mul(e.loadScalar(rois, place), scale);
    return op.getHalfPixel() ? minus(scaled, f32(0.5)) : scaled;
  };
  Span span;
  span.begin = edge(at);
  Value extent = minus(edge(e.add(at, 2)), span.begin);
  if (!op.getHalfPixel())
    extent = largest(extent, f32(1));
  span.bin = div(extent, f32(static_cast<double>(count)));
  if (int64_t ratio = op.getSamplingRatio()) {
    span.samples = e.index(ratio);
    span.samplesAsFloat = f32(static_cast<double>(ratio));
    return span;
  }
  Value samples = largest(math::CeilOp::create(e, span.bin), f32(0));
  span.samplesAsFloat = least(samples, f32(nn::RoiAlignOp::mostSamples));
  span.samples = toIndex(span.samplesAsFloat);
  return span;
}

Taps RoiAlignEmitter::taps(const Span &span, Value bin, Value sample, int64_t size) {
  using Predicate = arith::CmpFPredicate;
  Value inBin = div(mul(plus(toFloat(sample), f32(0.5)), span.bin), span.samplesAsFloat);
  Value place = plus(plus(span.begin, mul(toFloat(bin), span.bin)), inBin);
  Taps taps;
  taps.isInside =
      arith::AndIOp::create(e, compare(Predicate::OGE, place, f32(-1)),
                            compare(Predicate::OLE, place, f32(static_cast<double>(size))));
  Value clamped = least(largest(place, f32(0)), f32(static_cast<double>(size - 1)));
  taps.low = toIndex(clamped);
  taps.high = e.atMost(e.add(taps.low, 1), e.index(size - 1));
  taps.highWeight = minus(clamped, toFloat(taps.low));
  taps.lowWeight = minus(f32(1), taps.highWeight);
  return taps;
}

void RoiAlignEmitter::forEachChannel(
    llvm::function_ref<Value(Value channel, Value before)> update) {
  e.forEach(map[1], [&](Value channel) {
    Value at = e.add(outputAt, e.mul(channel, bins[2] * bins[3]));
    e.store(update(channel, e.loadScalar(output, at)), output, at);
  });
}

void RoiAlignEmitter::emitBin(Value roi, Value row, Value column) {
  outputAt = e.add(e.mul(roi, bins[1] * bins[2] * bins[3]), e.add(e.mul(row, bins[3]), column));
  Value count = mul(rows.samplesAsFloat, columns.samplesAsFloat);
  Value initial = f32(0);
  if (takesMax)
    initial = e.choose(compare(arith::CmpFPredicate::OGT, count, f32(0)),
                       f32(-std::numeric_limits<double>::infinity()), initial);
  forEachChannel([&](Value, Value) { return initial; });
  e.forEach({e.index(0), rows.samples}, [&](Value sampleRow) {
    Taps y = taps(rows, row, sampleRow, map[2]);
    e.forEach({e.index(0), columns.samples}, [&](Value sampleColumn) {
      emitSample(y, taps(columns, column, sampleColumn, map[3]));
    });
  });
  if (takesMax)
    return;
  Value divisor = largest(count, f32(1));
  forEachChannel([&](Value, Value sum) { return div(sum, divisor); });
}

void RoiAlignEmitter::emitSample(const Taps &y, const Taps &x) {
  auto outside = [&] {
    forEachChannel([&](Value, Value before) { return largest(before, f32(0)); });
  };
  auto inside = [&] {
    Value corners[4] = {e.add(e.mul(y.low, map[3]), x.low), e.add(e.mul(y.low, map[3]), x.high),
                        e.add(e.mul(y.high, map[3]), x.low), e.add(e.mul(y.high, map[3]), x.high)};
    Value weights[4] = {mul(y.lowWeight, x.lowWeight), mul(y.lowWeight, x.highWeight),
                        mul(y.highWeight, x.lowWeight), mul(y.highWeight, x.highWeight)};
    forEachChannel([&](Value channel, Value result) {
      Value plane = e.add(imageAt, e.mul(channel, map[2] * map[3]));
      for (int corner = 0; corner < 4; ++corner) {
        Value part = mul(weights[corner], e.loadScalar(input, e.add(plane, corners[corner])));
        result =
            takesMax ? arith::MaximumFOp::create(e, result, part).getResult() : plus(result, part);
      }
      return result;
    });
  };
  Value isInside = arith::AndIOp::create(e, y.isInside, x.isInside);
  if (takesMax)
    e.branch(isInside, inside, outside);
  else
    e.branch(isInside, inside);
}

} // namespace

void emitRoiAlign(Emitter &e, kernel::RoiAlignOp op) { RoiAlignEmitter(e, op).emit(); }

} // namespace kiln
