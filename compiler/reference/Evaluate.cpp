// The evaluator's walk over a function, and the dispatch of one op.
#include "compiler/reference/Evaluate.h"

#include "compiler/reference/Kernels.h"
#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace kiln::reference {

static SmallVector<int64_t> spatialAxes(const Tensor &input) {
  return llvm::to_vector(llvm::seq<int64_t>(2, input.type().getRank()));
}

/// A filter in fewer bits.
static void evaluateRounding(const Tensor &filter, Tensor &result) {
  std::vector<double> values = filter.load<double>();
  llvm::transform(values, values.begin(), nn::roundToFloat24);
  result.store<double>(0, values);
}

/// Computes the ops of Kernels.h and of this file; false for other ops.
static bool evaluateKernel(Operation *op, Operands operands, Tensor &result) {
  auto reduce = [&](Reduction reduction, ArrayRef<int64_t> axes) {
    evaluateReduce(reduction, axes, operands[0], result);
    return true;
  };
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](nn::ConvOp conv) { return evaluateConv(conv, operands, result), true; })
      .Case([&](nn::ConvTransposeOp conv) {
        return evaluateConvTranspose(conv, operands, result), true;
      })
      .Case([&](nn::LocalConvOp conv) { return evaluateLocalConv(conv, operands, result), true; })
      .Case([&](nn::GemmOp gemm) { return evaluateGemm(gemm, operands, result), true; })
      .Case([&](nn::MatmulOp matmul) { return evaluateMatmul(matmul, operands, result), true; })
      .Case([&](nn::BatchNormOp norm) { return evaluateBatchNorm(norm, operands, result), true; })
      .Case([&](nn::InstanceNormOp norm) {
        return evaluateInstanceNorm(norm, operands, result), true;
      })
      .Case([&](nn::LrnOp lrn) { return evaluateLrn(lrn, operands, result), true; })
      .Case([&](nn::SoftmaxOp softmax) {
        return evaluateSoftmax(operands[0], softmax.getAxis(), /*logarithm=*/false, result), true;
      })
      .Case([&](nn::LogSoftmaxOp softmax) {
        return evaluateSoftmax(operands[0], softmax.getAxis(), /*logarithm=*/true, result), true;
      })
      .Case([&](nn::ResizeOp resize) { return evaluateResize(resize, operands, result), true; })
      .Case([&](nn::MaxPoolOp pool) { return evaluateMaxPool(pool, operands, result), true; })
      .Case(
          [&](nn::AveragePoolOp pool) { return evaluateAveragePool(pool, operands, result), true; })
      .Case([&](nn::GlobalAveragePoolOp) {
        return reduce(Reduction::Mean, spatialAxes(operands[0]));
      })
      .Case([&](nn::GlobalMaxPoolOp) { return reduce(Reduction::Max, spatialAxes(operands[0])); })
      .Case([&](nn::PackFilterOp) { return evaluateRounding(operands[0], result), true; })
      .Case([&](nn::RoiAlignOp align) { return evaluateRoiAlign(align, operands, result), true; })
      .Case([&](nn::ReduceMeanOp op) { return reduce(Reduction::Mean, op.getAxes()); })
      .Case([&](nn::ReduceSumOp op) { return reduce(Reduction::Sum, op.getAxes()); })
      .Case([&](nn::ReduceMaxOp op) { return reduce(Reduction::Max, op.getAxes()); })
      .Case([&](nn::ReduceMinOp op) { return reduce(Reduction::Min, op.getAxes()); })
      .Default([](Operation *) { return false; });
}

static FailureOr<Tensor> evaluateSource(Operation *op) {
  if (auto constant = dyn_cast<nn::ConstantOp>(op))
    return Tensor::fromAttribute(op->getLoc(), constant.getValue());
  FailureOr<Tensor> result =
      Tensor::allocate(op->getLoc(), cast<RankedTensorType>(op->getResult(0).getType()));
  if (succeeded(result))
    result->store(0, cast<nn::ShapeOp>(op).getInput().getType().getShape());
  return result;
}

FailureOr<SmallVector<Tensor>> evaluateOp(Operation *op, ArrayRef<Tensor> operands) {
  if (!isa_and_present<nn::NnDialect>(op->getDialect()))
    return op->emitError() << "the reference evaluator knows nn ops only";
  auto pack = dyn_cast<nn::PackFilterOp>(op);
  if (isa<nn::ReshapeOp, nn::IdentityOp, nn::DropoutOp, nn::RelayoutOp>(op) ||
      (pack && pack.getBits() == 32))
    return SmallVector<Tensor>{
        operands[0].withType(cast<RankedTensorType>(op->getResult(0).getType()))};
  if (isa<nn::ConstantOp, nn::ShapeOp>(op)) {
    FailureOr<Tensor> source = evaluateSource(op);
    return failed(source) ? FailureOr<SmallVector<Tensor>>() : SmallVector<Tensor>{*source};
  }
  SmallVector<Tensor> results;
  for (Type type : op->getResultTypes()) {
    FailureOr<Tensor> result = Tensor::allocate(op->getLoc(), cast<RankedTensorType>(type));
    if (failed(result))
      return failure();
    results.push_back(*result);
  }
  if (auto suppression = dyn_cast<nn::NonMaxSuppressionOp>(op)) {
    evaluateNonMaxSuppression(suppression, operands, results);
    return results;
  }
  if (auto topK = dyn_cast<nn::TopKOp>(op)) {
    evaluateTopK(topK, operands, results);
    return results;
  }
  if (evaluateKernel(op, operands, results.front()))
    return results;
  auto inputs = llvm::map_to_vector(operands, [](const Tensor &tensor) { return tensor.data(); });
  auto outputs = llvm::map_to_vector(results, [](Tensor &tensor) { return tensor.mutableData(); });
  if (failed(nn::evaluateMove(op, inputs, outputs)) &&
      failed(nn::evaluatePointwise(op, inputs, outputs.front())))
    return op->emitError() << "the reference evaluator does not define this op on these types";
  return results;
}

namespace {
/// The values that are still needed, each with the number of uses to come.
class Values {
public:
  void set(Value value, const Tensor &tensor) {
    if (auto uses = std::distance(value.use_begin(), value.use_end()))
      live[value] = {tensor, uses};
  }

  SmallVector<Tensor> take(OperandRange operands) {
    SmallVector<Tensor> tensors;
    for (Value operand : operands) {
      auto entry = live.find(operand);
      tensors.push_back(entry->second.first);
      if (--entry->second.second == 0)
        live.erase(entry);
    }
    return tensors;
  }

private:
  llvm::DenseMap<Value, std::pair<Tensor, int64_t>> live;
};
} // namespace

static LogicalResult checkInputs(func::FuncOp function, ArrayRef<Tensor> inputs) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError() << "the reference evaluator needs a function of one block";
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "takes " << function.getNumArguments()
                                << " inputs, but was given " << inputs.size();
  for (auto [index, input, type] : llvm::enumerate(inputs, function.getArgumentTypes()))
    if (!nn::equalIgnoringEncoding(TypeRange{type}, TypeRange{input.type()}))
      return function.emitError() << "input " << index << " must have type " << type << ", but has "
                                  << input.type();
  return success();
}

FailureOr<SmallVector<Tensor>> evaluate(func::FuncOp function, ArrayRef<Tensor> inputs,
                                        Observer observer) {
  if (failed(checkInputs(function, inputs)))
    return failure();
  Values values;
  for (auto [argument, input] : llvm::zip_equal(function.getArguments(), inputs))
    values.set(argument, input);
  for (Operation &op : function.front()) {
    SmallVector<Tensor> operands = values.take(op.getOperands());
    if (isa<func::ReturnOp>(op))
      return operands;
    FailureOr<SmallVector<Tensor>> results = evaluateOp(&op, operands);
    if (failed(results))
      return failure();
    if (observer)
      observer(&op, *results);
    for (auto [value, tensor] : llvm::zip_equal(op.getResults(), *results))
      values.set(value, tensor);
  }
  return function.emitError() << "has no return";
}

} // namespace kiln::reference
