// Sampling of a map at computed places (Jaderberg et al. 2015): the pixels around each place are
// rows of a matrix with one row a pixel, gathered, weighted and summed.
#include "frontends/onnx/OnnxOperators.h"

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

using llvm::APFloat;
using nn::Predicate;

class GridSampler {
public:
  explicit GridSampler(OnnxNode &node) : node(node), element(node.type(0).getElementType()) {}

  LogicalResult translate();

private:
  LogicalResult readAttributes();
  FailureOr<Value> coordinate(int64_t which, int64_t size);
  FailureOr<Value> reflected(FailureOr<Value> place, double low, double high);
  FailureOr<Value> isInside(FailureOr<Value> place, int64_t size);
  FailureOr<Value> pixelsAt(FailureOr<Value> x, FailureOr<Value> y);
  FailureOr<Value> weighted(FailureOr<Value> x, FailureOr<Value> y, FailureOr<Value> weight);
  FailureOr<Value> sampled();

  Value number(double value) { return node.scalar(value, element); }
  template <typename OpTy> FailureOr<Value> op(FailureOr<Value> a, FailureOr<Value> b) {
    return node.create<OpTy>(a, b);
  }
  FailureOr<Value> clamped(FailureOr<Value> place, int64_t size) {
    return node.create<nn::ClipOp>(place, APFloat(0.0), APFloat(static_cast<double>(size - 1)));
  }

  OnnxNode &node;
  Type element;
  std::string mode, padding;
  bool alignsCorners = false;
  int64_t batch = 0, channels = 0, height = 0, width = 0;
  Integers places; ///< batch x rows x columns of the result
};

LogicalResult GridSampler::readAttributes() {
  mode = node.text("mode", "linear");
  padding = node.text("padding_mode", "zeros");
  alignsCorners = node.integer("align_corners", 0) != 0;
  if (mode != "linear" && mode != "bilinear" && mode != "nearest")
    return node.error() << "mode is " << quoted(mode) << "; supported are linear and nearest";
  if (padding != "zeros" && padding != "border" && padding != "reflection")
    return node.error() << "padding_mode is " << quoted(padding)
                        << "; it must be zeros, border or reflection";
  llvm::ArrayRef<int64_t> map = node.shape(0), grid = node.shape(1);
  if (map.size() != 4 || grid.size() != 4 || grid[3] != 2 || grid[0] != map[0] ||
      node.type(0).getNumElements() == 0)
    return node.error() << "a map of shape " << nn::shapeText(map) << " and a grid of shape "
                        << nn::shapeText(grid)
                        << " do not fit; supported are N x C x H x W and N x R x S x 2";
  batch = map[0];
  channels = map[1];
  height = map[2];
  width = map[3];
  places.assign(grid.begin(), grid.begin() + 3);
  return success();
}

/// Mirrors at both ends as often as needed.
FailureOr<Value> GridSampler::reflected(FailureOr<Value> place, double low, double high) {
  double span = high - low;
  if (span == 0)
    return op<nn::MulOp>(place, number(0));
  FailureOr<Value> distance = node.create<nn::AbsOp>(op<nn::SubOp>(place, number(low)));
  FailureOr<Value> periods = node.create<nn::FloorOp>(op<nn::DivOp>(distance, number(2 * span)));
  FailureOr<Value> rest = op<nn::SubOp>(distance, op<nn::MulOp>(periods, number(2 * span)));
  FailureOr<Value> folded = op<nn::MinOp>(rest, op<nn::SubOp>(number(2 * span), rest));
  return op<nn::AddOp>(folded, number(low));
}

/// The places along one axis, in pixels: -1 and 1 are the outer edges of the outermost pixels, or
/// their centres.
FailureOr<Value> GridSampler::coordinate(int64_t which, int64_t size) {
  FailureOr<Value> given = node.reshaped(
      node.create<nn::SliceOp>(node.input(1), Integers{0, 0, 0, which},
                               Integers{places[0], places[1], places[2], 1}, Integers{1, 1, 1, 1}),
      places);
  FailureOr<Value> fromZero = op<nn::AddOp>(node.converted(given, element), number(1));
  auto pixels = static_cast<double>(size);
  FailureOr<Value> place =
      alignsCorners ? op<nn::MulOp>(fromZero, number((pixels - 1) / 2))
                    : op<nn::SubOp>(op<nn::MulOp>(fromZero, number(pixels / 2)), number(0.5));
  if (padding == "reflection")
    place = alignsCorners ? reflected(place, 0, pixels - 1) : reflected(place, -0.5, pixels - 0.5);
  return padding == "zeros" ? place : clamped(place, size);
}

/// 1 where a pixel exists, else 0.
FailureOr<Value> GridSampler::isInside(FailureOr<Value> place, int64_t size) {
  FailureOr<Value> low = node.create<nn::CompareOp>(number(0), place, Predicate::LessEqual);
  FailureOr<Value> high = node.create<nn::CompareOp>(place, number(static_cast<double>(size - 1)),
                                                     Predicate::LessEqual);
  return node.converted(op<nn::MinOp>(low, high), element);
}

/// The channels of the pixels at whole places, behind the places' own dimensions.
FailureOr<Value> GridSampler::pixelsAt(FailureOr<Value> x, FailureOr<Value> y) {
  Type index = node.getBuilder().getI32Type();
  FailureOr<Value> rows =
      node.reshaped(node.create<nn::TransposeOp>(node.input(0), Integers{0, 2, 3, 1}),
                    {batch * height * width, channels});
  FailureOr<Value> firsts = node.ramp(3, 0, batch, index, 0, height * width);
  FailureOr<Value> row = op<nn::MulOp>(node.converted(clamped(y, height), index),
                                       node.scalar(static_cast<double>(width), index));
  FailureOr<Value> pixel =
      op<nn::AddOp>(op<nn::AddOp>(row, node.converted(clamped(x, width), index)), firsts);
  return node.create<nn::GatherOp>(rows, pixel, 0);
}

FailureOr<Value> GridSampler::weighted(FailureOr<Value> x, FailureOr<Value> y,
                                       FailureOr<Value> weight) {
  if (padding == "zeros")
    weight = op<nn::MulOp>(weight, op<nn::MulOp>(isInside(x, width), isInside(y, height)));
  Integers column(places);
  column.push_back(1);
  return op<nn::MulOp>(pixelsAt(x, y), node.reshaped(weight, column));
}

FailureOr<Value> GridSampler::sampled() {
  FailureOr<Value> x = coordinate(0, width), y = coordinate(1, height);
  if (mode == "nearest")
    return weighted(node.create<nn::RoundOp>(x), node.create<nn::RoundOp>(y),
                    node.expanded(number(1), places));
  FailureOr<Value> left = node.create<nn::FloorOp>(x), top = node.create<nn::FloorOp>(y);
  FailureOr<Value> right = op<nn::AddOp>(left, number(1)), bottom = op<nn::AddOp>(top, number(1));
  FailureOr<Value> toRight = op<nn::SubOp>(x, left), toBottom = op<nn::SubOp>(y, top);
  FailureOr<Value> toLeft = op<nn::SubOp>(number(1), toRight);
  FailureOr<Value> toTop = op<nn::SubOp>(number(1), toBottom);
  FailureOr<Value> upper = op<nn::AddOp>(weighted(left, top, op<nn::MulOp>(toLeft, toTop)),
                                         weighted(right, top, op<nn::MulOp>(toRight, toTop)));
  FailureOr<Value> lower = op<nn::AddOp>(weighted(left, bottom, op<nn::MulOp>(toLeft, toBottom)),
                                         weighted(right, bottom, op<nn::MulOp>(toRight, toBottom)));
  return op<nn::AddOp>(upper, lower);
}

LogicalResult GridSampler::translate() {
  if (failed(readAttributes()))
    return failure();
  return node.emit<nn::TransposeOp>(sampled(), Integers{0, 3, 1, 2});
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
