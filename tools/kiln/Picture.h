// Pictures in memory: read, fitted to the input of a detector, drawn on and written.
#ifndef KILN_TOOLS_KILN_PICTURE_H
#define KILN_TOOLS_KILN_PICTURE_H

#include "tools/kiln/CommandLine.h"

#include "kiln/program.h"

#include <array>
#include <vector>

namespace kiln::tool {

using Color = std::array<uint8_t, 3>;

/// 8-bit RGB, rows from the top.
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;

  /// Fills the part of a rectangle that lies inside.
  void fill(int left, int top, int right, int bottom, Color color);
  /// Draws a frame of lines `thickness` wide, inwards.
  void frame(int left, int top, int right, int bottom, int thickness, Color color);
  /// Writes capitals, digits and a few signs from (left, top) on, `scale` pixels a dot; other
  /// characters become blanks. The text is textWidth x textHeight dots large.
  void write(llvm::StringRef text, int left, int top, int scale, Color color);
};

int textWidth(llvm::StringRef text);
constexpr int textHeight = 9;

/// How a picture of another size becomes the input: stretched, or shrunk as it is, with gray bars.
enum class Fit { Stretch, Letterbox };

/// Where a picture lies in the input, in pixels of the input.
struct Placement {
  int left, top, width, height;
};

/// Whether --input names a picture, by the ending of other formats.
bool isPictureFile(llvm::StringRef word);

/// PNG, JPEG, binary PPM or PGM.
ExitStatus readPicture(llvm::StringRef path, Picture &picture);

ExitStatus writePng(llvm::StringRef path, const Picture &picture);

/// Fills an input of shape 1 x C x H x W, C being 1 or 3, with the picture; `placement`
/// says where it went.
ExitStatus fitPicture(const Picture &picture, const kiln_tensor &tensor,
                      const kiln_preprocess &preprocess, Fit fit, void *data, Placement &placement);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_PICTURE_H
