// Floats of 24 bits as `#nn.packed` defines them, for tests: a sign, 6 bits of exponent, 17 of
// fraction, and where they lie in the words of a matrix.
#ifndef KILN_TESTS_COMPILER_LOWERING_FLOAT24_H
#define KILN_TESTS_COMPILER_LOWERING_FLOAT24_H

#include "KernelHarness.h"

#include <bit>
#include <cmath>

namespace kiln::test {

inline double valueOfFloat24(uint32_t code) {
  int exponent = static_cast<int>(code >> 17 & 63);
  double magnitude =
      exponent == 0 ? 0.0 : std::ldexp(1 + (code & 0x1ffff) / 131072.0, exponent - 47);
  return code >> 23 ? -magnitude : magnitude;
}

/// Any fraction and sign; from 2^-7 to 2, or zero.
inline uint32_t randomFloat24(Random &random) {
  uint32_t exponent = random.chance(0.1) ? 0 : static_cast<uint32_t>(random.integer(40, 47));
  uint32_t fraction = exponent == 0 ? 0 : static_cast<uint32_t>(random.integer(0, 0x1ffff));
  return static_cast<uint32_t>(random.integer(0, 1)) << 23 | exponent << 17 | fraction;
}

/// The word at [block][row / 4][word][lane].
inline int64_t wordIndex(const Shape &shape, int64_t block, int64_t row, int64_t word,
                         int64_t lane) {
  return ((block * shape[1] + row / 4) * 3 + word) * 16 + lane;
}

inline void storeFloat24(GuardedBuffer &words, int64_t block, int64_t row, int64_t lane,
                         uint32_t code) {
  for (int64_t word = 0; word < 3; ++word) {
    if (row % 4 != 3 && row % 4 != word)
      continue;
    uint32_t added = row % 4 == 3 ? code >> (16 - 8 * word) & 255 : code << 8;
    float &element = words[wordIndex(words.shape(), block, row, word, lane)];
    element = std::bit_cast<float>(std::bit_cast<uint32_t>(element) | added);
  }
}

inline uint32_t loadFloat24(const GuardedBuffer &words, int64_t block, int64_t row, int64_t lane) {
  uint32_t code = 0;
  for (int64_t word = 0; word < 3; ++word) {
    auto bits = std::bit_cast<uint32_t>(words[wordIndex(words.shape(), block, row, word, lane)]);
    if (row % 4 == 3)
      code |= (bits & 255) << (16 - 8 * word);
    else if (row % 4 == word)
      code = bits >> 8;
  }
  return code;
}

} // namespace kiln::test

#endif // KILN_TESTS_COMPILER_LOWERING_FLOAT24_H
