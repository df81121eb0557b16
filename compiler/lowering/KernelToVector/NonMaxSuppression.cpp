// Non-max suppression, one class after the other. `rest` holds the scores of the boxes that may
// still be taken, -infinity for the others; the next box is the first of the largest.
//
//   for (image, class):
//     rest = score > threshold ? score : -infinity
//     max_per_class times, as long as there is a box and a row:
//       best = the first largest of rest
//       write the row (image, class, best); rest[best] = -infinity
//       for each box of rest: intersection over union with best > threshold ? -infinity
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
  Value goesOn = arith::AndIOp::create(e, found, e.less(rows(), e.index(bound)));
  e.branch(goesOn, [&] {
    int64_t most = std::min(op.getMaxPerClass(), boxCount);
    e.reduce({e.index(0), e.index(most)}, {goesOn}, [&](Value, ValueRange carried) {
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

/// Whether there may be another box and a row for it.
Value SuppressionEmitter::takeBest(Value goesOn, Value image, Value number) {
  Value end = e.choose(goesOn, e.index(boxCount), e.index(0));
  SmallVector<Value> best =
      e.reduce({e.index(0), end}, {none(), e.index(0)}, [&](Value i, ValueRange carried) {
        Value score = e.loadScalar(rest, i), isBetter = above(score, carried[0]);
        return SmallVector<Value>{e.choose(isBetter, score, carried[0]),
                                  e.choose(isBetter, i, carried[1])};
      });
  Value found = above(best[0], none());
  e.branch(found, [&] {
    writeRow(image, number, best[1]);
    suppress(image, best[1]);
  });
  return arith::AndIOp::create(e, found, e.less(rows(), e.index(bound)));
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
