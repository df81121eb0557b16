// Sampling of a map at computed places (Jaderberg et al. 2015): the pixels around each place are
// rows of a matrix with one row a pixel, gathered, weighted and summed.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

using llvm::APFloat;
using nn::Predicate;

/// A pixel that takes part along one axis, and with which weight; no weight stands for 1.
struct Tap {
  FailureOr<Value> place;
  std::optional<FailureOr<Value>> weight;
};

class GridSampler {
public:
  explicit GridSampler(OnnxNode &node) : node(node), element(node.type(0).getElementType()) {}

  LogicalResult translate();

private:
  LogicalResult readAttributes();
  LogicalResult readShapes();
  FailureOr<Value> coordinate(size_t axis);
  FailureOr<Value> reflected(FailureOr<Value> place, int64_t size);
  FailureOr<Value> isInside(FailureOr<Value> place, int64_t size);
  SmallVector<Tap> cubicTaps(FailureOr<Value> place, size_t axis);
  SmallVector<Tap> taps(size_t axis);
  FailureOr<Value> pixelsAt(ArrayRef<Tap> corner);
  FailureOr<Value> weighted(ArrayRef<Tap> corner);
  FailureOr<Value> sampled();

  Value number(double value) { return node.scalar(value, element); }
  template <typename OpTy> FailureOr<Value> op(FailureOr<Value> a, FailureOr<Value> b) {
    return node.create<OpTy>(a, b);
  }
  FailureOr<Value> clamped(FailureOr<Value> place, int64_t size) {
    return node.create<nn::ClipOp>(place, APFloat(0.0), APFloat(static_cast<double>(size - 1)));
  }
  bool isCubic() const { return mode == "cubic" || mode == "bicubic"; }

  OnnxNode &node;
  Type element;
  std::string mode, padding;
  bool alignsCorners = false;
  int64_t batch = 0, channels = 0;
  Integers sizes;  ///< of the map: rows and columns, or depth, rows and columns
  Integers places; ///< batch x the sizes of the result
};

LogicalResult GridSampler::readAttributes() {
  mode = node.text("mode", "linear");
  padding = node.text("padding_mode", "zeros");
  alignsCorners = node.integer("align_corners", 0) != 0;
  if (!isCubic() && mode != "linear" && mode != "bilinear" && mode != "nearest")
    return node.error() << "mode is " << quoted(mode) << "; it must be linear, cubic or nearest";
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return node.error() << "padding_mode is " << quoted(padding)
                        << "; it must be zeros, border or reflection";
  return success();
}

LogicalResult GridSampler::readShapes() {
  ArrayRef<int64_t> map = node.shape(0), grid = node.shape(1);
  size_t rank = map.size();
  bool fits = (rank == 4 || rank == 5) && grid.size() == rank &&
              grid.back() == static_cast<int64_t>(rank - 2) && grid[0] == map[0] &&
              node.type(0).getNumElements() != 0;
  if (!fits)
    return node.error() << "a map of shape " << nn::shapeText(map) << " and a grid of shape "
                        << nn::shapeText(grid)
                        << " do not fit; supported are N x C x H x W and N x R x S x 2, or N x C x "
                           "D x H x W and N x Q x R x S x 3";
  if (isCubic() && rank != 4)
    return node.error() << "mode is " << quoted(mode)
                        << ", which holds for maps of two spatial dimensions; its map has shape "
                        << nn::shapeText(map);
  batch = map[0];
  channels = map[1];
  sizes.assign(map.begin() + 2, map.end());
  places.assign(grid.begin(), grid.end() - 1);
  return success();
}

/// Mirrors at both ends as often as needed: at the outer edges of the outermost pixels, or at
/// their centres.
FailureOr<Value> GridSampler::reflected(FailureOr<Value> place, int64_t size) {
  double low = alignsCorners ? 0 : -0.5;
  double span = static_cast<double>(alignsCorners ? size - 1 : size);
  if (span == 0)
    return op<nn::MulOp>(place, number(0));
  FailureOr<Value> distance = node.create<nn::AbsOp>(op<nn::SubOp>(place, number(low)));
  FailureOr<Value> periods = node.create<nn::FloorOp>(op<nn::DivOp>(distance, number(2 * span)));
  FailureOr<Value> rest = op<nn::SubOp>(distance, op<nn::MulOp>(periods, number(2 * span)));
  FailureOr<Value> folded = op<nn::MinOp>(rest, op<nn::SubOp>(number(2 * span), rest));
  return op<nn::AddOp>(folded, number(low));
}

/// The places along one axis, in pixels: -1 and 1 are the outer edges of the outermost pixels, or
/// their centres. The grid has the innermost axis first.
FailureOr<Value> GridSampler::coordinate(size_t axis) {
  size_t rank = sizes.size();
  Integers starts(rank + 2, 0), extents(places), steps(rank + 2, 1);
  starts.back() = static_cast<int64_t>(rank - 1 - axis);
  extents.push_back(1);
  FailureOr<Value> given =
      node.reshaped(node.create<nn::SliceOp>(node.input(1), starts, extents, steps), places);
  FailureOr<Value> fromZero = op<nn::AddOp>(node.converted(given, element), number(1));
  auto pixels = static_cast<double>(sizes[axis]);
  return alignsCorners ? op<nn::MulOp>(fromZero, number((pixels - 1) / 2))
                       : op<nn::SubOp>(op<nn::MulOp>(fromZero, number(pixels / 2)), number(0.5));
}

/// 1 where a pixel exists, else 0.
FailureOr<Value> GridSampler::isInside(FailureOr<Value> place, int64_t size) {
  FailureOr<Value> low = node.create<nn::CompareOp>(number(0), place, Predicate::LessEqual);
  FailureOr<Value> high = node.create<nn::CompareOp>(place, number(static_cast<double>(size - 1)),
                                                     Predicate::LessEqual);
  return node.converted(op<nn::MinOp>(low, high), element);
}

/// Four pixels, weighted by the cubic convolution of Keys (1981) with a = -3/4. It is these that
/// lie in the map or are brought into it, not the place between them.
SmallVector<Tap> GridSampler::cubicTaps(FailureOr<Value> place, size_t axis) {
  constexpr double a = -0.75;
  FailureOr<Value> first = node.create<nn::FloorOp>(place);
  FailureOr<Value> rest = op<nn::SubOp>(place, first);
  auto polynomial = [&](FailureOr<Value> x, std::initializer_list<double> coefficients) {
    FailureOr<Value> sum = number(0);
    for (double coefficient : coefficients)
      sum = op<nn::AddOp>(op<nn::MulOp>(sum, x), number(coefficient));
    return sum;
  };
  SmallVector<Tap> result;
  for (int64_t offset : {-1, 0, 1, 2}) {
    FailureOr<Value> pixel = op<nn::AddOp>(first, number(static_cast<double>(offset)));
    FailureOr<Value> distance = offset <= 0
                                    ? op<nn::SubOp>(rest, number(static_cast<double>(offset)))
                                    : op<nn::SubOp>(number(static_cast<double>(offset)), rest);
    bool isNear = offset == 0 || offset == 1;
    FailureOr<Value> weight = isNear ? polynomial(distance, {a + 2, -(a + 3), 0, 1})
                                     : polynomial(distance, {a, -5 * a, 8 * a, -4 * a});
    if (padding == "reflection")
      pixel = reflected(pixel, sizes[axis]);
    result.push_back({pixel, weight});
  }
  return result;
}

SmallVector<Tap> GridSampler::taps(size_t axis) {
  FailureOr<Value> place = coordinate(axis);
  if (isCubic())
    return cubicTaps(place, axis);
  if (padding == "reflection")
    place = reflected(place, sizes[axis]);
  if (padding != "zeros")
    place = clamped(place, sizes[axis]);
  if (mode == "nearest")
    return {{node.create<nn::RoundOp>(place), std::nullopt}};
  FailureOr<Value> first = node.create<nn::FloorOp>(place);
  FailureOr<Value> toSecond = op<nn::SubOp>(place, first);
  return {{first, op<nn::SubOp>(number(1), toSecond)}, {op<nn::AddOp>(first, number(1)), toSecond}};
}

/// The channels of the pixels at whole places, behind the places' own dimensions.
FailureOr<Value> GridSampler::pixelsAt(ArrayRef<Tap> corner) {
  Type index = node.getBuilder().getI32Type();
  auto rank = static_cast<int64_t>(sizes.size());
  Integers channelsLast(1, 0);
  llvm::append_range(channelsLast, llvm::seq<int64_t>(2, rank + 2));
  channelsLast.push_back(1);
  int64_t pixels = llvm::product_of(sizes);
  FailureOr<Value> rows = node.reshaped(node.create<nn::TransposeOp>(node.input(0), channelsLast),
                                        {batch * pixels, channels});
  FailureOr<Value> pixel = node.ramp(rank + 1, 0, batch, index, 0, pixels);
  for (auto [tap, size] : llvm::zip_equal(corner, sizes)) {
    pixels /= size;
    FailureOr<Value> row = node.converted(clamped(tap.place, size), index);
    if (pixels != 1)
      row = op<nn::MulOp>(row, node.scalar(static_cast<double>(pixels), index));
    pixel = op<nn::AddOp>(row, pixel);
  }
  return node.create<nn::GatherOp>(rows, pixel, 0);
}

FailureOr<Value> GridSampler::weighted(ArrayRef<Tap> corner) {
  std::optional<FailureOr<Value>> weight;
  auto multiply = [&](FailureOr<Value> by) { weight = weight ? op<nn::MulOp>(*weight, by) : by; };
  for (auto [tap, size] : llvm::zip_equal(corner, sizes)) {
    if (tap.weight)
      multiply(*tap.weight);
    if (padding == "zeros")
      multiply(isInside(tap.place, size));
  }
  if (!weight)
    return pixelsAt(corner);
  Integers column(places);
  column.push_back(1);
  return op<nn::MulOp>(pixelsAt(corner), node.reshaped(*weight, column));
}

/// The sum over all corners: one tap of each axis.
FailureOr<Value> GridSampler::sampled() {
  SmallVector<SmallVector<Tap>> corners(1);
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    SmallVector<SmallVector<Tap>> longer;
    SmallVector<Tap> along = taps(axis);
    for (ArrayRef<Tap> corner : corners)
      for (const Tap &tap : along) {
        longer.emplace_back(corner);
        longer.back().push_back(tap);
      }
    corners = std::move(longer);
  }
  FailureOr<Value> sum = weighted(corners.front());
  for (ArrayRef<Tap> corner : llvm::drop_begin(corners))
    sum = op<nn::AddOp>(sum, weighted(corner));
  return sum;
}

LogicalResult GridSampler::translate() {
  if (failed(readAttributes()) || failed(readShapes()))
    return failure();
  auto rank = static_cast<int64_t>(sizes.size());
  Integers channelsSecond = {0, rank + 1};
  llvm::append_range(channelsSecond, llvm::seq<int64_t>(1, rank + 1));
  return node.emit<nn::TransposeOp>(sampled(), channelsSecond);
}

} // namespace

static LogicalResult translateGridSample(OnnxNode &node) { return GridSampler(node).translate(); }

llvm::ArrayRef<OnnxOperator> gridSampleOperators() {
  static const OnnxOperator operators[] = {
      {"GridSample", 16, 2, 2, translateGridSample},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
