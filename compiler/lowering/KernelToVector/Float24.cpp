// An f32 times 2^-80 has an exponent of 6 bits where the float of 24 bits has one: the product's
// bits without the two in front of the exponent, and six of the fraction, are that float's.
#include "compiler/lowering/KernelToVector/Float24.h"

using namespace mlir;

namespace kiln {
namespace {

constexpr double scale = 0x1p80;
constexpr int64_t bitsOfThird = 8;       ///< of row 3 in each word
constexpr int64_t droppedBits = 6;       ///< of the fraction
constexpr int64_t leastNormal = 1 << 23; ///< as bits of an f32

class Words {
public:
  explicit Words(Emitter &e) : e(e) {}

  Value number(int64_t value) {
    return e.constant(lanesOf(e.getI32Type()), static_cast<double>(value));
  }
  Value both(Value a, int64_t mask) { return arith::AndIOp::create(e, a, number(mask)); }
  Value either(Value a, Value b) { return arith::OrIOp::create(e, a, b); }
  Value plus(Value a, Value b) { return arith::AddIOp::create(e, a, b); }
  Value left(Value a, int64_t bits) {
    return bits == 0 ? a : Value(arith::ShLIOp::create(e, a, number(bits)));
  }
  Value right(Value a, int64_t bits) {
    return bits == 0 ? a : Value(arith::ShRUIOp::create(e, a, number(bits)));
  }

  Value rounded(Value row);
  Value widened(Value word);

private:
  Value times(Value a, double factor) {
    return arith::MulFOp::create(e, a, e.constant(lanesOf(e.getF32Type()), factor));
  }

  Emitter &e;
};

/// A float of 24 bits in the lower bits of a word.
Value Words::rounded(Value row) {
  Value bits = arith::BitcastOp::create(e, lanesOf(e.getI32Type()), times(row, 1 / scale));
  Value sign = both(right(bits, bitsOfThird), 1 << 23);
  Value magnitude = both(bits, 0x7fffffff);
  Value isOdd = both(right(magnitude, droppedBits), 1);
  Value nearest = plus(plus(magnitude, isOdd), number((1 << (droppedBits - 1)) - 1));
  Value isZero = arith::CmpIOp::create(e, arith::CmpIPredicate::ult, nearest, number(leastNormal));
  Value kept = arith::SelectOp::create(e, isZero, number(0), right(nearest, droppedBits));
  return either(sign, kept);
}

/// The f32 of a float of 24 bits in the upper bits of a word; the lower ones do not matter.
Value Words::widened(Value word) {
  // The sign is where it was; its copies and the lower bits go.
  constexpr int64_t kept = static_cast<int32_t>(0x9fffffc0);
  Value spread = arith::ShRSIOp::create(e, word, number(bitsOfThird - droppedBits));
  Value bits = both(spread, kept);
  return times(arith::BitcastOp::create(e, lanesOf(e.getF32Type()), bits), scale);
}

} // namespace

SmallVector<Value> emitRounded(Emitter &e, ValueRange rows) {
  Words w(e);
  SmallVector<Value> words;
  Value last = w.rounded(rows[kWordsOfRows]);
  for (int64_t i = 0; i < kWordsOfRows; ++i) {
    Value third = w.both(w.right(last, (kWordsOfRows - 1 - i) * bitsOfThird), 0xff);
    words.push_back(w.either(w.left(w.rounded(rows[i]), bitsOfThird), third));
  }
  return words;
}

SmallVector<Value> emitWidened(Emitter &e, ValueRange words, int64_t count) {
  Words w(e);
  SmallVector<Value> rows;
  // First what needs all words, which then need no registers any more.
  Value last;
  if (count > kWordsOfRows) {
    last = w.left(words[0], 24);
    last = w.either(last, w.both(w.left(words[1], 16), 0xff0000));
    last = w.widened(w.either(last, w.both(w.left(words[2], 8), 0xff00)));
  }
  for (int64_t i = 0; i < std::min(count, kWordsOfRows); ++i)
    rows.push_back(w.widened(words[i]));
  if (last)
    rows.push_back(last);
  return rows;
}

} // namespace kiln
