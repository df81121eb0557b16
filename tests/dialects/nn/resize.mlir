// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// What is not said has the defaults of ONNX.
// CHECK-LABEL: @defaults
func.func @defaults(%x: tensor<1x8x19x19xf32>) -> tensor<1x8x38x38xf32> {
  // CHECK: nn.resize(%{{.*}}) {mode = #nn.resize_mode<linear>, sizes = array<i64: 38, 38>}
  %0 = nn.resize(%x) {sizes = array<i64: 38, 38>, mode = #nn.resize_mode<linear>, coordinates = #nn.coordinates<half_pixel>}
      : (tensor<1x8x19x19xf32>) -> tensor<1x8x38x38xf32>
  return %0 : tensor<1x8x38x38xf32>
}

// With the tables of the schedule: three entries for W, one each for D and H, which a line does not have.
// CHECK-LABEL: @tables
func.func @tables(%x: tensor<1x8x6xf32>, %i: tensor<5xi32>, %w: tensor<5xf32>) -> tensor<1x8x3xf32> {
  // CHECK: nn.resize(%{{.*}}, tables %{{.*}}, %{{.*}})
  %0 = nn.resize(%x, tables %i, %w) {sizes = array<i64: 3>, mode = #nn.resize_mode<nearest>, scales = array<f64: 0.5>}
      : (tensor<1x8x6xf32>, tensor<5xi32>, tensor<5xf32>) -> tensor<1x8x3xf32>
  return %0 : tensor<1x8x3xf32>
}
