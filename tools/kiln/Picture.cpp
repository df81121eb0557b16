// Decoding is stb_image's; resizing is bilinear with a filter that widens where a picture shrinks.
#include "tools/kiln/Picture.h"
#include "tools/kiln/Messages.h"

#include "compiler/codegen/OutputFile.h"
#include "runtime/hosted/files.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

extern "C" {
#include "runtime/hosted/picture.h"
}

#include <stb_image.h>
#include <stb_image_write.h>

#include <cmath>

namespace kiln::tool {
namespace {

constexpr int channelsOfPicture = 3;

/// One channel as numbers.
struct Plane {
  int width, height;
  std::vector<float> values;

  Plane(int width, int height) : width(width), height(height), values(size_t(width) * height) {}
  float &at(int row, int column) { return values[size_t(row) * width + column]; }
  float at(int row, int column) const { return values[size_t(row) * width + column]; }
};

/// The input positions that an output position is made of: a triangle around its centre, as wide as
/// a pixel of the smaller of both pictures, so that no pixel of a large picture is passed over.
struct Window {
  int first;
  std::vector<double> weights;
};

Window windowAt(int to, int size, int sourceSize) {
  double scale = static_cast<double>(sourceSize) / size, support = std::max(scale, 1.0);
  double centre = (to + 0.5) * scale;
  int first = std::max(0, static_cast<int>(centre - support + 0.5));
  int last = std::min(sourceSize, static_cast<int>(centre + support + 0.5));
  Window window{first, {}};
  double sum = 0;
  for (int i = first; i < last; ++i) {
    double weight = std::max(0.0, 1 - std::fabs((i + 0.5 - centre) / support));
    window.weights.push_back(weight);
    sum += weight;
  }
  for (double &weight : window.weights)
    weight /= sum;
  return window;
}

/// Rows, then columns, each rounded to 8 bits.
Plane resized(const Plane &from, int width, int height) {
  Plane rows(width, from.height), result(width, height);
  auto mean = [](const Window &window, llvm::function_ref<float(int)> pixel) {
    double sum = 0.5;
    for (auto [i, weight] : llvm::enumerate(window.weights))
      sum += weight * pixel(window.first + static_cast<int>(i));
    return static_cast<float>(std::floor(sum));
  };
  for (int column = 0; column < width; ++column) {
    Window window = windowAt(column, width, from.width);
    for (int row = 0; row < from.height; ++row)
      rows.at(row, column) = mean(window, [&](int i) { return from.at(row, i); });
  }
  for (int row = 0; row < height; ++row) {
    Window window = windowAt(row, height, from.height);
    for (int column = 0; column < width; ++column)
      result.at(row, column) = mean(window, [&](int i) { return rows.at(i, column); });
  }
  return result;
}

/// A channel of RGB, or with `channels` 1 the gray that stb_image computes.
Plane planeOf(const Picture &picture, int channel, int channels) {
  Plane plane(picture.width, picture.height);
  for (size_t i = 0; i < plane.values.size(); ++i) {
    const uint8_t *pixel = &picture.pixels[channelsOfPicture * i];
    int gray = (pixel[0] * 77 + pixel[1] * 150 + pixel[2] * 29) >> 8;
    plane.values[i] = static_cast<float>(channels == 1 ? gray : pixel[channel]);
  }
  return plane;
}

Placement placementOf(const Picture &picture, int width, int height, Fit fit) {
  if (fit == Fit::Stretch)
    return {0, 0, width, height};
  bool isWide = int64_t(picture.width) * height > int64_t(picture.height) * width;
  int newWidth =
      isWide ? width : static_cast<int>(int64_t(picture.width) * height / picture.height);
  int newHeight =
      isWide ? static_cast<int>(int64_t(picture.height) * width / picture.width) : height;
  newWidth = std::max(1, newWidth);
  newHeight = std::max(1, newHeight);
  return {(width - newWidth) / 2, (height - newHeight) / 2, newWidth, newHeight};
}

} // namespace

bool isPictureFile(llvm::StringRef word) {
  llvm::StringRef extension = llvm::sys::path::extension(word);
  return !word.starts_with("random:") && extension != ".npy" && extension != ".pb";
}

ExitStatus readPicture(llvm::StringRef path, Picture &picture) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return fault("cannot read '" + path + "': " + file.getError().message());
  const auto *bytes = reinterpret_cast<const unsigned char *>((*file)->getBufferStart());
  size_t size = (*file)->getBufferSize();
  constexpr size_t largest = size_t(1) << 28;
  const char *defect = size > largest ? "too large" : kiln_picture_defect(bytes, size);
  if (defect)
    return fault("'" + path + "': the picture is " + defect);
  int channels;
  unsigned char *pixels = stbi_load_from_memory(bytes, static_cast<int>(size), &picture.width,
                                                &picture.height, &channels, channelsOfPicture);
  if (!pixels)
    return fault("'" + path +
                 "': neither a .npy file nor a picture (PNG, JPEG, binary PPM or PGM)");
  picture.pixels.assign(pixels,
                        pixels + size_t(picture.width) * picture.height * channelsOfPicture);
  stbi_image_free(pixels);
  return Done;
}

ExitStatus writePng(llvm::StringRef path, const Picture &picture) {
  std::vector<char> png;
  auto append = [](void *context, void *data, int bytes) {
    auto &to = *static_cast<std::vector<char> *>(context);
    auto *from = static_cast<const char *>(data);
    to.insert(to.end(), from, from + bytes);
  };
  if (!stbi_write_png_to_func(append, &png, picture.width, picture.height, channelsOfPicture,
                              picture.pixels.data(), picture.width * channelsOfPicture))
    return fault("not enough memory for the picture '" + path + "'");
  return statusOf(writeOutput(path, png));
}

ExitStatus fitPicture(const Picture &picture, const kiln_tensor &tensor,
                      const kiln_preprocess &preprocess, Fit fit, void *data,
                      Placement &placement) {
  int channels = static_cast<int>(tensor.dims[1]);
  int height = static_cast<int>(tensor.dims[2]), width = static_cast<int>(tensor.dims[3]);
  placement = placementOf(picture, width, height, fit);
  constexpr float gray = 127.5;
  for (int c = 0; c < channels; ++c) {
    int from = preprocess.channels == KILN_CHANNELS_BGR ? channels - 1 - c : c;
    Plane plane = resized(planeOf(picture, from, channels), placement.width, placement.height);
    for (int row = 0; row < height; ++row)
      for (int column = 0; column < width; ++column) {
        int y = row - placement.top, x = column - placement.left;
        bool isInside = y >= 0 && y < placement.height && x >= 0 && x < placement.width;
        double value = isInside ? plane.at(y, x) : gray;
        kiln_store_element(data, tensor.dtype, (uint64_t(c) * height + row) * width + column,
                           kiln_preprocessed(&preprocess, c, value));
      }
  }
  return Done;
}

} // namespace kiln::tool
