// What the emission of every kernel shares: index arithmetic that folds, loops with carried
// vectors, buffers as flat arrays, and the part of the output that a task has.
//
//   e.reduce(e.index(0), e.index(16), accumulators, body)
//   ->   scf.for ... iter_args(...) { body }
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_EMITTER_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_EMITTER_H

#include "compiler/lowering/Passes.h"

#include <array>

namespace kiln {

/// Depth, height, width.
using Spatial3 = std::array<int64_t, 3>;

/// Lanes of a channel block.
constexpr int64_t kLanes = 16;

/// Half-open range of indices.
struct IndexRange {
  mlir::Value begin, end;
};

/// How often LLVM may unroll a loop: as it likes, never, or up to four times, as
/// long as a turn has no more than 28 operations on each of which a carried value depends.
enum class Unroll { Freely, Never, Little };

class Emitter : public mlir::ImplicitLocOpBuilder {
public:
  /// Emits in front of `op`; `task` is the kernel function's task number.
  Emitter(mlir::Operation *op, mlir::Value task)
      : ImplicitLocOpBuilder(op->getLoc(), op), task(task) {}

  // Index arithmetic; all values are non-negative and fit 63 bits.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return add(a, index(b)); }
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value div(mlir::Value a, int64_t b);
  mlir::Value rem(mlir::Value a, int64_t b);
  mlir::Value atMost(mlir::Value a, mlir::Value b);
  mlir::Value atLeast(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, int64_t b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value choose(mlir::Value condition, mlir::Value yes, mlir::Value no);

  // Loops and branches.
  using Body = llvm::function_ref<void(mlir::Value)>;
  using CarriedBody =
      llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)>;
  /// `body(i)` for i in the range; a range of one element needs no loop.
  void forEach(IndexRange range, Body body, int64_t step = 1);
  void forEach(int64_t extent, Body body) { forEach({index(0), index(extent)}, body); }
  /// The same with values that each turn replaces.
  mlir::SmallVector<mlir::Value> reduce(IndexRange range, mlir::ValueRange initial,
                                        CarriedBody body, Unroll unroll = Unroll::Freely,
                                        int64_t step = 1);
  void branch(mlir::Value condition, llvm::function_ref<void()> yes,
              llvm::function_ref<void()> no = nullptr);

  /// `body` with the size of part `number` of `extent`: `step`, or what is left in the last part.
  void withPart(mlir::Value number, int64_t extent, int64_t step,
                llvm::function_ref<void(int64_t)> body);

  /// The part of `units` that this task has, of `tasks` nearly equal ones.
  IndexRange taskRange(int64_t tasks, int64_t units);
  /// The coordinates of a number in row-major order. Dimensions of extent 1 cost nothing.
  mlir::SmallVector<mlir::Value> coordinates(mlir::Value number, llvm::ArrayRef<int64_t> extents);
  /// Runs `body` for the coordinates of each unit of this task.
  void forEachUnit(int64_t tasks, llvm::ArrayRef<int64_t> extents,
                   llvm::function_ref<void(llvm::ArrayRef<mlir::Value>)> body);
  /// Runs `body` for each {image, block of channels, plane, row} of this task; `extents` are of
  /// these four, `blocks` is the outermost loop. Tasks share the rows where there are enough of
  /// them: a thread then reads what it wrote in the kernel before. Else they share the blocks.
  void forEachRow(int64_t tasks, std::array<int64_t, 4> extents,
                  llvm::function_ref<void(llvm::ArrayRef<mlir::Value>)> body);

  // Buffers as flat arrays, and vectors of them.
  mlir::Value flat(mlir::Value buffer);
  mlir::Value loadVector(mlir::Value array, mlir::Value at, int64_t lanes = kLanes);
  mlir::Value loadScalar(mlir::Value array, mlir::Value at);
  /// One element in all lanes.
  mlir::Value loadBroadcast(mlir::Value array, mlir::Value at, int64_t lanes = kLanes);
  void store(mlir::Value value, mlir::Value array, mlir::Value at);
  /// Fetches the line of `at` into the first-level cache, or the second where that one has better
  /// use.
  void prefetch(mlir::Value array, mlir::Value at, int level = 1);
  /// The place a page behind `at`, where the processor's own prefetcher stops, or so far in front
  /// of the end of the array that `elements` lie there.
  mlir::Value onNextPage(mlir::Value array, mlir::Value at, int64_t elements = 1);
  mlir::Value constant(mlir::Type type, double value);
  /// The vector with zeros behind it.
  mlir::Value widened(mlir::Value vector, int64_t lanes);
  /// The columns of sixteen vectors of sixteen elements.
  mlir::SmallVector<mlir::Value> transposed(mlir::SmallVector<mlir::Value> rows);
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c) {
    return mlir::vector::FMAOp::create(*this, a, b, c);
  }

  mlir::Value task;
};

/// vector<lanes x element>.
mlir::VectorType lanesOf(mlir::Type element, int64_t lanes = kLanes);

/// Elements between neighbours in each dimension of a buffer with identity layout.
mlir::SmallVector<int64_t> stridesOf(mlir::Value buffer);
llvm::ArrayRef<int64_t> shapeOf(mlir::Value buffer);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_EMITTER_H
