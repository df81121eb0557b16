// Moves every kernel into a private function, so that equal kernels are emitted, compiled and
// cached once: the 50 convolutions of a ResNet need 25 functions.
//
//   kernel.conv ins(%a, %w) outs(%b) {...}
//   ->   kernel.launch @net_f32_conv3x3_64x64_56x56_r28(%a, %w, %b)
//
// A kernel.fill_border goes with the kernel that writes its map, shared out alike. A launch of its
// own would cost more than the zeros, and one thread would take the border's lines out of the
// caches of those that have the map.
#include "compiler/lowering/DescribeLaunch.h"
#include "compiler/lowering/KernelName.h"
#include "compiler/lowering/KernelToLLVM/EntryToLLVM.h"
#include "compiler/lowering/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_OUTLINEKERNELS
#include "compiler/lowering/Passes.h.inc"

namespace {

/// The bytes of a buffer that a value may reach.
struct Extent {
  Value base;
  int64_t begin, end;
};

bool isKernel(Operation *op) {
  return isa<linalg::LinalgOp, kernel::ConvOp, kernel::LocalConvOp, kernel::WinogradOp,
             kernel::WinogradInputOp, kernel::GemmOp, kernel::PoolOp, kernel::LrnOp,
             kernel::NonMaxSuppressionOp, kernel::TopKOp, kernel::RoiAlignOp, kernel::ResampleOp,
             kernel::RelayoutOp, kernel::PackFilterOp, kernel::FillBorderOp>(op);
}

/// What moves into the function with its user: it costs nothing there and shows the whole shape of
/// the access.
bool moves(Operation *op) {
  return op && (isa<memref::SubViewOp>(op) || op->hasTrait<OpTrait::ConstantLike>());
}

Extent extentOf(Value value) {
  auto type = cast<MemRefType>(value.getType());
  int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  for (int64_t size : type.getShape())
    bytes *= size;
  Extent extent{value, 0, bytes};
  while (auto view = extent.base.getDefiningOp<memref::ViewOp>()) {
    std::optional<int64_t> shift = getConstantIntValue(view.getByteShift());
    if (!shift)
      return {Value(), 0, 0};
    extent = {view.getSource(), extent.begin + *shift, extent.end + *shift};
  }
  return extent;
}

bool overlaps(const Extent &a, const Extent &b) {
  return !a.base || !b.base || (a.base == b.base && a.begin < b.end && b.begin < a.end);
}

/// The number of tasks of a linalg op: none under about 32k elements, and a power of two up to
/// eight, so that two to eight threads get equal parts.
int64_t tasksOfLinalg(linalg::LinalgOp op) {
  constexpr int64_t elementsOfTask = 16 << 10, mostTasks = 8;
  int64_t elements = 1, widest = 1, tasks = 1;
  for (auto [range, type] : llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray())) {
    elements *= range;
    if (type == utils::IteratorType::parallel)
      widest = std::max(widest, range);
  }
  while (tasks < mostTasks && elements / (2 * tasks) >= elementsOfTask && 2 * tasks <= widest)
    tasks *= 2;
  return tasks;
}

int64_t tasksOf(Operation *op) {
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return tasksOfLinalg(linalgOp);
  return kernel::tasksOf(op);
}

/// The buffer that `op` writes, or writes a part of, which is that of `border`; null where there is
/// none.
Value writtenMap(Operation *op, kernel::FillBorderOp border) {
  Extent whole = extentOf(border.getBuffer());
  for (auto &effect :
       getEffectsRecursively(op).value_or(SmallVector<MemoryEffects::EffectInstance>())) {
    Value target = effect.getValue();
    if (!target || !isa<MemoryEffects::Write>(effect.getEffect()))
      continue;
    while (auto part = target.getDefiningOp<memref::SubViewOp>())
      target = part.getSource();
    Extent extent = target.getType() == border.getBuffer().getType() ? extentOf(target) : Extent();
    if (extent.base && extent.base == whole.base && extent.begin == whole.begin)
      return target;
  }
  return Value();
}

/// `next` where it fills the border of the map that `op` writes, else null.
kernel::FillBorderOp borderOf(Operation *op, Operation *next) {
  auto border = dyn_cast<kernel::FillBorderOp>(next);
  return border && !isa<kernel::FillBorderOp>(op) && writtenMap(op, border)
             ? border
             : kernel::FillBorderOp();
}

/// The op again, for another buffer and number of tasks.
void fillBorder(OpBuilder &builder, kernel::FillBorderOp border, Value buffer, int64_t tasks) {
  kernel::ScheduleAttr one = border.getSchedule();
  auto schedule =
      kernel::ScheduleAttr::get(builder.getContext(), one.getRows(), one.getColumns(),
                                one.getOrder(), tasks, one.getFilters(), one.getLanes());
  kernel::FillBorderOp::create(builder, border.getLoc(), buffer, border.getBorder(), schedule);
}

class KernelOutliner {
public:
  explicit KernelOutliner(ModuleOp module)
      : module(module), symbols(module), builder(module.getContext()) {}

  LogicalResult outline(func::FuncOp entry);

private:
  LogicalResult outline(Operation *op, kernel::FillBorderOp border, StringRef prefix);
  void describe(Operation *op, StringRef function);
  func::FuncOp createFunction(Operation *op, kernel::FillBorderOp border,
                              ArrayRef<Operation *> moved, ArrayRef<Value> buffers);
  void markAliases(func::FuncOp function, Operation *op, ArrayRef<Value> buffers);

  ModuleOp module;
  SymbolTable symbols;
  OpBuilder builder;
  llvm::StringMap<func::FuncOp> known; ///< by their text without a name
  SmallVector<Attribute> launches;     ///< of the entry at hand
};

LogicalResult KernelOutliner::outline(func::FuncOp entry) {
  SmallVector<Operation *> kernels;
  for (Operation &op : entry.getBody().front())
    if (isKernel(&op))
      kernels.push_back(&op);
  launches.clear();
  bool isNetwork = entry->hasAttr("kernel.entry");
  StringRef prefix = isNetwork ? entry.getSymName() : "weights";
  for (size_t i = 0; i < kernels.size(); ++i) {
    kernel::FillBorderOp border =
        i + 1 < kernels.size() ? borderOf(kernels[i], kernels[i + 1]) : kernel::FillBorderOp();
    if (failed(outline(kernels[i], border, prefix)))
      return failure();
    if (border)
      ++i;
  }
  if (isNetwork)
    entry->setAttr("kernel.launches", builder.getArrayAttr(launches));
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(entry.getBody().front())))
    if (moves(&op) && op.use_empty())
      op.erase();
  return success();
}

LogicalResult KernelOutliner::outline(Operation *op, kernel::FillBorderOp border,
                                      StringRef prefix) {
  // Everything the kernel uses: constants and subviews go with it, buffers become arguments, each
  // once.
  llvm::SetVector<Value> used;
  used.insert_range(op->getOperands());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  llvm::SetVector<Operation *> moved;
  for (size_t i = 0; i < used.size(); ++i)
    if (Operation *definition = used[i].getDefiningOp(); moves(definition)) {
      moved.insert(definition);
      used.insert_range(definition->getOperands());
    }
  SmallVector<Value> buffers;
  for (Value value : used) {
    if (moves(value.getDefiningOp()))
      continue;
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity())
      return op->emitOpError("uses a value that is neither a constant nor a static buffer: ")
             << value.getType();
    buffers.push_back(value);
  }
  SmallVector<Operation *> sorted(moved.begin(), moved.end());
  llvm::sort(sorted, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });

  func::FuncOp function = createFunction(op, border, sorted, buffers);
  std::string text;
  llvm::raw_string_ostream stream(text);
  function->print(stream, OpPrintingFlags().useLocalScope());
  auto [entry, isNew] = known.try_emplace(text, function);
  if (isNew) {
    function.setSymName(kernelName(prefix, op) + (border ? "_bordered" : ""));
    symbols.insert(function, module.getBody()->end());
    remark::passed(op->getLoc(), remark::RemarkOpts::name("OutlineKernels").category("lowering"))
        << remark::metric("Kernel", function.getSymName());
  } else {
    function.erase();
  }
  describe(op, entry->second.getSymName());
  builder.setInsertionPoint(op);
  kernel::LaunchOp::create(builder, op->getLoc(), entry->second.getSymName(), buffers, tasksOf(op));
  op->erase();
  if (border)
    border->erase();
  return success();
}

void KernelOutliner::describe(Operation *op, StringRef function) {
  auto entry = op->getParentOfType<func::FuncOp>();
  unsigned arguments = entry.getNumArguments();
  Value weights = arguments < 2 ? Value() : entry.getArgument(arguments - 2);
  launches.push_back(describeLaunch(op, function, tasksOf(op), weights));
}

func::FuncOp KernelOutliner::createFunction(Operation *op, kernel::FillBorderOp border,
                                            ArrayRef<Operation *> moved, ArrayRef<Value> buffers) {
  SmallVector<Type> inputs =
      llvm::map_to_vector(buffers, [](Value value) { return value.getType(); });
  inputs.push_back(builder.getIndexType());
  Location loc = op->getLoc();
  auto function = func::FuncOp::create(loc, "kernel", builder.getFunctionType(inputs, {}));
  function.setPrivate();
  function->setAttr("kernel.tasks", builder.getI64IntegerAttr(tasksOf(op)));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping mapping;
  mapping.map(ValueRange(buffers), body->getArguments().drop_back());
  for (Operation *definition : moved)
    builder.clone(*definition, mapping);
  builder.clone(*op, mapping);
  if (border)
    fillBorder(builder, border, mapping.lookup(writtenMap(op, border)), tasksOf(op));
  func::ReturnOp::create(builder, loc);
  markAliases(function, op, buffers);
  return function;
}

/// Marks pairs of arguments that reach the same bytes, one of which may be written.
void KernelOutliner::markAliases(func::FuncOp function, Operation *op, ArrayRef<Value> buffers) {
  llvm::DenseSet<Value> written;
  for (auto &effect :
       getEffectsRecursively(op).value_or(SmallVector<MemoryEffects::EffectInstance>()))
    if (isa<MemoryEffects::Write>(effect.getEffect()) && effect.getValue()) {
      Value target = effect.getValue();
      while (auto view = target.getDefiningOp<memref::SubViewOp>())
        target = view.getSource();
      written.insert(target);
    }
  for (size_t i = 0; i < buffers.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if ((written.contains(buffers[i]) || written.contains(buffers[j])) &&
          overlaps(extentOf(buffers[i]), extentOf(buffers[j])))
        for (size_t argument : {i, j})
          function.setArgAttr(argument, "kernel.may_alias", builder.getUnitAttr());
}

struct OutlineKernels : impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    KernelOutliner outliner(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (launchesKernels(function) && failed(outliner.outline(function)))
        return signalPassFailure();
  }
};

} // namespace
} // namespace kiln
