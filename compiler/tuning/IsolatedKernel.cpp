// The op is cut out, with the prologue in front of it where a choice computes that too, and becomes
// a network: one function a choice, whose operands and result are arguments in the layouts that
// they have. What follows is the rest of the compiler.
#include "compiler/tuning/IsolatedKernel.h"

#include "compiler/Pipeline.h"
#include "compiler/lowering/TranslateToLLVM.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"
#include "compiler/schedule/Prologue.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/AllocatorBase.h"

using namespace mlir;

namespace kiln {
namespace {

RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

/// The op, behind what a prologue would compute.
SmallVector<Operation *> withPrologue(Operation *op) {
  SmallVector<Operation *> ops;
  if (auto conv = dyn_cast<nn::ConvOp>(op))
    if (std::optional<Prologue> prologue = prologueOf(conv))
      llvm::append_range(ops, prologue->ops);
  ops.push_back(op);
  return ops;
}

/// An op in a module of its own.
class Extract {
public:
  explicit Extract(Operation *op) : op(op), ops(withPrologue(op)) {
    for (Operation *inner : ops)
      for (Value operand : inner->getOperands())
        if (!llvm::is_contained(ops, operand.getDefiningOp()))
          leaves.insert(operand);
  }

  ArrayRef<Value> arguments() const { return leaves.getArrayRef(); }
  /// The type of an argument in the function of a choice.
  RankedTensorType typeFor(Value argument, const KernelChoice &choice) const;
  void addFunction(ModuleOp module, StringRef name, const KernelChoice &choice,
                   const TargetModel &target) const;

private:
  Operation *op;
  SmallVector<Operation *> ops;
  llvm::SetVector<Value> leaves;
};

RankedTensorType Extract::typeFor(Value argument, const KernelChoice &choice) const {
  RankedTensorType type = typeOf(argument);
  if (!choice.filterForm || argument != cast<nn::ConvOp>(op).getFilter())
    return type;
  auto packed = cast<nn::PackedAttr>(type.getEncoding());
  auto encoding = nn::PackedAttr::get(op->getContext(), *choice.filterForm, packed.getGroups(),
                                      packed.getBlock());
  return RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
}

void Extract::addFunction(ModuleOp module, StringRef name, const KernelChoice &choice,
                          const TargetModel &target) const {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = builder.getUnknownLoc();
  SmallVector<Type> inputs =
      llvm::map_to_vector(leaves, [&](Value leaf) { return Type(typeFor(leaf, choice)); });
  auto function = func::FuncOp::create(builder, loc, name,
                                       builder.getFunctionType(inputs, op->getResultTypes()));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  mapping.map(leaves.getArrayRef(), body->getArguments());
  Operation *copy = nullptr;
  for (Operation *inner : ops) {
    copy = builder.clone(*inner, mapping);
    copy->setLoc(loc);
    // A depthwise convolution in front is as the model chooses it, whatever its own times say.
    if (auto first = inner == op ? SmallVector<KernelChoice>() : choicesFor(inner, target, "off");
        !first.empty())
      applyChoice(copy, first.front());
  }
  if (choice.schedule)
    copy->setAttr(scheduleAttribute, choice.schedule);
  if (choice.prologueRows)
    copy->setAttr(prologueAttribute, builder.getI64IntegerAttr(choice.prologueRows));
  func::ReturnOp::create(builder, loc, copy->getResults());
}

std::string functionName(size_t choice) { return "choice" + std::to_string(choice); }

/// What follows choose-kernel; gives the largest arena that a function needs.
FailureOr<int64_t> lower(ModuleOp module, const Options &options) {
  PassManager passes(module.getContext());
  passes.addPass(createNnToKernel({}));
  passes.addNestedPass<func::FuncOp>(createPlanMemory());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  addLoweringStage(passes, options);
  if (failed(passes.run(module)))
    return failure();
  int64_t arenaBytes = 0;
  for (Operation &op : *module.getBody())
    if (auto bytes = op.getAttrOfType<IntegerAttr>("kernel.arena_bytes"))
      arenaBytes = std::max(arenaBytes, bytes.getInt());
  return arenaBytes;
}

FailureOr<std::unique_ptr<HostJit>> compileHere(ModuleOp module, const Options &options) {
  auto context = std::make_unique<llvm::LLVMContext>();
  auto translated = translateToLLVM(module, *context);
  if (failed(translated))
    return failure();
  auto jit = HostJit::create(std::move(context), std::move(*translated), options.optimization,
                             options.target);
  if (!jit)
    return emitError(module.getLoc(), "cannot compile a kernel to measure: ")
           << llvm::toString(jit.takeError());
  return std::move(*jit);
}

/// What comes from memory is there so often that the cache has lost the first copy when the last
/// was read.
int64_t copiesFromMemory(int64_t bytes) {
  constexpr int64_t beyondCache = 64 << 20, mostCopies = 64;
  return std::clamp<int64_t>(llvm::divideCeilSigned(beyondCache, std::max<int64_t>(bytes, 1)), 1,
                             mostCopies);
}

constexpr size_t bufferAlignment = 64;

} // namespace

/// Floats are numbers whose sums stay small, all else is zero.
IsolatedKernel::Buffer::Buffer(int64_t bytes, int64_t copies, bool isFloat)
    : step(static_cast<int64_t>(llvm::alignTo(std::max<int64_t>(bytes, 1), bufferAlignment))),
      copies(copies),
      data(static_cast<char *>(llvm::allocate_buffer(step * copies, bufferAlignment)),
           {step * copies}) {
  std::fill_n(data.get(), step * copies, 0);
  auto *numbers = reinterpret_cast<float *>(data.get());
  for (int64_t i = 0; isFloat && i < step * copies / int64_t(sizeof(float)); ++i)
    numbers[i] = static_cast<float>(i % 31 - 15) / 64;
}

void IsolatedKernel::Buffer::Free::operator()(char *data) const {
  llvm::deallocate_buffer(data, bytes, bufferAlignment);
}

FailureOr<IsolatedKernel> IsolatedKernel::compile(Operation *op, ArrayRef<KernelChoice> choices,
                                                  const Options &options,
                                                  const llvm::DenseSet<Value> &fromMemory) {
  Options plain = options;
  plain.timestamp.clear();
  Extract extract(op);
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  for (auto [i, choice] : llvm::enumerate(choices))
    extract.addFunction(*module, functionName(i), choice, TargetModel::forTarget(options.target));
  FailureOr<int64_t> arenaBytes = lower(*module, plain);
  if (failed(arenaBytes))
    return failure();
  FailureOr<std::unique_ptr<HostJit>> jit = compileHere(*module, plain);
  if (failed(jit))
    return failure();
  IsolatedKernel kernel;
  kernel.jit = std::move(*jit);
  for (size_t i = 0; i < choices.size(); ++i) {
    auto body = kernel.jit->lookup(functionName(i) + "_body");
    if (!body)
      return emitError(op->getLoc(), "cannot run a kernel to measure: ")
             << llvm::toString(body.takeError());
    kernel.bodies.push_back(*body);
  }
  for (Value argument : extract.arguments()) {
    int64_t bytes = 0;
    for (const KernelChoice &choice : choices)
      bytes = std::max(bytes, bufferBytes(extract.typeFor(argument, choice)));
    int64_t copies = fromMemory.contains(argument) ? copiesFromMemory(bytes) : 1;
    kernel.arguments.emplace_back(bytes, copies, typeOf(argument).getElementType().isF32());
  }
  kernel.others.emplace_back(bufferBytes(typeOf(op->getResult(0))), 1, false);
  kernel.others.emplace_back(*arenaBytes, 1, false);
  return kernel;
}

void IsolatedKernel::run(size_t choice, const kiln_pool *pool) {
  SmallVector<const void *> inputs;
  for (const Buffer &argument : arguments)
    inputs.push_back(argument.at(turn));
  void *output = others[0].at(0);
  bodies[choice](inputs.data(), &output, nullptr, others[1].at(0), pool);
  ++turn;
}

} // namespace kiln
