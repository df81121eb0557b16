// The list of layers. Shapes are those of N x C x spatial maps and K x C/groups x kernel filters.
#include "tools/bench/BenchedLayer.h"

#include <cstdint>

namespace kiln::bench {
namespace {

using Shape = std::vector<int64_t>;

std::string join(const Shape &values, const std::string &separator) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "" : separator) + std::to_string(value);
  return text;
}

std::string tensor(const Shape &shape) { return "tensor<" + join(shape, "x") + "xf32>"; }

std::string array(const Shape &values) { return "array<i64: " + join(values, ", ") + ">"; }

std::string constant(const std::string &name, const Shape &shape) {
  return name + " = nn.constant(dense<0.01> : " + tensor(shape) + ") : " + tensor(shape) + "\n";
}

/// A function of one map.
std::string function(const Shape &input, const Shape &output, const std::string &body) {
  return "func.func @net(%x: " + tensor(input) + ") -> " + tensor(output) + " {\n" + body +
         "return %y : " + tensor(output) + "\n}\n";
}

/// Windows of one kind in all spatial dimensions, but for what is given for each.
struct Window {
  Shape kernel, strides, pads, dilations;

  /// As long as the kernel; pads are the same at both ends.
  Window(const Shape &kernel, int64_t stride, const Shape &begins, int64_t dilation = 1)
      : kernel(kernel), strides(kernel.size(), stride), pads(begins),
        dilations(kernel.size(), dilation) {
    pads.insert(pads.end(), begins.begin(), begins.end());
  }

  Shape outputOf(const Shape &input, int64_t channels) const {
    Shape output = {input[0], channels};
    for (size_t i = 0; i < kernel.size(); ++i)
      output.push_back(
          (input[2 + i] + 2 * pads[i] - dilations[i] * (kernel[i] - 1) - 1) / strides[i] + 1);
    return output;
  }

  std::string attributes() const {
    return "strides = " + array(strides) + ", pads = " + array(pads) +
           ", dilations = " + array(dilations);
  }
};

BenchedLayer conv(const std::string &family, const Shape &input, int64_t filters,
                  const Window &window, int64_t groups = 1, const std::string &winograd = "off") {
  Shape filter = {filters, input[1] / groups}, output = window.outputOf(input, filters);
  filter.insert(filter.end(), window.kernel.begin(), window.kernel.end());
  std::string body = constant("%w", filter) + constant("%b", {filters}) +
                     "%y = nn.conv(%x, %w, bias %b) {activation = #nn.activation<relu>, groups = " +
                     std::to_string(groups) + " : i64, " + window.attributes() + "} : (" +
                     tensor(input) + ", " + tensor(filter) + ", " + tensor({filters}) + ") -> " +
                     tensor(output) + "\n";
  std::string name = family + "/" + std::to_string(input[1]) + "to" + std::to_string(filters) +
                     "/" + join(Shape(input.begin() + 2, input.end()), "x");
  if (window.strides[0] != 1)
    name += "/stride" + std::to_string(window.strides[0]);
  return {name, function(input, output, body), "nn.conv", winograd};
}

/// A depthwise convolution of 3x3 and one of 1x1 behind it.
BenchedLayer separable(const Shape &input, int64_t filters, const Window &window) {
  int64_t channels = input[1];
  Shape depthwise = {channels, 1, 3, 3}, filter = {filters, channels, 1, 1},
        between = window.outputOf(input, channels), output = window.outputOf(input, filters);
  Window one({1, 1}, 1, {0, 0});
  std::string body = constant("%d", depthwise) + constant("%w", filter) +
                     "%z = nn.conv(%x, %d) {activation = #nn.activation<relu>, groups = " +
                     std::to_string(channels) + " : i64, " + window.attributes() + "} : (" +
                     tensor(input) + ", " + tensor(depthwise) + ") -> " + tensor(between) +
                     "\n%y = nn.conv(%z, %w) {" + one.attributes() + "} : (" + tensor(between) +
                     ", " + tensor(filter) + ") -> " + tensor(output) + "\n";
  std::string name = "separable3x3/" + std::to_string(channels) + "to" + std::to_string(filters) +
                     "/" + join({input[2], input[3]}, "x");
  if (window.strides[0] != 1)
    name += "/stride" + std::to_string(window.strides[0]);
  return {name, function(input, output, body), "nn.conv"};
}

BenchedLayer dense(int64_t rows, int64_t inputs, int64_t outputs,
                   DenseWeights weights = DenseWeights::F32) {
  Shape a = {rows, inputs}, b = {inputs, outputs}, y = {rows, outputs};
  std::string body = constant("%w", b) + constant("%b", {outputs}) +
                     "%y = nn.gemm(%x, %w, %b) : (" + tensor(a) + ", " + tensor(b) + ", " +
                     tensor({outputs}) + ") -> " + tensor(y) + "\n";
  std::string family = rows == 1 ? "gemv" : "gemm";
  return {family + (weights == DenseWeights::F24 ? "_f24/" : "/") +
              join({rows, inputs, outputs}, "x"),
          function(a, y, body), "nn.gemm", "off", weights};
}

BenchedLayer pool(const std::string &kind, const Shape &input, const Window &window) {
  Shape output = window.outputOf(input, input[1]);
  std::string body = "%y = nn." + kind + "(%x) {kernel_shape = " + array(window.kernel) + ", " +
                     window.attributes() + "} : (" + tensor(input) + ") -> " + tensor(output) +
                     "\n";
  std::string name = kind + join(window.kernel, "x") + "/" + join(input, "x") + "/stride" +
                     std::to_string(window.strides[0]);
  return {name, function(input, output, body), "nn." + kind};
}

/// An op of one map whose result has the given shape.
BenchedLayer unary(const std::string &op, const Shape &input, const Shape &output,
                   const std::string &attributes = "") {
  std::string body = "%y = nn." + op + "(%x) {" + attributes + "} : (" + tensor(input) + ") -> " +
                     tensor(output) + "\n";
  return {op + "/" + join(input, "x"), function(input, output, body), "nn." + op};
}

BenchedLayer add(const Shape &shape) {
  std::string type = tensor(shape);
  return {"add/" + join(shape, "x"),
          "func.func @net(%x: " + type + ", %r: " + type + ") -> " + type +
              " {\n%y = nn.add(%x, %r) : (" + type + ", " + type + ") -> " + type +
              "\nreturn %y : " + type + "\n}\n",
          "nn.add"};
}

/// From planar to blocks of channels, as a pool needs it.
BenchedLayer relayout(const Shape &input) {
  BenchedLayer layer = pool("max_pool", input, Window({2, 2}, 2, {0, 0}));
  layer.name = "relayout/" + join(input, "x");
  layer.op = "nn.relayout";
  return layer;
}

void addDirect(std::vector<BenchedLayer> &layers) {
  Window three({3, 3}, 1, {1, 1}), threeApart({3, 3}, 2, {1, 1}), one({1, 1}, 1, {0, 0}),
      oneApart({1, 1}, 2, {0, 0});
  layers.push_back(conv("first7x7", {1, 3, 224, 224}, 64, Window({7, 7}, 2, {3, 3})));
  layers.push_back(conv("first3x3", {1, 3, 224, 224}, 64, three));
  layers.push_back(conv("first3x3", {1, 3, 224, 224}, 8, three));
  layers.push_back(conv("first5x5", {1, 1, 32, 32}, 6, Window({5, 5}, 1, {0, 0})));
  layers.push_back(conv("conv3x3", {1, 64, 56, 56}, 64, three));
  layers.push_back(conv("conv3x3", {1, 128, 28, 28}, 128, three));
  layers.push_back(conv("conv3x3", {1, 256, 14, 14}, 256, three));
  layers.push_back(conv("conv3x3", {1, 512, 7, 7}, 512, three));
  layers.push_back(conv("conv3x3", {1, 128, 56, 56}, 128, threeApart));
  layers.push_back(conv("conv1x1", {1, 256, 56, 56}, 64, one));
  layers.push_back(conv("conv1x1", {1, 64, 56, 56}, 256, one));
  layers.push_back(conv("conv1x1", {1, 512, 7, 7}, 2048, one));
  layers.push_back(conv("conv1x1", {1, 256, 56, 56}, 512, oneApart));
  layers.push_back(conv("conv1x1", {1, 1024, 19, 19}, 425, one));
  layers.push_back(conv("conv5x5", {1, 32, 28, 28}, 96, Window({5, 5}, 1, {2, 2})));
  layers.push_back(conv("conv7x7", {1, 64, 28, 28}, 64, Window({7, 7}, 1, {3, 3})));
  layers.push_back(conv("conv1x7", {1, 192, 17, 17}, 192, Window({1, 7}, 1, {0, 3})));
  layers.push_back(conv("conv7x1", {1, 192, 17, 17}, 192, Window({7, 1}, 1, {3, 0})));
  layers.push_back(conv("dilated3x3", {1, 64, 56, 56}, 64, Window({3, 3}, 1, {2, 2}, 2)));
  layers.push_back(conv("conv3x3x3", {1, 64, 8, 28, 28}, 128, Window({3, 3, 3}, 1, {1, 1, 1})));
  layers.push_back(conv("conv9", {1, 64, 4000}, 64, Window({9}, 1, {4})));
  layers.push_back(conv("grouped1x1", {1, 240, 28, 28}, 240, one, 3));
  layers.push_back(conv("grouped3x3", {1, 128, 56, 56}, 128, three, 32));
  layers.push_back(conv("grouped3x3", {1, 256, 28, 28}, 256, three, 32));
  layers.push_back(conv("grouped5x5", {1, 96, 27, 27}, 256, Window({5, 5}, 1, {2, 2}), 2));
  layers.push_back(conv("depthwise3x3", {1, 32, 112, 112}, 32, three, 32));
  layers.push_back(conv("depthwise3x3", {1, 128, 56, 56}, 128, three, 128));
  layers.push_back(conv("depthwise3x3", {1, 512, 14, 14}, 512, three, 512));
  layers.push_back(conv("depthwise3x3", {1, 64, 112, 112}, 64, threeApart, 64));
  layers.push_back(separable({1, 32, 112, 112}, 64, three));
  layers.push_back(separable({1, 64, 112, 112}, 128, threeApart));
  layers.push_back(separable({1, 512, 14, 14}, 512, three));
}

void addWinograd(std::vector<BenchedLayer> &layers) {
  for (const char *tile : {"f2", "f4", "f6"})
    for (auto [channels, size] :
         {std::pair(64, 56), {128, 28}, {256, 28}, {256, 14}, {512, 14}, {512, 7}})
      layers.push_back(conv(std::string("winograd_") + tile, {1, channels, size, size}, channels,
                            Window({3, 3}, 1, {1, 1}), 1, tile));
  layers.push_back(
      conv("winograd_f4", {1, 64, 8, 56, 56}, 64, Window({3, 3, 3}, 1, {1, 1, 1}), 1, "f4"));
}

void addOthers(std::vector<BenchedLayer> &layers) {
  layers.push_back(dense(1, 4096, 4096));
  layers.push_back(dense(1, 4096, 4096, DenseWeights::F24));
  layers.push_back(dense(4, 4096, 4096));
  layers.push_back(dense(1, 2048, 1000));
  layers.push_back(dense(64, 1024, 1024));
  layers.push_back(pool("max_pool", {1, 64, 112, 112}, Window({3, 3}, 2, {1, 1})));
  layers.push_back(pool("max_pool", {1, 256, 28, 28}, Window({3, 3}, 1, {1, 1})));
  layers.push_back(pool("average_pool", {1, 128, 28, 28}, Window({2, 2}, 2, {0, 0})));
  layers.push_back(unary("global_average_pool", {1, 2048, 7, 7}, {1, 2048, 1, 1}));
  layers.push_back(unary("lrn", {1, 96, 55, 55}, {1, 96, 55, 55}, "size = 5 : i64"));
  layers.push_back(unary("softmax", {1, 1000}, {1, 1000}, "axis = 1 : i64"));
  layers.push_back(unary("sigmoid", {1, 255, 52, 52}, {1, 255, 52, 52}));
  layers.push_back(add({1, 256, 56, 56}));
  layers.push_back(relayout({1, 64, 56, 56}));
}

} // namespace

std::vector<BenchedLayer> benchedLayers() {
  std::vector<BenchedLayer> layers;
  addDirect(layers);
  addWinograd(layers);
  addOthers(layers);
  return layers;
}

} // namespace kiln::bench
