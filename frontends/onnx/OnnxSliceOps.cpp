// Operators that select or join parts of tensors.
#include "dialects/nn/NnElements.h"
#include "frontends/onnx/OnnxOperators.h"
#include "frontends/onnx/OnnxSmallConstant.h"

using namespace mlir;

namespace kiln::onnx_frontend {

static LogicalResult translateConcat(OnnxNode &node) {
  SmallVector<Value> inputs;
  for (size_t i = 0; i < node.numInputs(); ++i) {
    if (!node.input(i))
      return node.error() << "its input " << i << " has an empty name";
    inputs.push_back(node.input(i));
  }
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 1), node.rank(0));
  return failed(axis) ? failure() : node.emit<nn::ConcatOp>(inputs, *axis);
}

/// The sizes of the parts: given, or equal, with a smaller last one from opset 18 on.
static FailureOr<Integers> splitSizes(OnnxNode &node, int64_t size) {
  constexpr int64_t firstWithInput = 13, firstWithCount = 18;
  if (node.input(1))
    return node.constantIntegers(1, "the list of sizes");
  if (node.opset() < firstWithInput)
    if (std::optional<Integers> sizes = node.integers("split"))
      return *sizes;
  auto parts = static_cast<int64_t>(node.numOutputs());
  if (int64_t count = node.integer("num_outputs", parts); count != parts)
    return node.error() << "num_outputs is " << count << ", but it has " << parts << " outputs";
  if (size % parts != 0 && node.opset() < firstWithCount)
    return node.error() << "a dimension of " << size << " cannot be split into " << parts
                        << " equal parts";
  int64_t part = (size + parts - 1) / parts;
  Integers sizes(parts, part);
  sizes.back() = size - part * (parts - 1);
  return sizes;
}

static LogicalResult translateSplit(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  if (failed(axis))
    return failure();
  FailureOr<Integers> sizes = splitSizes(node, node.shape(0)[*axis]);
  if (failed(sizes))
    return failure();
  if (sizes->size() != node.numOutputs())
    return node.error() << "it has " << sizes->size() << " sizes for " << node.numOutputs()
                        << " outputs";
  SmallVector<Type> types;
  for (int64_t size : *sizes) {
    Integers shape(node.shape(0));
    shape[*axis] = size;
    FailureOr<RankedTensorType> type =
        nn::checkedTensorType(node.getLoc(), shape, node.type(0).getElementType());
    if (failed(type))
      return failure();
    types.push_back(*type);
  }
  auto split = nn::createCheckedAs<nn::SplitOp>(node.getBuilder(), node.getLoc(), types,
                                                node.input(0), *axis);
  if (failed(split))
    return failure();
  for (auto [index, output] : llvm::enumerate(split->getOutputs()))
    if (failed(node.setResult(output, index)))
      return failure();
  return success();
}

/// One dimension of a slice, as numpy reads it.
struct Selection {
  int64_t start, size, step;
};

static Selection selectIn(int64_t dim, int64_t start, int64_t end, int64_t step) {
  step = std::clamp(step, -dim - 1, dim + 1); // a longer step selects the same single element
  auto position = [&](int64_t index) { return index < 0 ? index + dim : index; };
  if (step > 0) {
    start = std::clamp<int64_t>(position(start), 0, dim);
    end = std::clamp<int64_t>(position(end), 0, dim);
    int64_t size = std::max<int64_t>(0, (end - start + step - 1) / step);
    return {size ? start : 0, size, step};
  }
  // The specification clamps a start before the first element to that element (numpy: to none).
  start = dim ? std::clamp<int64_t>(position(start), 0, dim - 1) : -1;
  end = std::clamp<int64_t>(position(end), -1, dim - 1);
  int64_t size = std::max<int64_t>(0, (start - end - step - 1) / -step);
  return {size ? start : 0, size, step};
}

static LogicalResult sliceTo(OnnxNode &node, llvm::ArrayRef<int64_t> begins,
                             llvm::ArrayRef<int64_t> ends, std::optional<Integers> axes,
                             std::optional<Integers> givenSteps) {
  if (!axes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, begins.size()));
  Integers each = givenSteps.value_or(Integers(begins.size(), 1));
  if (ends.size() != begins.size() || axes->size() != begins.size() || each.size() != begins.size())
    return node.error() << "starts, ends, axes and steps have different lengths: " << begins.size()
                        << ", " << ends.size() << ", " << axes->size() << ", " << each.size();
  Integers starts(node.rank(0), 0), sizes(node.shape(0)), steps(node.rank(0), 1);
  llvm::SmallVector<bool> seen(node.rank(0));
  for (size_t i = 0; i < begins.size(); ++i) {
    FailureOr<int64_t> axis = node.checkedAxis((*axes)[i], node.rank(0));
    if (failed(axis))
      return failure();
    if (each[i] == 0 || seen[*axis])
      return node.error() << (each[i] == 0 ? "a step is 0" : "an axis is given twice");
    seen[*axis] = true;
    Selection selection = selectIn(node.shape(0)[*axis], begins[i], ends[i], each[i]);
    starts[*axis] = selection.start;
    sizes[*axis] = selection.size;
    steps[*axis] = selection.step;
  }
  return node.emit<nn::SliceOp>(node.input(0), starts, sizes, steps);
}

static LogicalResult translateSliceAttributes(OnnxNode &node) {
  std::optional<Integers> starts = node.integers("starts"), ends = node.integers("ends");
  if (!starts || !ends)
    return node.error() << "it has no attributes 'starts' and 'ends'";
  return sliceTo(node, *starts, *ends, node.integers("axes"), std::nullopt);
}

static LogicalResult translateSlice(OnnxNode &node) {
  static constexpr llvm::StringLiteral names[] = {"", "starts", "ends", "axes", "steps"};
  std::optional<Integers> lists[5];
  for (size_t i = 1; i < 5; ++i) {
    if (!node.input(i))
      continue;
    FailureOr<Integers> list = node.constantIntegers(i, names[i]);
    if (failed(list))
      return failure();
    lists[i] = *list;
  }
  return sliceTo(node, *lists[1], *lists[2], lists[3], lists[4]);
}

static FailureOr<nn::PadMode> padMode(OnnxNode &node) {
  std::string mode = node.text("mode", "constant");
  if (mode == "constant")
    return nn::PadMode::Constant;
  if (mode == "reflect")
    return nn::PadMode::Reflect;
  if (mode == "edge")
    return nn::PadMode::Edge;
  return node.error() << "mode is " << quoted(mode)
                      << "; supported are constant, reflect, edge and wrap";
}

/// The data between copies of its other end, as mode "wrap" wants since opset 19.
static FailureOr<Value> wrapped(OnnxNode &node, FailureOr<Value> data,
                                llvm::ArrayRef<int64_t> pads) {
  auto rank = static_cast<int64_t>(pads.size() / 2);
  for (int64_t axis = 0; axis < rank && succeeded(data); ++axis) {
    int64_t before = pads[axis], behind = pads[rank + axis];
    Integers sizes(cast<RankedTensorType>(data->getType()).getShape());
    int64_t size = sizes[axis];
    if (std::max(before, behind) > size)
      return node.error() << "mode is 'wrap', and it adds " << std::max(before, behind)
                          << " elements to the " << size << " of dimension " << axis;
    auto part = [&](int64_t first, int64_t count) {
      Integers starts(rank, 0), steps(rank, 1);
      starts[axis] = first;
      sizes[axis] = count;
      return node.create<nn::SliceOp>(data, starts, sizes, steps);
    };
    FailureOr<Value> front = part(size - before, before), back = part(0, behind);
    if (failed(front) || failed(back))
      return failure();
    if (before + behind > 0)
      data = node.create<nn::ConcatOp>(SmallVector<Value>{*front, *data, *back}, axis);
  }
  return data;
}

/// Negative pads cut; they are taken off first.
static LogicalResult padTo(OnnxNode &node, llvm::ArrayRef<int64_t> pads, double value) {
  bool wraps = node.text("mode", "constant") == "wrap";
  FailureOr<nn::PadMode> mode = wraps ? nn::PadMode::Constant : padMode(node);
  if (failed(mode))
    return failure();
  size_t rank = node.rank(0);
  if (pads.size() != 2 * rank)
    return node.error() << "it has " << pads.size() << " pads for an input of rank " << rank;
  Integers starts(rank), sizes(node.shape(0)), steps(rank, 1), added(pads);
  for (size_t i = 0; i < rank; ++i) {
    constexpr int64_t largest = int64_t(1) << 40;
    if (std::max(std::abs(pads[i]), std::abs(pads[rank + i])) > largest || pads[i] == INT64_MIN)
      return node.error() << "its pads are too large";
    starts[i] = std::max<int64_t>(0, -pads[i]);
    sizes[i] -= starts[i] + std::max<int64_t>(0, -pads[rank + i]);
    added[i] = std::max<int64_t>(0, pads[i]);
    added[rank + i] = std::max<int64_t>(0, pads[rank + i]);
  }
  FailureOr<Value> data = node.create<nn::SliceOp>(node.input(0), starts, sizes, steps);
  if (llvm::all_of(added, [](int64_t pad) { return pad == 0; }))
    return node.setFirst(data);
  if (wraps)
    return node.setFirst(wrapped(node, data, added));
  return node.emit<nn::PadOp>(data, added, *mode, llvm::APFloat(value));
}

static LogicalResult translatePadAttributes(OnnxNode &node) {
  std::optional<Integers> pads = node.integers(node.opset() < 2 ? "paddings" : "pads");
  if (!pads)
    return node.error() << "it has no attribute 'pads'";
  return padTo(node, *pads, node.real("value", 0.0));
}

static LogicalResult translatePad(OnnxNode &node) {
  FailureOr<Integers> given = node.constantIntegers(1, "the list of pads");
  if (failed(given))
    return failure();
  double value = 0;
  if (node.input(2)) {
    std::optional<SmallConstant> constant = readSmallConstant(node.input(2));
    if (!constant)
      return node.notConstant(2, "the value to pad with");
    if (constant->numbers.size() != 1)
      return node.error() << "the value to pad with is no scalar";
    value = constant->numbers.front();
  }
  if (!node.input(3))
    return padTo(node, *given, value);
  FailureOr<Integers> axes = node.constantIntegers(3, "axes");
  if (failed(axes))
    return failure();
  size_t rank = node.rank(0), count = axes->size();
  if (given->size() != 2 * count)
    return node.error() << "it has " << given->size() << " pads for " << count << " axes";
  Integers pads(2 * rank);
  for (size_t i = 0; i < count; ++i) {
    FailureOr<int64_t> axis = node.checkedAxis((*axes)[i], rank);
    if (failed(axis))
      return failure();
    pads[*axis] = (*given)[i];
    pads[rank + *axis] = (*given)[count + i];
  }
  return padTo(node, pads, value);
}

static LogicalResult translateGather(OnnxNode &node) {
  FailureOr<int64_t> axis = node.checkedAxis(node.integer("axis", 0), node.rank(0));
  return failed(axis) ? failure() : node.emit<nn::GatherOp>(node.input(0), node.input(1), *axis);
}

llvm::ArrayRef<OnnxOperator> sliceOperators() {
  static const OnnxOperator operators[] = {
      {"Concat", 1, 1, anyNumber, translateConcat}, {"Split", 1, 1, 2, translateSplit},
      {"Slice", 1, 1, 1, translateSliceAttributes}, {"Slice", 10, 3, 5, translateSlice},
      {"Pad", 1, 1, 1, translatePadAttributes},     {"Pad", 11, 2, 4, translatePad},
      {"Gather", 1, 2, 2, translateGather},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
