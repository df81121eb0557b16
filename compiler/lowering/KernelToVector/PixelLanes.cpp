// The register tile of a convolution with few filters that reads planes: an accumulator has a lane
// for each of 16 neighbouring pixels of a row, so that no lane is empty for want of filters.
//
//   a[row][vector][filter] = bias[filter]
//   for channel, kd, kh, kw:
//     a[row][vector][filter] += (16 pixels of the input) * w[filter]
//   output[..] = the columns of activation(a[row][vector])
#include "compiler/lowering/KernelToVector/Activation.h"
#include "compiler/lowering/KernelToVector/ConvEmitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

constexpr int64_t kRows = 8; ///< that are transposed together

/// Groups of `width` lanes of `a` and `b` in turn, of the first halves of a span and of the second
/// halves. A span of four lanes is the unit in which every instruction set moves lanes cheaply.
std::pair<Value, Value> weave(Emitter &e, Value a, Value b, int64_t width) {
  int64_t span = width < 4 ? 4 : kLanes;
  SmallVector<int64_t> halves[2];
  for (int64_t lane = 0; lane < kLanes; lane += width)
    for (int64_t from : {int64_t(0), kLanes})
      for (int64_t i = 0; i < width; ++i)
        halves[lane % span / (span / 2)].push_back(from + lane + i);
  return {vector::ShuffleOp::create(e, a, b, halves[0]),
          vector::ShuffleOp::create(e, a, b, halves[1])};
}

/// The columns of eight rows of 16 lanes, two in each vector: column 4 * i + j is half i % 2 of
/// vector 4 * (i / 2) + (j with its two bits exchanged).
SmallVector<Value> transpose(Emitter &e, SmallVector<Value> rows) {
  for (int64_t width : {1, 2, 4}) {
    SmallVector<Value> next(kRows);
    for (int64_t i = 0; i < kRows / 2; ++i)
      std::tie(next[i], next[kRows / 2 + i]) = weave(e, rows[2 * i], rows[2 * i + 1], width);
    rows = next;
  }
  return rows;
}

/// A vector for each pixel, with a lane for each filter and zeros behind them.
SmallVector<Value> filtersOfPixels(Emitter &e, ArrayRef<Value> filters) {
  Value zero = e.constant(lanesOf(e.getF32Type()), 0.0);
  SmallVector<Value> rows(filters);
  rows.resize(kLanes, zero);
  ArrayRef<Value> all = rows;
  SmallVector<Value> low = transpose(e, SmallVector<Value>(all.take_front(kRows))), high;
  if (filters.size() > kRows)
    high = transpose(e, SmallVector<Value>(all.drop_front(kRows)));
  SmallVector<Value> pixels;
  for (int64_t pixel = 0; pixel < kLanes; ++pixel) {
    int64_t vector = pixel / 8 * 4 + pixel % 2 * 2 + pixel / 2 % 2, first = pixel / 4 % 2 * kRows;
    SmallVector<int64_t> lanes = llvm::to_vector(llvm::seq<int64_t>(first, first + kRows));
    llvm::append_range(lanes, llvm::seq<int64_t>(kLanes + first, kLanes + first + kRows));
    pixels.push_back(
        vector::ShuffleOp::create(e, low[vector], high.empty() ? zero : high[vector], lanes));
  }
  return pixels;
}

} // namespace

void ConvEmitter::emitTileOfPixels(const Place &place, Tile tile) {
  int64_t vectors = llvm::divideCeilSigned(tile.columns, kLanes);
  SmallVector<Value> starts, sums;
  for (int64_t filter = 0; filter < geometry.filters; ++filter)
    starts.push_back(bias ? e.loadBroadcast(bias, e.index(filter))
                          : e.constant(lanesOf(e.getF32Type()), 0.0));
  for (int64_t i = 0; i < tile.rows * vectors; ++i)
    sums.append(starts);
  sums = reduce(geometry.reduction, inputOffset(place), e.index(0), sums, tile);
  for (int64_t i = 0; i < tile.rows * vectors; ++i) {
    SmallVector<Value> filters;
    for (Value sum : ArrayRef(sums).slice(i * geometry.filters, geometry.filters))
      filters.push_back(emitActivation(e, op.getActivationAttr(), sum));
    storePixels(filters, place, i / vectors, i % vectors * kLanes, tile);
  }
}

/// Stores the pixels from `column` on of a row of the tile.
void ConvEmitter::storePixels(ArrayRef<Value> filters, const Place &place, int64_t row,
                              int64_t column, Tile tile) {
  Value outputAt = mapOffset(geometry.output, place);
  SmallVector<Value> pixels = filtersOfPixels(e, filters);
  int64_t first = firstPixel(column, tile);
  for (; column < std::min(tile.columns, first + kLanes); ++column)
    e.store(pixels[column - first], output,
            e.add(outputAt, row * geometry.output.pixel[1] + column * geometry.output.pixel[2]));
}

/// The pixel in the first lane of the vector that has those from `column` on. The last vector of a
/// row begins so early that it ends with the row, before the tile where the tile is narrower.
int64_t ConvEmitter::firstPixel(int64_t column, Tile tile) const {
  return geometry.size[2] < kLanes ? column : std::min(column, tile.columns - kLanes);
}

/// One tap: each vector of pixels with the weight of each filter.
SmallVector<Value> ConvEmitter::stepOfPixels(Value inputAt, Value filterAt, ValueRange sums,
                                             Tile tile) {
  SmallVector<Value> weights, result;
  for (int64_t i = 0; i < geometry.filters; ++i)
    weights.push_back(e.loadBroadcast(filter, e.add(filterAt, i)));
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column < tile.columns; column += kLanes) {
      Value at = e.add(inputAt, row * geometry.input.pixel[1] + firstPixel(column, tile));
      Value pixels = e.loadVector(input, at, std::min(kLanes, geometry.size[2]));
      pixels = e.widened(pixels, kLanes);
      for (Value weight : weights)
        result.push_back(e.multiplyAdd(pixels, weight, sums[result.size()]));
    }
  return result;
}

} // namespace kiln
