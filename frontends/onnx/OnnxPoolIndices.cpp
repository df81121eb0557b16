// One slice of the padded input for each position of the window, with the place of the largest one
// so far kept beside it:
//
//   best = slice(0, 0); for each position k:  place = best < slice(k) ? k : place, best = max(..)
#include "frontends/onnx/OnnxPoolIndices.h"

#include "dialects/nn/NnShapeInference.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

constexpr int64_t batchAndChannels = 2;

/// How many elements apart two neighbours along each spatial dimension are in the count of indices.
Integers spatialSteps(llvm::ArrayRef<int64_t> sizes, bool columnsFirst) {
  Integers steps(sizes.size(), 1);
  for (size_t i = 1; i < sizes.size(); ++i) {
    if (columnsFirst)
      steps[i] = steps[i - 1] * sizes[i - 1];
    else
      steps[sizes.size() - 1 - i] = steps[sizes.size() - i] * sizes[sizes.size() - i];
  }
  return steps;
}

/// The index of the first element of each window, which may lie in the padding.
FailureOr<Value> windowStarts(OnnxNode &node, const Window &window, llvm::ArrayRef<int64_t> result,
                              llvm::ArrayRef<int64_t> steps) {
  llvm::ArrayRef<int64_t> shape = node.shape(0), sizes = shape.drop_front(batchAndChannels);
  int64_t rank = node.rank(0), map = checkedProduct(sizes).value_or(0);
  Type i64 = node.getBuilder().getI64Type();
  FailureOr<Value> index =
      node.create<nn::AddOp>(node.ramp(rank, 0, shape[0], i64, 0, shape[1] * map),
                             node.ramp(rank, 1, shape[1], i64, 0, map));
  for (size_t i = 0; i < sizes.size(); ++i)
    index = node.create<nn::AddOp>(
        index, node.ramp(rank, static_cast<int64_t>(i) + batchAndChannels, result[i], i64,
                         -window.pads[i] * steps[i], window.strides[i] * steps[i]));
  return index;
}

/// Lets an element that is smaller than all others stand wherever a window reaches.
FailureOr<Value> paddedInput(OnnxNode &node, const Window &window, llvm::ArrayRef<int64_t> result) {
  size_t count = window.kernel.size(), rank = count + batchAndChannels;
  Integers pads(2 * rank, 0);
  for (size_t i = 0; i < count; ++i) {
    int64_t reach =
        (result[i] - 1) * window.strides[i] + window.dilations[i] * (window.kernel[i] - 1) + 1;
    pads[batchAndChannels + i] = window.pads[i];
    pads[rank + batchAndChannels + i] =
        std::max<int64_t>(0, reach - window.pads[i] - node.shape(0)[batchAndChannels + i]);
  }
  Type element = node.type(0).getElementType();
  double least = isa<FloatType>(element) ? -std::numeric_limits<double>::infinity()
                 : element.isUnsignedInteger()
                     ? 0.0
                     : -std::ldexp(1.0, element.getIntOrFloatBitWidth() - 1);
  return node.create<nn::PadOp>(node.input(0), pads, nn::PadMode::Constant, llvm::APFloat(least));
}

} // namespace

FailureOr<Value> maximumPositions(OnnxNode &node, const Window &window, bool ceilMode) {
  llvm::ArrayRef<int64_t> sizes = node.shape(0).drop_front(batchAndChannels);
  nn::Windows windows{window.kernel, window.strides, window.pads, window.dilations, ceilMode};
  FailureOr<Integers> result =
      nn::windowedShape(sizes, windows, {"P2", "P4"}, nn::RuleReporter(node.getLoc(), "MaxPool"));
  constexpr int64_t mostPositions = 1024;
  int64_t positions = checkedProduct(window.kernel).value_or(mostPositions + 1);
  if (failed(result))
    return failure();
  if (positions > mostPositions)
    return node.error() << "indices of maxima among more than " << mostPositions
                        << " elements are not supported";
  Integers steps = spatialSteps(sizes, node.integer("storage_order", 0) == 1);
  FailureOr<Value> padded = paddedInput(node, window, *result), best, place;
  size_t rank = node.rank(0);
  Integers starts(rank, 0), shape(node.shape(0)), strides(rank, 1);
  llvm::copy(*result, shape.begin() + batchAndChannels);
  llvm::copy(window.strides, strides.begin() + batchAndChannels);
  for (int64_t position = 0; position < positions; ++position) {
    int64_t rest = position, offset = 0;
    for (size_t i = window.kernel.size(); i-- > 0; rest /= window.kernel[i]) {
      int64_t tap = rest % window.kernel[i] * window.dilations[i];
      starts[batchAndChannels + i] = tap;
      offset += tap * steps[i];
    }
    FailureOr<Value> slice = node.create<nn::SliceOp>(padded, starts, shape, strides);
    Value here = node.scalar(static_cast<double>(offset), node.getBuilder().getI64Type());
    if (position == 0) {
      best = slice;
      place = node.expanded(here, shape);
      continue;
    }
    FailureOr<Value> isLarger = node.create<nn::CompareOp>(best, slice, nn::Predicate::Less);
    best = node.create<nn::SelectOp>(isLarger, slice, best);
    place = node.create<nn::SelectOp>(isLarger, here, place);
  }
  return node.create<nn::AddOp>(place, windowStarts(node, window, *result, steps));
}

/// Where windows do not overlap, each element of the result asks the one window that it lies in.
LogicalResult translateMaxUnpool(OnnxNode &node) {
  FailureOr<Window> window = readWindow(node, {});
  if (failed(window))
    return failure();
  bool isTiled = window->kernel == window->strides &&
                 llvm::all_of(window->pads, [](int64_t pad) { return pad == 0; });
  if (!isTiled)
    return node.error() << "its windows overlap or are padded; supported are windows whose strides "
                           "are their sizes, without pads";
  Integers shape(node.shape(0)), apart(node.shape(0).take_front(batchAndChannels)), wide = apart;
  for (size_t i = 0; i < window->kernel.size(); ++i) {
    int64_t size = shape[batchAndChannels + i];
    apart.append({size, 1});
    wide.append({size, window->kernel[i]});
    shape[batchAndChannels + i] = checkedProduct({size, window->kernel[i]}).value_or(-1);
  }
  if (node.input(2)) {
    FailureOr<Integers> wanted = node.constantIntegers(2, "the shape");
    if (failed(wanted))
      return failure();
    if (*wanted != shape)
      return node.error() << "its output_shape is " << nn::shapeText(*wanted)
                          << "; only the shape that its windows cover is supported, "
                          << nn::shapeText(shape);
  }
  auto spread = [&](Value value) {
    return node.reshaped(node.expanded(node.reshaped(value, apart), wide), shape);
  };
  Type i64 = node.getBuilder().getI64Type();
  int64_t count = checkedProduct(shape).value_or(0);
  int64_t maps = shape[0] * shape[1];
  int64_t plane = maps != 0 ? count / maps : 0;
  FailureOr<Value> here =
      node.create<nn::AddOp>(node.ramp(node.rank(0), 0, shape[0], i64, 0, shape[1] * plane),
                             node.ramp(node.rank(0), 1, shape[1], i64, 0, plane));
  Integers steps = spatialSteps(llvm::ArrayRef<int64_t>(shape).drop_front(batchAndChannels), false);
  for (size_t i = 0; i < steps.size(); ++i)
    here = node.create<nn::AddOp>(here, node.ramp(node.rank(0),
                                                  static_cast<int64_t>(i) + batchAndChannels,
                                                  shape[batchAndChannels + i], i64, 0, steps[i]));
  FailureOr<Value> isHere =
      node.create<nn::CompareOp>(spread(node.input(1)), here, nn::Predicate::Equal);
  return node.emit<nn::SelectOp>(isHere, spread(node.input(0)),
                                 node.scalar(0, node.type(0).getElementType()));
}

} // namespace kiln::onnx_frontend
