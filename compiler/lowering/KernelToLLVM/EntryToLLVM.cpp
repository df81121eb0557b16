// See EntryToLLVM.h.
#include "compiler/lowering/KernelToLLVM/EntryToLLVM.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

/// What the runtime promises of the arena and the weights, and nn-to-kernel of the places in them.
constexpr int64_t sectionAlignment = 64;

/// An address and what is known of its alignment.
struct Address {
  Value pointer;
  int64_t alignment = 1;
};

class EntryConverter {
public:
  EntryConverter(ModuleOp module, StringRef timestamp, KernelAlignments &alignments)
      : module(module), symbols(module),
        b(UnknownLoc::get(module.getContext()), module.getContext()),
        pointer(LLVM::LLVMPointerType::get(module.getContext())), timestamp(timestamp),
        alignments(alignments) {}

  LogicalResult convert(func::FuncOp entry);

private:
  FailureOr<int64_t> countInputs(func::FuncOp entry);
  LogicalResult loadArguments(func::FuncOp entry, LLVM::LLVMFuncOp function);
  void loadPrepared(func::FuncOp entry, Block &body, int64_t inputs);
  LogicalResult convert(Operation &op);
  LogicalResult convertLaunch(kernel::LaunchOp launch);
  void reserveTimestamps(func::FuncOp entry, LLVM::LLVMFuncOp function);
  void storeTimestamp();
  void launchTasks(kernel::LaunchOp launch, ArrayRef<Value> pointers);
  LLVM::LLVMFuncOp taskFunction(kernel::LaunchOp launch);
  LLVM::LLVMFuncOp launchFunction();
  Value loadPointer(Value array, int64_t i) {
    return LLVM::LoadOp::create(b, pointer, elementAddress(array, i));
  }
  Value elementAddress(Value array, int64_t i) {
    return LLVM::GEPOp::create(b, pointer, pointer, array, ArrayRef<LLVM::GEPArg>{int32_t(i)},
                               LLVM::GEPNoWrapFlags::inbounds);
  }

  ModuleOp module;
  SymbolTable symbols;
  ImplicitLocOpBuilder b;
  Type pointer;
  StringRef timestamp; ///< empty: the time is not read
  KernelAlignments &alignments;
  llvm::DenseMap<Value, Address> addresses; ///< of the buffers of the entry at hand
  Value pool, array; ///< its thread pool, and the array of pointers for launches
  Value times;       ///< where the next time goes; null: nowhere
};

/// Inputs come first; without a list of them there is one output.
FailureOr<int64_t> EntryConverter::countInputs(func::FuncOp entry) {
  int64_t buffers = int64_t(entry.getNumArguments()) - 2;
  auto inputs = entry->getAttrOfType<ArrayAttr>("kernel.inputs");
  int64_t count = inputs ? inputs.size() : buffers - 1;
  if (buffers < 0 || count < 0 || count > buffers)
    return entry.emitOpError(
        "must take inputs, outputs, weights and arena, and list its inputs in 'kernel.inputs'");
  return count;
}

LogicalResult EntryConverter::convert(func::FuncOp entry) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(entry);
  b.setLoc(entry.getLoc());
  bool isNetwork = entry->hasAttr("kernel.entry");
  std::string name = isNetwork ? (entry.getSymName() + "_body").str() : entry.getSymName().str();
  symbols.remove(entry);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                          SmallVector<Type>(5, pointer));
  auto function = LLVM::LLVMFuncOp::create(b, name, type);
  symbols.insert(function);
  if (function.getSymName() != name)
    return entry.emitOpError("would become '") << name << "', a name that is taken";
  for (NamedAttribute attribute : entry->getDiscardableAttrs())
    function->setAttr(attribute.getName(), attribute.getValue());
  b.setInsertionPointToStart(function.addEntryBlock(b));
  if (failed(loadArguments(entry, function)))
    return failure();
  if (!timestamp.empty() && isNetwork)
    reserveTimestamps(entry, function);
  for (Operation &op : entry.getBody().front())
    if (failed(convert(op)))
      return failure();
  entry.erase();
  return success();
}

LogicalResult EntryConverter::loadArguments(func::FuncOp entry, LLVM::LLVMFuncOp function) {
  FailureOr<int64_t> inputs = countInputs(entry);
  if (failed(inputs))
    return failure();
  addresses.clear();
  times = Value();
  Block &body = function.getBody().front();
  pool = body.getArgument(4);
  int64_t longest = 0, buffers = entry.getNumArguments() - 2;
  entry.walk([&](kernel::LaunchOp launch) {
    if (launch.getTasks() > 1)
      longest = std::max<int64_t>(longest, launch.getArguments().size());
  });
  if (longest) {
    Value one = LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(1));
    array = LLVM::AllocaOp::create(b, pointer, LLVM::LLVMArrayType::get(pointer, longest), one);
  }
  addresses[entry.getArgument(buffers)] = {body.getArgument(2), sectionAlignment};
  addresses[entry.getArgument(buffers + 1)] = {body.getArgument(3), sectionAlignment};
  loadPrepared(entry, body, *inputs);
  for (int64_t i = 0, outputs = 0; i < buffers; ++i) {
    Address &address = addresses[entry.getArgument(i)];
    if (!address.pointer)
      address.pointer = i < *inputs ? loadPointer(body.getArgument(0), i)
                                    : loadPointer(body.getArgument(1), outputs++);
  }
  return success();
}

/// Buffers that net_open prepares: an entry finds the weights and them behind a pair of pointers;
/// the load function has them as its only output, and its arena behind them.
void EntryConverter::loadPrepared(func::FuncOp entry, Block &body, int64_t inputs) {
  auto offsets = entry->getAttrOfType<DenseI64ArrayAttr>("kernel.prepared");
  if (!offsets)
    return;
  bool isLoad = entry->hasAttr("kernel.load");
  unsigned arguments = entry.getNumArguments();
  Value base = isLoad ? loadPointer(body.getArgument(1), 0) : loadPointer(body.getArgument(2), 1);
  auto placeAt = [&](int64_t offset) {
    Value distance = LLVM::ConstantOp::create(b, b.getI64Type(), offset).getResult();
    return Address{LLVM::GEPOp::create(b, pointer, b.getI8Type(), base, distance,
                                       LLVM::GEPNoWrapFlags::inbounds),
                   sectionAlignment};
  };
  for (auto [i, offset] : llvm::enumerate(offsets.asArrayRef()))
    addresses[entry.getArgument(inputs + i)] = placeAt(offset);
  if (isLoad)
    addresses[entry.getArgument(arguments - 1)] =
        placeAt(module->getAttrOfType<IntegerAttr>("kernel.prepared_bytes").getInt());
  else
    addresses[entry.getArgument(arguments - 2)].pointer = loadPointer(body.getArgument(2), 0);
}

/// Makes the arena longer by one number for the start and one for each launch.
void EntryConverter::reserveTimestamps(func::FuncOp entry, LLVM::LLVMFuncOp function) {
  auto arena = cast<MemRefType>(entry.getArgumentTypes().back());
  int64_t begin = llvm::alignTo(arena.getNumElements(), 8), count = 1;
  entry.walk([&](kernel::LaunchOp) { ++count; });
  function->setAttr("kernel.arena_bytes", b.getI64IntegerAttr(begin + 8 * count));
  times = LLVM::GEPOp::create(b, pointer, b.getI8Type(), function.getBody().front().getArgument(3),
                              LLVM::ConstantOp::create(b, b.getI64Type(), begin).getResult());
  storeTimestamp();
}

void EntryConverter::storeTimestamp() {
  if (!times)
    return;
  auto now =
      LLVM::CallIntrinsicOp::create(b, b.getI64Type(), b.getStringAttr(timestamp), ValueRange());
  LLVM::StoreOp::create(b, now.getResult(0), times);
  times = LLVM::GEPOp::create(b, pointer, b.getI64Type(), times, ArrayRef<LLVM::GEPArg>{1});
}

LogicalResult EntryConverter::convert(Operation &op) {
  b.setLoc(op.getLoc());
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](memref::ViewOp view) -> LogicalResult {
        std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
        if (!shift || !view.getSizes().empty())
          return view.emitOpError("must have a constant offset and static sizes here");
        Address base = addresses.lookup(view.getSource());
        Value at = *shift == 0
                       ? base.pointer
                       : LLVM::GEPOp::create(
                             b, pointer, b.getI8Type(), base.pointer,
                             LLVM::ConstantOp::create(b, b.getI64Type(), *shift).getResult(),
                             LLVM::GEPNoWrapFlags::inbounds)
                             .getResult();
        addresses[view] = {at, static_cast<int64_t>(llvm::MinAlign(base.alignment, *shift))};
        return success();
      })
      .Case<memref::CollapseShapeOp, memref::ExpandShapeOp>([&](auto reshape) {
        addresses[reshape.getResult()] = addresses.lookup(reshape.getSrc());
        return success();
      })
      .Case([&](kernel::LaunchOp launch) {
        LogicalResult result = convertLaunch(launch);
        storeTimestamp();
        return result;
      })
      .Case([&](func::ReturnOp) {
        LLVM::ReturnOp::create(b, ValueRange());
        return success();
      })
      .Case([](arith::ConstantOp) { return success(); })
      .Default([](Operation *other) {
        return other->emitOpError("does not belong into an entry function here");
      });
}

LogicalResult EntryConverter::convertLaunch(kernel::LaunchOp launch) {
  auto kernelType = symbols.lookup<func::FuncOp>(launch.getCallee()).getFunctionType();
  SmallVector<Value> pointers;
  SmallVector<int64_t> known;
  for (Value buffer : launch.getArguments()) {
    Address address = addresses.lookup(buffer);
    if (!address.pointer)
      return launch.emitOpError("has a buffer that is no view of an argument");
    int64_t bits = cast<MemRefType>(buffer.getType()).getElementTypeBitWidth();
    pointers.push_back(address.pointer);
    known.push_back(std::max<int64_t>(address.alignment, llvm::divideCeil(bits, 8)));
  }
  auto [entry, isNew] = alignments.try_emplace(launch.getCalleeAttr().getAttr(), known);
  if (!isNew)
    for (auto [least, alignment] : llvm::zip_equal(entry->second, known))
      least = std::min(least, alignment);
  if (launch.getTasks() > 1) {
    launchTasks(launch, pointers);
    return success();
  }
  if (kernelType.getNumInputs() > pointers.size())
    pointers.push_back(LLVM::ConstantOp::create(b, b.getI64Type(), 0));
  LLVM::CallOp::create(b, TypeRange(), launch.getCallee(), pointers);
  return success();
}

void EntryConverter::launchTasks(kernel::LaunchOp launch, ArrayRef<Value> pointers) {
  for (auto [i, address] : llvm::enumerate(pointers))
    LLVM::StoreOp::create(b, address, elementAddress(array, i));
  Value tasks = LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(launch.getTasks()));
  Value task = LLVM::AddressOfOp::create(b, taskFunction(launch));
  LLVM::CallOp::create(b, launchFunction(), ValueRange{pool, tasks, task, array});
}

/// `void k_task(void *argument, int32_t task)`: takes the pointers from the array and calls the
/// kernel.
LLVM::LLVMFuncOp EntryConverter::taskFunction(kernel::LaunchOp launch) {
  std::string name = (launch.getCallee() + "_task").str();
  if (auto known = symbols.lookup<LLVM::LLVMFuncOp>(name))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                          {pointer, b.getI32Type()});
  auto function = LLVM::LLVMFuncOp::create(b, name, type, LLVM::Linkage::Internal);
  symbols.insert(function);
  Block *body = function.addEntryBlock(b);
  b.setInsertionPointToStart(body);
  SmallVector<Value> arguments;
  for (size_t i = 0; i < launch.getArguments().size(); ++i)
    arguments.push_back(LLVM::LoadOp::create(b, pointer, elementAddress(body->getArgument(0), i)));
  arguments.push_back(LLVM::SExtOp::create(b, b.getI64Type(), body->getArgument(1)));
  LLVM::CallOp::create(b, TypeRange(), launch.getCallee(), arguments);
  LLVM::ReturnOp::create(b, ValueRange());
  return function;
}

/// `void kiln_launch(const kiln_pool *, int tasks, void (*task)(void *, int), void *argument)` of
/// runtime/core.
LLVM::LLVMFuncOp EntryConverter::launchFunction() {
  if (auto known = symbols.lookup<LLVM::LLVMFuncOp>("kiln_launch"))
    return known;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                          {pointer, b.getI32Type(), pointer, pointer});
  auto function = LLVM::LLVMFuncOp::create(b, "kiln_launch", type);
  symbols.insert(function);
  return function;
}

} // namespace

bool launchesKernels(func::FuncOp function) {
  return function->hasAttr("kernel.entry") || function->hasAttr("kernel.prepare") ||
         function->hasAttr("kernel.load");
}

LogicalResult convertEntries(ModuleOp module, StringRef timestamp, KernelAlignments &alignments) {
  EntryConverter converter(module, timestamp, alignments);
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
    if (launchesKernels(function) && failed(converter.convert(function)))
      return failure();
  return success();
}

} // namespace kiln
