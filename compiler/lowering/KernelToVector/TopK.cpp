// The best elements of a row, by a heap that lies in the outputs: its root is the worst element
// that is kept so far.
//
//   for row of this task:
//     heap = the first k elements
//     for each other element x:  x better than the root ? it takes the root's place and sinks
//     k - 1 times: the root goes behind the heap's end, and the last element sinks from its place
//
// In the end the best element is the first one.
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

/// An element and where it lies along the axis.
struct Candidate {
  Value value, position;
};

class TopKEmitter {
public:
  TopKEmitter(Emitter &e, kernel::TopKOp op)
      : e(e), op(op), input(e.flat(op.getInput())), values(e.flat(op.getValues())),
        positions(e.flat(op.getPositions())), size(shapeOf(op.getInput())[1]),
        kept(shapeOf(op.getValues())[1]), stride(shapeOf(op.getInput())[2]) {}

  void emit();

private:
  void emitRow();
  void sink(Value node, Value end);
  Value goesBefore(Value a, Value b);
  Value isBetter(Candidate a, Candidate b);

  Candidate candidate(Value index) {
    Value place = arith::IndexCastOp::create(e, e.getI64Type(), index);
    return {e.loadScalar(input, e.add(inputRow, e.mul(index, stride))), place};
  }
  Value slot(Value node) { return e.add(outputRow, e.mul(node, stride)); }
  Candidate load(Value node) {
    return {e.loadScalar(values, slot(node)), e.loadScalar(positions, slot(node))};
  }
  void store(Candidate candidate, Value node) {
    e.store(candidate.value, values, slot(node));
    e.store(candidate.position, positions, slot(node));
  }
  void swap(Value a, Value b) {
    Candidate first = load(a), second = load(b);
    store(second, a);
    store(first, b);
  }
  Value both(Value a, Value b) { return arith::AndIOp::create(e, a, b); }

  Emitter &e;
  kernel::TopKOp op;
  Value input, values, positions;
  int64_t size, kept, stride;
  Value inputRow, outputRow; ///< where the row at hand begins
};

void TopKEmitter::emit() {
  int64_t rows = shapeOf(op.getInput())[0];
  e.forEachUnit(op.getSchedule().getTasks(), {rows, stride}, [&](ArrayRef<Value> at) {
    inputRow = e.add(e.mul(at[0], size * stride), at[1]);
    outputRow = e.add(e.mul(at[0], kept * stride), at[1]);
    emitRow();
  });
}

void TopKEmitter::emitRow() {
  Value root = e.index(0), end = e.index(kept);
  e.forEach(kept, [&](Value node) { store(candidate(node), node); });
  e.forEach(kept / 2, [&](Value turn) { sink(e.sub(e.index(kept / 2 - 1), turn), end); });
  e.forEach({end, e.index(size)}, [&](Value index) {
    Candidate next = candidate(index);
    e.branch(goesBefore(next.value, load(root).value), [&] {
      store(next, root);
      sink(root, end);
    });
  });
  e.forEach(kept - 1, [&](Value turn) {
    Value last = e.sub(e.index(kept - 1), turn);
    swap(root, last);
    sink(root, last);
  });
}

/// Lets an element change places with the worse of its children, until neither is worse than it.
void TopKEmitter::sink(Value node, Value end) {
  Value last = e.sub(end, e.index(1));
  e.reduce({e.index(0), e.index(llvm::Log2_64_Ceil(kept))}, {node}, [&](Value, ValueRange carried) {
    Value at = e.atMost(carried[0], last), left = e.add(e.mul(carried[0], 2), 1);
    Value first = e.atMost(left, last), second = e.atMost(e.add(left, 1), last);
    Value child = e.choose(isBetter(load(first), load(second)), second, first);
    Value sinks = both(e.less(left, end), isBetter(load(at), load(child)));
    e.branch(sinks, [&] { swap(at, child); });
    return SmallVector<Value>{e.choose(sinks, child, end)};
  });
}

/// Whether `a` comes before `b`, whatever their positions; a NaN is above every number.
Value TopKEmitter::goesBefore(Value a, Value b) {
  bool largest = op.getLargest();
  if (!isa<FloatType>(a.getType()))
    return arith::CmpIOp::create(e, largest ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt,
                                 a, b);
  using Predicate = arith::CmpFPredicate;
  Value compared = arith::CmpFOp::create(e, largest ? Predicate::UGT : Predicate::ULT, a, b);
  Value number = largest ? b : a;
  return both(compared, arith::CmpFOp::create(e, Predicate::ORD, number, number));
}

/// Whether `a` comes before `b`: of equal elements the one that lies before the other.
Value TopKEmitter::isBetter(Candidate a, Candidate b) {
  Value isFirst = arith::CmpIOp::create(e, arith::CmpIPredicate::slt, a.position, b.position);
  Value no = arith::ConstantOp::create(e, e.getBoolAttr(false));
  return e.choose(goesBefore(a.value, b.value), arith::ConstantOp::create(e, e.getBoolAttr(true)),
                  e.choose(goesBefore(b.value, a.value), no, isFirst));
}

} // namespace

void emitTopK(Emitter &e, kernel::TopKOp op) { TopKEmitter(e, op).emit(); }

} // namespace kiln
