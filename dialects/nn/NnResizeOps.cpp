// Rules of nn.resize, and the positions and weights of its taps: the formulas of ONNX Resize.
#include "dialects/nn/NnResize.h"
#include "dialects/nn/NnShapeInference.h"

#include <cmath>

using namespace mlir;

namespace kiln::nn {

/// More entries than any picture has rows and columns; nobody's tables fill the memory.
constexpr int64_t largestTable = int64_t(1) << 24;

static LogicalResult checkSizes(ResizeOp::Adaptor resize, const RuleReporter &rules) {
  ArrayRef<int64_t> spatial = tensorOf(resize.getInput()).getShape().drop_front(2);
  auto isSize = [](int64_t size) { return size > 0 && size <= largestTable; };
  ArrayRef<int64_t> sizes = resize.getSizes();
  if (sizes.size() != spatial.size() || !llvm::all_of(sizes, isSize))
    return rules.broken("RZ2", "sizes must have one positive entry per spatial dimension");
  std::optional<ArrayRef<double>> scales = resize.getScales();
  if (!scales)
    return success();
  if (scales->size() != spatial.size())
    return rules.broken("RZ2", "scales must have one entry per spatial dimension");
  for (auto [in, out, scale] : llvm::zip_equal(spatial, sizes, *scales)) {
    double exact = scale * static_cast<double>(in);
    if (!(exact >= 0.5 && std::abs(exact - static_cast<double>(out)) <= 1))
      return rules.broken("RZ2", "scale ", std::to_string(scale), " does not lead from ", in,
                          " to ", out);
  }
  return success();
}

static FailureOr<RankedTensorType> checkTables(ResizeOp::Adaptor resize, RankedTensorType result,
                                               const RuleReporter &rules) {
  // Depth, height and width have a part each: dimensions that the map does not have, one entry.
  int64_t entries = 3 - static_cast<int64_t>(resize.getSizes().size());
  for (auto [dim, size] : llvm::enumerate(resize.getSizes()))
    entries += std::min(largestTable, resizeTaps(resize, dim)) * size;
  if (entries > largestTable)
    return rules.broken("RZ2", "sizes lead to tables of ", entries, " entries, more than ",
                        largestTable);
  if (!resize.getIndices() && !resize.getWeights())
    return result;
  if (!resize.getIndices() || !resize.getWeights())
    return rules.broken("RZ4", "indices and weights must be given together");
  RankedTensorType indices = tensorOf(resize.getIndices()), weights = tensorOf(resize.getWeights());
  if (!indices.getElementType().isInteger(32) || !weights.getElementType().isF32() ||
      indices.getShape() != ArrayRef<int64_t>{entries} ||
      weights.getShape() != ArrayRef<int64_t>{entries})
    return rules.broken("RZ4", "tables must be i32 and f32 lists of ", entries,
                        " entries, but are ", indices, " and ", weights);
  return result;
}

FailureOr<RankedTensorType> ResizeOp::inferResult(Adaptor resize, const RuleReporter &rules) {
  RankedTensorType input = tensorOf(resize.getInput());
  if (input.getRank() < 3 || input.getRank() > 5)
    return rules.broken("RZ1", "input must have rank 3, 4 or 5, but has ", input.getRank());
  ArrayRef<int64_t> spatial = input.getShape().drop_front(2);
  if (llvm::is_contained(spatial, 0))
    return rules.broken("RZ1", "input must have no empty spatial dimension, but has shape ",
                        shapeText(input.getShape()));
  if (failed(checkSizes(resize, rules)))
    return failure();
  if (resize.getMode() != ResizeMode::Nearest && !isa<FloatType>(input.getElementType()))
    return rules.broken("RZ3", "linear and cubic interpolation need floating-point elements, not ",
                        input.getElementType());
  SmallVector<int64_t> shape(input.getShape().take_front(2));
  llvm::append_range(shape, resize.getSizes());
  auto result = rules.tensorType(shape, input.getElementType());
  return failed(result) ? result : checkTables(resize, *result, rules);
}

//---- The taps of one dimension

namespace {

/// One dimension: its sizes, and outputs per input position.
struct Axis {
  int64_t in, out;
  double scale;

  Axis(ResizeOp::Adaptor op, int64_t dim)
      : in(tensorOf(op.getInput()).getDimSize(2 + dim)), out(op.getSizes()[dim]),
        scale(op.getScales() ? (*op.getScales())[dim] : double(out) / double(in)) {}
};

/// How far taps reach to each side of a position; a filter that averages is stretched by the
/// reduction.
int64_t reach(ResizeOp::Adaptor op, const Axis &axis) {
  int64_t pixels = op.getMode() == ResizeMode::Linear ? 1 : 2;
  bool stretches = op.getAntialias() && axis.scale < 1;
  return stretches ? static_cast<int64_t>(std::ceil(pixels / axis.scale)) : pixels;
}

double inputPosition(ResizeOp::Adaptor op, const Axis &axis, int64_t output) {
  double x = static_cast<double>(output), in = static_cast<double>(axis.in),
         out = static_cast<double>(axis.out);
  switch (op.getCoordinates()) {
  case Coordinates::HalfPixel:
    return (x + 0.5) / axis.scale - 0.5;
  case Coordinates::HalfPixelSymmetric:
    return in / 2 * (1 - out / (axis.scale * in)) + (x + 0.5) / axis.scale - 0.5;
  case Coordinates::PytorchHalfPixel:
    return axis.out > 1 ? (x + 0.5) / axis.scale - 0.5 : 0.0;
  case Coordinates::AlignCorners:
    return axis.out > 1 ? x * (in - 1) / (out - 1) : 0.0;
  case Coordinates::Asymmetric:
    return x / axis.scale;
  case Coordinates::TfHalfPixelForNn:
    return (x + 0.5) / axis.scale;
  }
  llvm_unreachable("all coordinates are handled");
}

double nearest(Rounding rounding, double position) {
  switch (rounding) {
  case Rounding::PreferFloor:
    return std::ceil(position - 0.5);
  case Rounding::PreferCeil:
    return std::floor(position + 0.5);
  case Rounding::Floor:
    return std::floor(position);
  case Rounding::Ceil:
    return std::ceil(position);
  }
  llvm_unreachable("all roundings are handled");
}

/// Keys' cubic convolution kernel (1981) with its coefficient a.
double cubic(double distance, double a) {
  double x = std::abs(distance);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0.0;
}

/// The weight of a pixel at a distance from the position, before normalisation.
double weightAt(ResizeOp::Adaptor op, const Axis &axis, double distance) {
  double scaled = op.getAntialias() && axis.scale < 1 ? distance * axis.scale : distance;
  if (op.getMode() == ResizeMode::Linear)
    return std::max(0.0, 1 - std::abs(scaled));
  return cubic(scaled, op.getCubicCoeff().convertToDouble());
}

void appendTaps(ResizeOp::Adaptor op, const Axis &axis, double position, ResizeTable &table) {
  auto inside = [&](double index) {
    return static_cast<int32_t>(std::clamp(index, 0.0, static_cast<double>(axis.in - 1)));
  };
  if (op.getMode() == ResizeMode::Nearest) {
    table.indices.push_back(inside(nearest(op.getRounding(), position)));
    table.weights.push_back(1);
    return;
  }
  double first = std::floor(position) - static_cast<double>(reach(op, axis)) + 1, sum = 0;
  SmallVector<double> weights;
  for (int64_t tap = 0; tap < table.taps; ++tap) {
    double index = first + static_cast<double>(tap);
    bool isOutside = index < 0 || index >= static_cast<double>(axis.in);
    weights.push_back(op.getExcludeOutside() && isOutside ? 0.0
                                                          : weightAt(op, axis, index - position));
    sum += weights.back();
    table.indices.push_back(inside(index));
  }
  for (double weight : weights)
    table.weights.push_back(static_cast<float>(sum != 0 ? weight / sum : 0.0));
}

} // namespace

int64_t resizeTaps(ResizeOp::Adaptor op, int64_t dim) {
  return op.getMode() == ResizeMode::Nearest ? 1 : 2 * reach(op, Axis(op, dim));
}

ResizeTable resizeTable(ResizeOp op, int64_t dim) {
  ResizeOp::Adaptor adaptor(op);
  Axis axis(adaptor, dim);
  ResizeTable table;
  table.taps = resizeTaps(adaptor, dim);
  for (int64_t output = 0; output < axis.out; ++output)
    appendTaps(adaptor, axis, inputPosition(adaptor, axis, output), table);
  return table;
}

} // namespace kiln::nn
