// Fields grow by windows and join where branches meet.
#include "tools/kiln/ReceptiveField.h"

#include "dialects/nn/NnDialect.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace kiln::tool {
namespace {

llvm::ArrayRef<int64_t> shapeOf(Value value) {
  return llvm::cast<RankedTensorType>(value.getType()).getShape();
}

/// The window [offset + p * stride, + kernel) of positions of the operand, as positions of the
/// input.
FieldExtent throughWindow(const FieldExtent &field, double kernel, double stride, double offset) {
  return {field.size + (kernel - 1) * field.stride, field.stride * stride,
          field.offset + offset * field.stride};
}

template <typename OpTy>
ReceptiveField throughWindows(OpTy op, const ReceptiveField &input,
                              llvm::ArrayRef<int64_t> kernel) {
  ReceptiveField result;
  for (auto [dim, field] : llvm::enumerate(input)) {
    double extent = static_cast<double>((kernel[dim] - 1) * op.getDilations()[dim] + 1);
    result.push_back(throughWindow(field, extent, static_cast<double>(op.getStrides()[dim]),
                                   -static_cast<double>(op.getPads()[dim])));
  }
  return result;
}

ReceptiveField throughTransposed(nn::ConvTransposeOp op, const ReceptiveField &input) {
  ReceptiveField result;
  for (auto [dim, field] : llvm::enumerate(input)) {
    double stride = static_cast<double>(op.getStrides()[dim]),
           pad = static_cast<double>(op.getPads()[dim]);
    double extent =
        static_cast<double>((shapeOf(op.getFilter())[2 + dim] - 1) * op.getDilations()[dim] + 1);
    result.push_back(throughWindow(field, std::ceil(extent / stride), 1 / stride,
                                   std::ceil((pad + 1 - extent) / stride)));
  }
  return result;
}

ReceptiveField throughResize(nn::ResizeOp op, const ReceptiveField &input) {
  double taps = op.getMode() == nn::ResizeMode::Nearest  ? 1
                : op.getMode() == nn::ResizeMode::Linear ? 2
                                                         : 4;
  ReceptiveField result;
  for (auto [dim, field] : llvm::enumerate(input)) {
    double in = static_cast<double>(shapeOf(op.getInput())[2 + dim]);
    result.push_back(throughWindow(field, taps, in / static_cast<double>(op.getSizes()[dim]),
                                   taps == 1 ? 0 : -taps / 2));
  }
  return result;
}

/// Positions move by what is put in front of them.
ReceptiveField throughPad(nn::PadOp op, const ReceptiveField &input) {
  ReceptiveField result = input;
  for (auto [dim, field] : llvm::enumerate(result))
    field.offset -= static_cast<double>(op.getPads()[2 + dim]) * field.stride;
  return result;
}

ReceptiveField throughSlice(nn::SliceOp op, const ReceptiveField &input) {
  ReceptiveField result = input;
  for (auto [dim, field] : llvm::enumerate(result)) {
    field.offset += static_cast<double>(op.getStarts()[2 + dim]) * field.stride;
    field.stride *= static_cast<double>(op.getSteps()[2 + dim]);
  }
  return result;
}

/// A transposed input is the input, its dimensions in the order of the network.
ReceptiveField throughTranspose(nn::TransposeOp op) {
  size_t rank = shapeOf(op.getResult()).size();
  bool isInput = llvm::isa<BlockArgument>(op.getInput());
  return ReceptiveField(isInput && rank > 2 ? rank - 2 : 0);
}

/// The smallest field that holds both; none where they move at different speeds.
ReceptiveField joined(const ReceptiveField &a, const ReceptiveField &b) {
  ReceptiveField result;
  for (size_t dim = 0; dim < a.size() && a.size() == b.size(); ++dim) {
    if (a[dim].stride != b[dim].stride)
      return {};
    double begin = std::min(a[dim].offset, b[dim].offset);
    double end = std::max(a[dim].offset + a[dim].size, b[dim].offset + b[dim].size);
    result.push_back({end - begin, a[dim].stride, begin});
  }
  return result;
}

bool keepsPositions(Operation *op) {
  if (auto concat = dyn_cast<nn::ConcatOp>(op))
    return concat.getAxis() == 1;
  if (auto softmax = dyn_cast<nn::SoftmaxOp>(op))
    return softmax.getAxis() == 1;
  return op->hasTrait<nn::Pointwise>() ||
         isa<nn::BatchNormOp, nn::LrnOp, nn::IdentityOp, nn::DropoutOp>(op);
}

} // namespace

void ReceptiveFields::setInput(Value input) {
  size_t rank = shapeOf(input).size();
  fields[input] = ReceptiveField(rank > 2 ? rank - 2 : 0);
}

void ReceptiveFields::add(Operation *op) {
  auto inputField = [&] { return of(op->getOperand(0)); };
  ReceptiveField result =
      llvm::TypeSwitch<Operation *, ReceptiveField>(op)
          .Case([&](nn::ConvOp conv) {
            ReceptiveField field =
                throughWindows(conv, inputField(), shapeOf(conv.getFilter()).drop_front(2));
            return conv.getResidual() ? joined(field, of(conv.getResidual())) : field;
          })
          .Case([&](nn::LocalConvOp conv) {
            return throughWindows(conv, inputField(), conv.getKernelShape());
          })
          .Case<nn::MaxPoolOp, nn::AveragePoolOp>(
              [&](auto pool) { return throughWindows(pool, inputField(), pool.getKernelShape()); })
          .Case([&](nn::ConvTransposeOp conv) { return throughTransposed(conv, inputField()); })
          .Case([&](nn::ResizeOp resize) { return throughResize(resize, inputField()); })
          .Case([&](nn::PadOp pad) { return throughPad(pad, inputField()); })
          .Case([&](nn::SliceOp slice) { return throughSlice(slice, inputField()); })
          .Case([&](nn::TransposeOp transpose) { return throughTranspose(transpose); })
          .Default([&](Operation *other) {
            ReceptiveField field;
            bool isFirst = true;
            if (keepsPositions(other))
              for (Value operand : other->getOperands())
                if (fields.contains(operand)) {
                  field = isFirst ? of(operand) : joined(field, of(operand));
                  isFirst = false;
                }
            return field;
          });
  for (Value value : op->getResults())
    fields[value] = result;
}

} // namespace kiln::tool
