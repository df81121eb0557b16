// Rounding to integers without the instruction that only newer machines have: adding and
// subtracting 2^(mantissa bits) rounds to the nearest, a comparison corrects the direction. Numbers
// without a fraction, infinities and NaN are returned as they are.
#include "compiler/lowering/ExpandMath/FloatBuilder.h"

using namespace mlir;

namespace kiln {
namespace {

enum class Direction { Nearest, Down, Up, TowardZero };

Value round(FloatBuilder &b, Value x, Direction direction) {
  Value size = b.abs(x), limit = b.constant(b.isDouble() ? 0x1p52 : 0x1p23), one = b.constant(1.0);
  Value nearest = b.sub(b.add(size, limit), limit);
  auto correct = [&](arith::CmpFPredicate predicate, Value rounded, Value exact, Value corrected) {
    return b.select(b.compare(predicate, rounded, exact), corrected, rounded);
  };
  Value result = nearest;
  if (direction == Direction::TowardZero)
    result = correct(arith::CmpFPredicate::OGT, nearest, size, b.sub(nearest, one));
  Value withSign = b.withSignOf(result, x);
  if (direction == Direction::Down)
    result = correct(arith::CmpFPredicate::OGT, withSign, x, b.sub(withSign, one));
  if (direction == Direction::Up)
    result = correct(arith::CmpFPredicate::OLT, withSign, x, b.add(withSign, one));
  Value hasFraction = b.compare(arith::CmpFPredicate::OLT, size, limit);
  return b.select(hasFraction, b.withSignOf(result, x), x);
}

} // namespace

Value emitRoundEven(FloatBuilder &b, Value x) { return round(b, x, Direction::Nearest); }
Value emitFloor(FloatBuilder &b, Value x) { return round(b, x, Direction::Down); }
Value emitCeil(FloatBuilder &b, Value x) { return round(b, x, Direction::Up); }
Value emitTrunc(FloatBuilder &b, Value x) { return round(b, x, Direction::TowardZero); }

} // namespace kiln
