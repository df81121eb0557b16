// Places every buffer in one arena: two buffers share bytes only where their lifetimes do not
// overlap.
//
// The program is a straight line, so a lifetime is a pair of positions. Buffers are placed largest
// first at the lowest offset that is free for their whole lifetime; among some orders the one with
// the smallest arena wins.
//
// The scratch memory of tasks, where it is not large, lies behind all else, as one buffer that lives
// throughout. A task has about the same part of it in every kernel, and with it the same thread;
// where a map was, another thread may have written what a task is about to write, and each line
// would come from the cache of another core.
#include "compiler/schedule/Passes.h"
#include "dialects/kernel/KernelDialect.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_PLANMEMORY
#include "compiler/schedule/Passes.h.inc"

namespace {

constexpr int64_t alignment = 64;

struct Lifetime {
  memref::AllocOp alloc;
  int64_t bytes;
  int64_t first, last;    ///< positions of the ops that first and last touch it
  bool isScratch = false; ///< of the tasks of a kernel
  int64_t offset = 0;

  bool overlaps(const Lifetime &other) const { return first <= other.last && other.first <= last; }
};

/// Whether tasks of the op write and read the buffer, and it is so small that the caches of few
/// threads keep it until the next kernel.
bool isScratchOf(Operation *op, Value buffer) {
  constexpr int64_t mostBytes = 2 << 20;
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getNumElements() * type.getElementTypeBitWidth() / 8 > mostBytes)
    return false;
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  return effects && isa<kernel::KernelDialect>(op->getDialect()) && kernel::tasksOf(op) > 1 &&
         effects.getEffectOnValue<MemoryEffects::Read>(buffer) &&
         effects.getEffectOnValue<MemoryEffects::Write>(buffer);
}

/// What the ops do that use a buffer, through views of it, and where they are.
void extend(Value buffer, const DenseMap<Operation *, int64_t> &positions, Lifetime &lifetime) {
  for (Operation *user : buffer.getUsers()) {
    if (isa<memref::ViewOp, memref::SubViewOp>(user)) {
      extend(user->getResult(0), positions, lifetime);
      continue;
    }
    lifetime.isScratch |= isScratchOf(user, buffer);
    // A use inside the body of an op belongs to that op.
    while (!positions.contains(user))
      user = user->getParentOp();
    int64_t position = positions.lookup(user);
    lifetime.first = std::min(lifetime.first, position);
    lifetime.last = std::max(lifetime.last, position);
  }
}

SmallVector<Lifetime> lifetimesOf(Block &body) {
  DenseMap<Operation *, int64_t> positions;
  for (Operation &op : body)
    positions.try_emplace(&op, positions.size());
  SmallVector<Lifetime> lifetimes;
  for (auto alloc : body.getOps<memref::AllocOp>()) {
    int64_t bytes = llvm::alignTo(alloc.getType().getDimSize(0), alignment);
    Lifetime lifetime{alloc, bytes, static_cast<int64_t>(positions.size()),
                      positions.lookup(alloc)};
    extend(alloc, positions, lifetime);
    lifetimes.push_back(lifetime);
  }
  return lifetimes;
}

/// The allocation whose start a view shows, or null.
memref::AllocOp viewedAllocation(Value value) {
  auto view = value.getDefiningOp<memref::ViewOp>();
  return view && matchPattern(view.getByteShift(), m_Zero())
             ? view.getSource().getDefiningOp<memref::AllocOp>()
             : memref::AllocOp();
}

/// The buffer that a value shows a part of.
Value baseOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<memref::ViewOp, memref::SubViewOp>(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

/// The allocation that a pointwise op reads for the last time, element by element in the order of
/// its output: every operand that shows it does.
memref::AllocOp dyingInput(linalg::GenericOp op, ArrayRef<Lifetime> lifetimes, int64_t position) {
  AffineMap outputMap = op.getIndexingMapsArray().back();
  auto isAligned = [&](OpOperand *input) {
    return viewedAllocation(input->get()) &&
           input->get().getType() == op.getOutputs()[0].getType() &&
           op.getMatchingIndexingMap(input) == outputMap;
  };
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value base = baseOf(input->get());
    bool allAligned = llvm::all_of(op.getDpsInputOperands(), [&](OpOperand *other) {
      return baseOf(other->get()) != base || isAligned(other);
    });
    auto alloc = base.getDefiningOp<memref::AllocOp>();
    auto lifetime = llvm::find_if(lifetimes, [&](const Lifetime &at) { return at.alloc == alloc; });
    if (alloc && allAligned && lifetime != lifetimes.end() && lifetime->last == position)
      return alloc;
  }
  return {};
}

/// A pointwise op writes onto an input that nobody reads after it.
void reuseDyingInputs(Block &body) {
  for (auto op : llvm::make_early_inc_range(body.getOps<linalg::GenericOp>())) {
    if (op.getNumLoops() != op.getNumParallelLoops() || op.getOutputs().size() != 1)
      continue;
    memref::AllocOp output = viewedAllocation(op.getOutputs()[0]);
    if (!output)
      continue;
    SmallVector<Lifetime> lifetimes = lifetimesOf(body);
    auto lifetime =
        llvm::find_if(lifetimes, [&](const Lifetime &at) { return at.alloc == output; });
    memref::AllocOp input = dyingInput(op, lifetimes, lifetime->first);
    if (!input || input == output || input.getType() != output.getType())
      continue;
    output.replaceAllUsesWith(input.getResult());
    output.erase();
  }
}

/// The most bytes that are alive at any one position: no arena can be smaller.
int64_t largestLiveSet(ArrayRef<Lifetime> lifetimes) {
  int64_t largest = 0;
  for (const Lifetime &at : lifetimes) {
    int64_t live = 0;
    for (const Lifetime &other : lifetimes)
      if (other.first <= at.first && at.first <= other.last)
        live += other.bytes;
    largest = std::max(largest, live);
  }
  return largest;
}

/// Places the lifetimes in the given order, each at the lowest offset that is free; returns the
/// arena's size.
int64_t placeInOrder(MutableArrayRef<Lifetime> lifetimes, ArrayRef<size_t> order) {
  SmallVector<const Lifetime *> placed; // by offset
  int64_t size = 0;
  for (size_t index : order) {
    Lifetime &current = lifetimes[index];
    int64_t offset = 0;
    for (const Lifetime *other : placed)
      if (current.overlaps(*other) && offset + current.bytes > other->offset)
        offset = std::max(offset, other->offset + other->bytes);
    current.offset = offset;
    size = std::max(size, offset + current.bytes);
    placed.insert(llvm::upper_bound(
                      placed, &current,
                      [](const Lifetime *a, const Lifetime *b) { return a->offset < b->offset; }),
                  &current);
  }
  return size;
}

int64_t placeAll(MutableArrayRef<Lifetime> lifetimes) {
  using Less = llvm::function_ref<bool(const Lifetime &, const Lifetime &)>;
  auto largest = [](const Lifetime &a, const Lifetime &b) { return a.bytes > b.bytes; };
  auto longest = [](const Lifetime &a, const Lifetime &b) {
    return a.last - a.first > b.last - b.first;
  };
  auto weightiest = [](const Lifetime &a, const Lifetime &b) {
    return a.bytes * (a.last - a.first + 1) > b.bytes * (b.last - b.first + 1);
  };
  auto earliest = [](const Lifetime &a, const Lifetime &b) { return a.first < b.first; };
  SmallVector<size_t> order(lifetimes.size()), best;
  int64_t bestSize = std::numeric_limits<int64_t>::max();
  for (Less less : {Less(largest), Less(longest), Less(weightiest), Less(earliest)}) {
    std::iota(order.begin(), order.end(), 0);
    llvm::sort(order, [&](size_t a, size_t b) {
      bool isLess = less(lifetimes[a], lifetimes[b]), isGreater = less(lifetimes[b], lifetimes[a]);
      return isLess || (!isGreater && a < b);
    });
    if (int64_t size = placeInOrder(lifetimes, order); size < bestSize) {
      bestSize = size;
      best = order;
    }
  }
  return best.empty() ? 0 : placeInOrder(lifetimes, best);
}

struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    reuseDyingInputs(func.getBody().front());
    SmallVector<Lifetime> maps = lifetimesOf(func.getBody().front()), scratch;
    auto isScratch = [](const Lifetime &at) { return at.isScratch; };
    llvm::copy_if(maps, std::back_inserter(scratch), isScratch);
    llvm::erase_if(maps, isScratch);
    int64_t live = largestLiveSet(maps) + largestLiveSet(scratch);
    int64_t mapBytes = placeAll(maps), bytes = mapBytes + placeAll(scratch);
    for (Lifetime &at : scratch)
      at.offset += mapBytes;
    rewrite(func, llvm::to_vector(llvm::concat<Lifetime>(maps, scratch)), bytes);
    OpBuilder builder(func);
    func->setAttr("kernel.arena_bytes", builder.getI64IntegerAttr(bytes));
    func->setAttr("kernel.live_bytes", builder.getI64IntegerAttr(live));
  }

  /// The last argument becomes an arena of that size, allocations become views of it.
  void rewrite(func::FuncOp func, ArrayRef<Lifetime> lifetimes, int64_t bytes) {
    Block &body = func.getBody().front();
    BlockArgument arena = body.getArguments().back();
    arena.setType(MemRefType::get({bytes}, IntegerType::get(&getContext(), 8)));
    func.setFunctionType(
        FunctionType::get(&getContext(), body.getArgumentTypes(), func.getResultTypes()));
    for (const Lifetime &lifetime : lifetimes) {
      for (Operation *user : llvm::make_early_inc_range(lifetime.alloc->getUsers()))
        rebase(cast<memref::ViewOp>(user), arena, lifetime.offset);
      Operation *alloc = lifetime.alloc;
      alloc->erase();
    }
  }

  void rebase(memref::ViewOp view, Value arena, int64_t offset) {
    OpBuilder builder(view);
    IntegerAttr within;
    matchPattern(view.getByteShift(), m_Constant(&within));
    Value shift = arith::ConstantIndexOp::create(builder, view.getLoc(), offset + within.getInt());
    view.getByteShiftMutable().assign(shift);
    view.getSourceMutable().assign(arena);
  }
};

} // namespace
} // namespace kiln
