// Turns networks on tensors into kernels on buffers: every tensor gets a place in memory, every op
// becomes kernels that read and write such places.
//
//   func @main(%x: tensor<1x3x8x8xf32>) -> tensor<1x4xf32>
//   ->  func @net(%x: memref<768xi8>, %y: memref<16xi8>, %weights: memref<..xi8>, %arena:
//   memref<0xi8>)
#include "compiler/schedule/NnToKernel/BufferAssigner.h"
#include "compiler/schedule/NnToKernel/KernelBuilder.h"
#include "compiler/schedule/NnToKernel/Layers.h"
#include "compiler/schedule/Passes.h"

#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_NNTOKERNEL
#include "compiler/schedule/Passes.h.inc"

namespace {

LogicalResult emitOp(KernelBuilder &kernels, Operation *op) {
  if (op->hasTrait<nn::Pointwise>())
    return emitPointwise(kernels, op);
  if (isa<nn::ConvOp, nn::LocalConvOp, nn::GemmOp, nn::MaxPoolOp, nn::AveragePoolOp,
          nn::GlobalMaxPoolOp, nn::GlobalAveragePoolOp, nn::LrnOp, nn::ResizeOp, nn::RelayoutOp,
          nn::PackFilterOp>(op))
    return emitMapOp(kernels, op);
  if (isa<nn::ReduceMeanOp, nn::ReduceSumOp, nn::ReduceMaxOp, nn::ReduceMinOp, nn::SoftmaxOp,
          nn::LogSoftmaxOp, nn::MatmulOp>(op))
    return emitReduction(kernels, op);
  if (isa<nn::NonMaxSuppressionOp, nn::TopKOp, nn::RoiAlignOp>(op))
    return emitDetection(kernels, op);
  return emitMove(kernels, op);
}

void emitBorder(KernelBuilder &kernels, Value tensor) {
  RankedTensorType type = tensorType(tensor);
  if (!layoutOf(type) || type.getRank() < 3)
    return;
  if (!MapLayout::of(type).hasBorder())
    return;
  auto schedule = kernel::ScheduleAttr::get(type.getContext(), 1, 1,
                                            kernel::LoopOrder::FiltersOuter, /*tasks=*/1,
                                            /*filters=*/1, kernel::VectorLanes::Filters);
  kernel::FillBorderOp::create(kernels.builder, kernels.loc, kernels.mapView(tensor),
                               borderOf(tensor), schedule);
}

/// Converts one function in place.
class FunctionConverter {
public:
  FunctionConverter(func::FuncOp func, int64_t weightsBytes)
      : func(func), weightsBytes(weightsBytes), builder(func.getContext()),
        kernels(builder, func.getLoc()), assigner(func, kernels) {}

  LogicalResult convert() {
    addBuffers();
    SmallVector<Operation *> ops;
    for (Operation &op : func.getBody().front())
      ops.push_back(&op);
    for (Operation *op : ops)
      if (failed(convertOp(op)))
        return failure();
    for (Operation *op : llvm::reverse(ops)) {
      op->dropAllUses();
      op->erase();
    }
    finishSignature();
    return success();
  }

private:
  void addBuffers();
  LogicalResult convertOp(Operation *op);
  void convertReturn(func::ReturnOp op);
  void finishSignature();

  func::FuncOp func;
  int64_t weightsBytes;
  OpBuilder builder;
  KernelBuilder kernels;
  BufferAssigner assigner;
  unsigned tensorArguments = 0;
  SmallVector<Attribute> layers;
};

/// Byte buffers for inputs, outputs, weights and arena follow the tensor arguments, which go at the
/// end.
void FunctionConverter::addBuffers() {
  Block &body = func.getBody().front();
  tensorArguments = body.getNumArguments();
  auto add = [&](int64_t bytes) {
    return body.addArgument(MemRefType::get({bytes}, builder.getI8Type()), func.getLoc());
  };
  for (unsigned i = 0; i < tensorArguments; ++i)
    kernels.setBuffer(body.getArgument(i), {add(bufferBytes(tensorType(body.getArgument(i)))), 0});
  SmallVector<Value> outputs;
  for (Value result : body.getTerminator()->getOperands()) {
    // What a prepare function returns keeps its layout; a network's results are plain.
    outputs.push_back(add(bufferBytes(tensorType(result))));
  }
  assigner.setOutputs(outputs);
  assigner.setWeights(add(weightsBytes));
  add(0);
}

LogicalResult FunctionConverter::convertOp(Operation *op) {
  builder.setInsertionPoint(func.getBody().front().getTerminator());
  kernels.loc = op->getLoc();
  if (auto ret = dyn_cast<func::ReturnOp>(op)) {
    convertReturn(ret);
    return success();
  }
  if (assigner.placeWithoutCode(op))
    return success();
  layers.push_back(describeLayer(op));
  if (isFusedIntoUser(op))
    return success();
  for (Value result : op->getResults())
    assigner.place(result);
  bool isEmpty = llvm::all_of(op->getResultTypes(), [](Type type) {
    return cast<RankedTensorType>(type).getNumElements() == 0;
  });
  if (isEmpty)
    return success();
  if (failed(emitOp(kernels, op)))
    return failure();
  for (Value result : op->getResults())
    emitBorder(kernels, result);
  return success();
}

void FunctionConverter::convertReturn(func::ReturnOp op) {
  for (auto [i, value] : llvm::enumerate(op.getOperands())) {
    Buffer from = kernels.bufferOf(value), to = {assigner.output(i), 0};
    if (from.bytes == to.bytes)
      continue;
    SmallVector<int64_t> shape = bufferShape(tensorType(value));
    Type element = bufferElement(tensorType(value));
    kernels.copy(kernels.view(from, shape, element), kernels.view(to, shape, element));
  }
  func::ReturnOp::create(builder, op.getLoc());
}

/// The tensors' names and types move to an attribute, for the artefact's header and manifest.
void FunctionConverter::finishSignature() {
  Block &body = func.getBody().front();
  auto describe = [&](Type type, DictionaryAttr attrs) {
    NamedAttrList list(attrs);
    list.set("kernel.type", TypeAttr::get(type));
    return Attribute(list.getDictionary(func.getContext()));
  };
  SmallVector<Attribute> inputs, outputs;
  auto offsets = func->getAttrOfType<DenseI64ArrayAttr>("kernel.prepared");
  size_t prepared = offsets && func->hasAttr("kernel.entry") ? offsets.size() : 0;
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes().drop_back(prepared)))
    inputs.push_back(describe(type, func.getArgAttrDict(i)));
  for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
    outputs.push_back(describe(type, func.getResultAttrDict(i)));
  func->setAttr("kernel.inputs", builder.getArrayAttr(inputs));
  func->setAttr("kernel.outputs", builder.getArrayAttr(outputs));
  if (func->hasAttr("kernel.entry"))
    func->setAttr("kernel.layers", builder.getArrayAttr(layers));
  func.removeArgAttrsAttr();
  func.removeResAttrsAttr();
  body.eraseArguments(0, tensorArguments);
  func.setFunctionType(builder.getFunctionType(body.getArgumentTypes(), {}));
}

struct NnToKernel : impl::NnToKernelBase<NnToKernel> {
  using Base::Base;
  void runOnOperation() override {
    auto bytes = getOperation()->getAttrOfType<IntegerAttr>("kernel.weights_bytes");
    SmallVector<func::FuncOp> entries;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      bool isPrepare = func->hasAttr("kernel.prepare");
      if (!isPrepare && !func->hasAttr("kernel.load")) {
        func->setAttr("kernel.entry", UnitAttr::get(&getContext()));
        entries.push_back(func);
      }
      int64_t weights = isPrepare || !bytes ? 0 : bytes.getInt();
      if (failed(FunctionConverter(func, weights).convert()))
        return signalPassFailure();
    }
    if (entries.size() == 1 && !name.empty())
      entries[0].setSymName(name);
  }
};

} // namespace
} // namespace kiln
