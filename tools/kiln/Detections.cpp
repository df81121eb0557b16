// From rows of numbers to boxes in the picture.
#include "tools/kiln/Detections.h"
#include "tools/kiln/Messages.h"

#include "compiler/codegen/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <tuple>

namespace kiln::tool {
namespace {

constexpr int64_t rowLength = 6;

/// In pixels of the picture.
struct Detection {
  double left, top, width, height, probability;
  int64_t number;
  std::string name;
};

int outputCalled(const LoadedNetwork &network, llvm::StringRef name) {
  for (auto [index, tensor] : llvm::enumerate(network.outputs().tensors))
    if (name == tensor.name)
      return static_cast<int>(index);
  return -1;
}

std::string nameOf(const LoadedNetwork &network, int64_t number) {
  const kiln_program &program = network.program();
  if (program.labels && number >= 0 && static_cast<uint64_t>(number) < program.label_count)
    return program.labels[number];
  return "class " + std::to_string(number);
}

std::vector<Detection> readDetections(const LoadedNetwork &network, const Picture &picture,
                                      const Placement &placement) {
  const kiln_tensor &input = network.inputs().tensors[0];
  auto inputHeight = static_cast<double>(input.dims[2]);
  auto inputWidth = static_cast<double>(input.dims[3]);
  double scaleX = static_cast<double>(picture.width) / placement.width;
  double scaleY = static_cast<double>(picture.height) / placement.height;
  const auto *rows =
      static_cast<const float *>(network.output(outputCalled(network, "detections")));
  int64_t count = *static_cast<const int64_t *>(network.output(outputCalled(network, "count")));
  std::vector<Detection> found;
  for (const float *row = rows; row != rows + rowLength * count; row += rowLength) {
    double width = row[2] * inputWidth * scaleX, height = row[3] * inputHeight * scaleY;
    auto number = static_cast<int64_t>(row[5]);
    found.push_back({(row[0] * inputWidth - placement.left) * scaleX - width / 2,
                     (row[1] * inputHeight - placement.top) * scaleY - height / 2, width, height,
                     row[4], number, nameOf(network, number)});
  }
  llvm::sort(found, [](const Detection &a, const Detection &b) {
    return std::tie(b.probability, a.number, a.left, a.top) <
           std::tie(a.probability, b.number, b.left, b.top);
  });
  return found;
}

/// Labels that belong to another network show in classes that have none.
void checkLabels(const LoadedNetwork &network, const std::vector<Detection> &found) {
  const kiln_program &program = network.program();
  if (!program.labels)
    return;
  for (const Detection &box : found)
    if (static_cast<uint64_t>(box.number) >= program.label_count)
      return warn("the labels are " + llvm::Twine(program.label_count) +
                  ", but there is a box of class " + llvm::Twine(box.number) +
                  ", counted from 0; give --labels a file with a line for every class");
}

void print(const std::vector<Detection> &found) {
  llvm::outs() << found.size() << (found.size() == 1 ? " box" : " boxes")
               << (found.empty() ? "\n" : ": probability, left, top, width, height in pixels\n");
  for (const Detection &box : found)
    llvm::outs() << llvm::format("  %.4f %6.0f %6.0f %6.0f %6.0f  ", box.probability, box.left,
                                 box.top, box.width, box.height)
                 << box.name << "\n";
  llvm::outs().flush();
}

ExitStatus writeJson(llvm::StringRef path, const Picture &picture,
                     const std::vector<Detection> &found) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::json::OStream json(out, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("width", picture.width);
    json.attribute("height", picture.height);
    json.attributeArray("boxes", [&] {
      for (const Detection &box : found)
        json.object([&] {
          json.attribute("name", box.name);
          json.attribute("class", box.number);
          json.attribute("probability", box.probability);
          json.attribute("left", box.left);
          json.attribute("top", box.top);
          json.attribute("width", box.width);
          json.attribute("height", box.height);
        });
    });
  });
  out << "\n";
  return statusOf(writeOutput(path, text));
}

/// Colours far apart for classes that follow each other: the hue turns by the golden ratio.
Color colorOf(int64_t number) {
  double turns = static_cast<double>(number) * 0.618033988749895 + 0.05;
  double hue = (turns - std::floor(turns)) * 6;
  auto channel = [&](double shift) {
    double distance = std::fmod(hue + shift, 6);
    double level = std::clamp(std::fabs(distance - 3) - 1, 0.0, 1.0);
    return static_cast<uint8_t>(40 + 200 * level);
  };
  return {channel(0), channel(4), channel(2)};
}

int pixel(double position, int size) {
  return static_cast<int>(std::lround(std::clamp(position, 0.0, static_cast<double>(size))));
}

void draw(Picture &picture, const Detection &box) {
  constexpr Color white = {255, 255, 255}, black = {0, 0, 0};
  int unit = std::max(1, std::min(picture.width, picture.height) / 250);
  int left = pixel(box.left, picture.width), top = pixel(box.top, picture.height);
  int right = pixel(box.left + box.width, picture.width);
  int bottom = pixel(box.top + box.height, picture.height);
  Color color = colorOf(box.number);
  picture.frame(left, top, right, bottom, 2 * unit, color);
  std::string text = box.name + " " + std::to_string(std::lround(box.probability * 100)) + "%";
  int width = textWidth(text) * unit, height = textHeight * unit;
  // Above the box, or inside of it at the upper end of the picture.
  int y = top >= height ? top - height : top,
      x = std::max(0, std::min(left, picture.width - width));
  picture.fill(x, y, x + width, y + height, color);
  bool isBright = 2 * color[0] + 5 * color[1] + color[2] > 1100;
  picture.write(text, x, y, unit, isBright ? black : white);
}

} // namespace

bool isDetector(const LoadedNetwork &network) {
  llvm::ArrayRef<kiln_tensor> inputs = network.inputs().tensors;
  int rows = outputCalled(network, "detections"), count = outputCalled(network, "count");
  if (inputs.size() != 1 || inputs[0].rank != 4 || rows < 0 || count < 0)
    return false;
  const kiln_tensor &table = network.outputs().tensors[rows];
  return inputs[0].dims[0] == 1 && (inputs[0].dims[1] == 1 || inputs[0].dims[1] == 3) &&
         table.rank == 2 && table.dims[1] == rowLength && table.dtype == KILN_F32 &&
         network.outputs().tensors[count].dtype == KILN_I64;
}

ExitStatus runDetector(LoadedNetwork &network, const std::string &word,
                       const DetectionRequest &request) {
  const kiln_tensor &input = network.inputs().tensors[0];
  Picture picture;
  picture.width = static_cast<int>(input.dims[3]);
  picture.height = static_cast<int>(input.dims[2]);
  Placement placement{0, 0, picture.width, picture.height};
  bool isPicture = isPictureFile(word);
  if (!isPicture && !request.drawing.empty())
    return fault("--draw needs a picture as --input, not '" + word + "'");
  ExitStatus status = Done;
  if (!isPicture)
    status = network.readInputs(word);
  else if ((status = readPicture(word, picture)) == Done)
    status = fitPicture(picture, input, network.program().preprocess, request.fit, network.input(0),
                        placement);
  if (status != Done || (status = network.run()) != Done)
    return status;
  std::vector<Detection> found = readDetections(network, picture, placement);
  checkLabels(network, found);
  print(found);
  if (!request.json.empty())
    status = writeJson(request.json, picture, found);
  if (status != Done || request.drawing.empty())
    return status;
  // The most probable box is drawn last, above the others.
  for (const Detection &box : llvm::reverse(found))
    draw(picture, box);
  return writePng(request.drawing, picture);
}

} // namespace kiln::tool
