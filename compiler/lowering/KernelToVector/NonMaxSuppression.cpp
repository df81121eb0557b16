// Non-max suppression, one class after the other. `rest` holds the scores of the boxes that may
// still be taken, -infinity for the others; the next box is the first of the largest.
//
//   for (image, class):
//     rest = score > threshold ? score : -infinity
//     max_per_class times, as long as there is a box:
//       best = the first largest of rest
//       no row is free: stop unless it beats the lowest row, the last of equal ones; remove that
//       row write the row (image, class, best); rest[best] = -infinity for each box of rest:
//       intersection over union with best > threshold ? -infinity
#include "compiler/lowering/KernelToVector/Kernels.h"

#include <limits>

using namespace mlir;

namespace kiln {
namespace {

struct Corners {
  Value left, top, right, bottom;
};

class SuppressionEmitter {
public:
  SuppressionEmitter(Emitter &e, kernel::NonMaxSuppressionOp op)
      : e(e), op(op), boxes(e.flat(op.getBoxes())), scores(e.flat(op.getScores())),
        selected(e.flat(op.getSelected())), count(e.flat(op.getCount())),
        rest(e.flat(op.getRest())), classes(shapeOf(op.getScores())[1]),
        boxCount(shapeOf(op.getScores())[2]), bound(shapeOf(op.getSelected())[0]) {}

  void emit();

private:
  void emitClass(Value image, Value number);
  Value copyScores(Value number);
  Value takeBest(Value goesOn, Value image, Value number);
  SmallVector<Value> lowestRow(Value isFull);
  void removeRow(Value row);
  void writeRow(Value image, Value number, Value best);
  void suppress(Value image, Value best);
  Corners corners(Value image, Value box);
  Value covers(const Corners &a, const Corners &b);

  Value f32(double value) { return e.constant(e.getF32Type(), value); }
  Value none() { return f32(-std::numeric_limits<double>::infinity()); }
  Value above(Value a, Value b) {
    return arith::CmpFOp::create(e, arith::CmpFPredicate::OGT, a, b);
  }
  Value integer(Value index) { return arith::IndexCastOp::create(e, e.getI64Type(), index); }
  Value rows() {
    return arith::IndexCastOp::create(e, e.getIndexType(), e.loadScalar(count, e.index(0)));
  }
  Value mul(Value a, Value b) { return arith::MulFOp::create(e, a, b); }
  Value plus(Value a, Value b) { return arith::AddFOp::create(e, a, b); }
  Value minus(Value a, Value b) { return arith::SubFOp::create(e, a, b); }
  Value least(Value a, Value b) { return e.choose(above(a, b), b, a); }
  Value largest(Value a, Value b) { return e.choose(above(b, a), b, a); }

  Emitter &e;
  kernel::NonMaxSuppressionOp op;
  Value boxes, scores, selected, count, rest;
  int64_t classes, boxCount, bound;
};

void SuppressionEmitter::emit() {
  e.forEach(bound * 3, [&](Value i) { e.store(e.constant(e.getI64Type(), -1), selected, i); });
  e.store(e.constant(e.getI64Type(), 0), count, e.index(0));
  e.forEach(shapeOf(op.getScores())[0], [&](Value image) {
    e.forEach(classes, [&](Value number) { emitClass(image, number); });
  });
}

void SuppressionEmitter::emitClass(Value image, Value number) {
  Value found = copyScores(e.add(e.mul(image, classes), number));
  e.branch(found, [&] {
    int64_t most = std::min(op.getMaxPerClass(), boxCount);
    e.reduce({e.index(0), e.index(most)}, {found}, [&](Value, ValueRange carried) {
      return SmallVector<Value>{takeBest(carried[0], image, number)};
    });
  });
}

/// Whether any score is above the threshold.
Value SuppressionEmitter::copyScores(Value number) {
  Value threshold = f32(op.getScoreThreshold().convertToDouble()), base = e.mul(number, boxCount);
  Value no = arith::ConstantOp::create(e, e.getBoolAttr(false));
  return e.reduce({e.index(0), e.index(boxCount)}, {no}, [&](Value i, ValueRange carried) {
    Value score = e.loadScalar(scores, e.add(base, i));
    Value isAbove = above(score, threshold);
    e.store(e.choose(isAbove, score, none()), rest, i);
    return SmallVector<Value>{arith::OrIOp::create(e, carried[0], isAbove)};
  })[0];
}

/// Score and number of the row with the lowest score, the last of equal ones; infinity where rows
/// are free, or none exist at all.
SmallVector<Value> SuppressionEmitter::lowestRow(Value isFull) {
  Value end = e.choose(isFull, e.index(bound), e.index(0));
  Value infinity = f32(std::numeric_limits<double>::infinity());
  return e.reduce({e.index(0), end}, {infinity, e.index(0)}, [&](Value row, ValueRange carried) {
    auto entry = [&](int64_t column) {
      Value number = e.loadScalar(selected, e.add(e.mul(row, 3), column));
      return arith::IndexCastOp::create(e, e.getIndexType(), number).getResult();
    };
    Value ofClass = e.add(e.mul(entry(0), classes), entry(1));
    Value score = e.loadScalar(scores, e.add(e.mul(ofClass, boxCount), entry(2)));
    Value isHigher = above(score, carried[0]);
    return SmallVector<Value>{e.choose(isHigher, carried[0], score),
                              e.choose(isHigher, carried[1], row)};
  });
}

/// The rows behind it move up.
void SuppressionEmitter::removeRow(Value row) {
  e.forEach({e.mul(row, 3), e.index((bound - 1) * 3)},
            [&](Value i) { e.store(e.loadScalar(selected, e.add(i, 3)), selected, i); });
  e.store(e.constant(e.getI64Type(), bound - 1), count, e.index(0));
}

/// Whether a box was taken.
Value SuppressionEmitter::takeBest(Value goesOn, Value image, Value number) {
  Value end = e.choose(goesOn, e.index(boxCount), e.index(0));
  SmallVector<Value> best =
      e.reduce({e.index(0), end}, {none(), e.index(0)}, [&](Value i, ValueRange carried) {
        Value score = e.loadScalar(rest, i), isBetter = above(score, carried[0]);
        return SmallVector<Value>{e.choose(isBetter, score, carried[0]),
                                  e.choose(isBetter, i, carried[1])};
      });
  Value isFree = e.less(rows(), e.index(bound));
  Value isFull =
      arith::AndIOp::create(e, above(best[0], none()), e.less(e.index(bound - 1), rows()));
  SmallVector<Value> lowest = lowestRow(isFull);
  Value beats = arith::AndIOp::create(e, isFull, above(best[0], lowest[0]));
  e.branch(beats, [&] { removeRow(lowest[1]); });
  Value taken =
      arith::AndIOp::create(e, above(best[0], none()), arith::OrIOp::create(e, isFree, beats));
  e.branch(taken, [&] {
    writeRow(image, number, best[1]);
    suppress(image, best[1]);
  });
  return taken;
}

void SuppressionEmitter::writeRow(Value image, Value number, Value best) {
  Value row = rows(), at = e.mul(row, 3);
  e.store(integer(image), selected, at);
  e.store(integer(number), selected, e.add(at, 1));
  e.store(integer(best), selected, e.add(at, 2));
  e.store(integer(e.add(row, 1)), count, e.index(0));
  e.store(none(), rest, best);
}

void SuppressionEmitter::suppress(Value image, Value best) {
  Corners taken = corners(image, best);
  e.forEach(boxCount, [&](Value i) {
    e.branch(above(e.loadScalar(rest, i), none()), [&] {
      e.branch(covers(taken, corners(image, i)), [&] { e.store(none(), rest, i); });
    });
  });
}

Corners SuppressionEmitter::corners(Value image, Value box) {
  Value at = e.mul(e.add(e.mul(image, boxCount), box), 4);
  Value numbers[4];
  for (int64_t i = 0; i < 4; ++i)
    numbers[i] = e.loadScalar(boxes, e.add(at, i));
  if (!op.getCenterPointBox())
    return {least(numbers[1], numbers[3]), least(numbers[0], numbers[2]),
            largest(numbers[1], numbers[3]), largest(numbers[0], numbers[2])};
  Value halfWidth = mul(numbers[2], f32(0.5)), halfHeight = mul(numbers[3], f32(0.5));
  return {minus(numbers[0], halfWidth), minus(numbers[1], halfHeight), plus(numbers[0], halfWidth),
          plus(numbers[1], halfHeight)};
}

/// Whether the intersection over the union is above the threshold.
Value SuppressionEmitter::covers(const Corners &a, const Corners &b) {
  auto area = [&](const Corners &box) {
    return mul(minus(box.right, box.left), minus(box.bottom, box.top));
  };
  Value width = minus(least(a.right, b.right), largest(a.left, b.left));
  Value height = minus(least(a.bottom, b.bottom), largest(a.top, b.top));
  Value both = mul(width, height);
  Value all = minus(plus(area(a), area(b)), both);
  Value ratio = arith::DivFOp::create(e, both, all);
  Value meet = arith::AndIOp::create(e, above(width, f32(0)), above(height, f32(0)));
  return arith::AndIOp::create(e, meet, above(ratio, f32(op.getIouThreshold().convertToDouble())));
}

} // namespace

void emitNonMaxSuppression(Emitter &e, kernel::NonMaxSuppressionOp op) {
  SuppressionEmitter(e, op).emit();
}

} // namespace kiln
