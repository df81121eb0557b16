// Rectangles and a font of 5 x 7 dots in cells of 6 x 9.
#include "tools/kiln/Picture.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

namespace kiln::tool {
namespace {

constexpr int glyphRows = 7, glyphColumns = 5, cellWidth = 6;

/// Seven rows of dots from the top; the highest of five bits is the left one.
struct Glyph {
  char character;
  std::array<uint8_t, glyphRows> rows;
};

constexpr Glyph glyphs[] = {
    {'A', {14, 17, 17, 31, 17, 17, 17}}, {'B', {30, 17, 17, 30, 17, 17, 30}},
    {'C', {14, 17, 16, 16, 16, 17, 14}}, {'D', {30, 17, 17, 17, 17, 17, 30}},
    {'E', {31, 16, 16, 30, 16, 16, 31}}, {'F', {31, 16, 16, 30, 16, 16, 16}},
    {'G', {14, 17, 16, 23, 17, 17, 14}}, {'H', {17, 17, 17, 31, 17, 17, 17}},
    {'I', {14, 4, 4, 4, 4, 4, 14}},      {'J', {7, 2, 2, 2, 2, 18, 12}},
    {'K', {17, 18, 20, 24, 20, 18, 17}}, {'L', {16, 16, 16, 16, 16, 16, 31}},
    {'M', {17, 27, 21, 21, 17, 17, 17}}, {'N', {17, 25, 21, 21, 19, 17, 17}},
    {'O', {14, 17, 17, 17, 17, 17, 14}}, {'P', {30, 17, 17, 30, 16, 16, 16}},
    {'Q', {14, 17, 17, 17, 21, 18, 13}}, {'R', {30, 17, 17, 30, 20, 18, 17}},
    {'S', {15, 16, 16, 14, 1, 1, 30}},   {'T', {31, 4, 4, 4, 4, 4, 4}},
    {'U', {17, 17, 17, 17, 17, 17, 14}}, {'V', {17, 17, 17, 17, 10, 10, 4}},
    {'W', {17, 17, 17, 21, 21, 27, 17}}, {'X', {17, 17, 10, 4, 10, 17, 17}},
    {'Y', {17, 17, 10, 4, 4, 4, 4}},     {'Z', {31, 1, 2, 4, 8, 16, 31}},
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},
    {'2', {14, 17, 1, 6, 8, 16, 31}},    {'3', {30, 1, 1, 14, 1, 1, 30}},
    {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {14, 16, 30, 17, 17, 17, 14}}, {'7', {31, 1, 2, 4, 4, 8, 8}},
    {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 17, 15, 1, 14}},
    {'.', {0, 0, 0, 0, 0, 12, 12}},      {',', {0, 0, 0, 0, 12, 4, 8}},
    {'-', {0, 0, 0, 14, 0, 0, 0}},       {'_', {0, 0, 0, 0, 0, 0, 31}},
    {'%', {24, 25, 2, 4, 8, 19, 3}},     {'/', {1, 1, 2, 4, 8, 16, 16}},
    {'(', {2, 4, 8, 8, 8, 4, 2}},        {')', {8, 4, 2, 2, 2, 4, 8}},
    {'\'', {4, 4, 8, 0, 0, 0, 0}},       {':', {0, 12, 12, 0, 12, 12, 0}},
};

} // namespace

int textWidth(llvm::StringRef text) { return static_cast<int>(text.size()) * cellWidth + 1; }

void Picture::fill(int left, int top, int right, int bottom, Color color) {
  left = std::clamp(left, 0, width);
  right = std::clamp(right, left, width);
  top = std::clamp(top, 0, height);
  bottom = std::clamp(bottom, top, height);
  for (int row = top; row < bottom; ++row)
    for (int column = left; column < right; ++column)
      std::copy(color.begin(), color.end(), &pixels[(size_t(row) * width + column) * color.size()]);
}

void Picture::frame(int left, int top, int right, int bottom, int thickness, Color color) {
  fill(left, top, right, top + thickness, color);
  fill(left, bottom - thickness, right, bottom, color);
  fill(left, top, left + thickness, bottom, color);
  fill(right - thickness, top, right, bottom, color);
}

void Picture::write(llvm::StringRef text, int left, int top, int scale, Color color) {
  for (auto [index, character] : llvm::enumerate(text)) {
    char capital = llvm::toUpper(character);
    const Glyph *glyph =
        llvm::find_if(glyphs, [capital](const Glyph &known) { return known.character == capital; });
    if (glyph == std::end(glyphs))
      continue;
    for (int row = 0; row < glyphRows; ++row)
      for (int column = 0; column < glyphColumns; ++column) {
        if (!(glyph->rows[row] >> (glyphColumns - 1 - column) & 1))
          continue;
        int x = left + (static_cast<int>(index) * cellWidth + 1 + column) * scale;
        int y = top + (1 + row) * scale;
        fill(x, y, x + scale, y + scale, color);
      }
  }
}

} // namespace kiln::tool
