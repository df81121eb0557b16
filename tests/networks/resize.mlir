// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Resampling against the reference evaluator, in one, two and three dimensions, in every mode; whole numbers and doubles, which have no
// kernel of their own, by gathers.
// CHECK: agree
func.func @main(%map: tensor<2x19x6x5xf32>, %line: tensor<1x3x7xf32>, %cube: tensor<1x16x3x4x5xf32>, %bytes: tensor<1x3x4x4xui8>,
                %double: tensor<1x2x4x4xf64>)
    -> (tensor<2x19x12x10xf32>, tensor<2x19x9x4xf32>, tensor<2x19x11x5xf32>, tensor<1x3x3xf32>, tensor<1x16x5x4x9xf32>,
        tensor<1x3x8x2xui8>, tensor<1x2x7x3xf64>) {
  %0 = nn.resize(%map) {sizes = array<i64: 12, 10>, mode = #nn.resize_mode<nearest>, coordinates = #nn.coordinates<asymmetric>,
      rounding = #nn.rounding<floor>} : (tensor<2x19x6x5xf32>) -> tensor<2x19x12x10xf32>
  %1 = nn.resize(%map) {sizes = array<i64: 9, 4>, mode = #nn.resize_mode<linear>} : (tensor<2x19x6x5xf32>) -> tensor<2x19x9x4xf32>
  %2 = nn.resize(%map) {sizes = array<i64: 11, 5>, mode = #nn.resize_mode<cubic>, coordinates = #nn.coordinates<align_corners>,
      exclude_outside = true} : (tensor<2x19x6x5xf32>) -> tensor<2x19x11x5xf32>
  %3 = nn.resize(%line) {sizes = array<i64: 3>, mode = #nn.resize_mode<linear>, antialias = true} : (tensor<1x3x7xf32>) -> tensor<1x3x3xf32>
  %4 = nn.resize(%cube) {sizes = array<i64: 5, 4, 9>, mode = #nn.resize_mode<linear>, coordinates = #nn.coordinates<pytorch_half_pixel>}
      : (tensor<1x16x3x4x5xf32>) -> tensor<1x16x5x4x9xf32>
  %5 = nn.resize(%bytes) {sizes = array<i64: 8, 2>, mode = #nn.resize_mode<nearest>, rounding = #nn.rounding<prefer_ceil>}
      : (tensor<1x3x4x4xui8>) -> tensor<1x3x8x2xui8>
  %6 = nn.resize(%double) {sizes = array<i64: 7, 3>, mode = #nn.resize_mode<cubic>, coordinates = #nn.coordinates<half_pixel_symmetric>}
      : (tensor<1x2x4x4xf64>) -> tensor<1x2x7x3xf64>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<2x19x12x10xf32>, tensor<2x19x9x4xf32>, tensor<2x19x11x5xf32>, tensor<1x3x3xf32>,
      tensor<1x16x5x4x9xf32>, tensor<1x3x8x2xui8>, tensor<1x2x7x3xf64>
}
