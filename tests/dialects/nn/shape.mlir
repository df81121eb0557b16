// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// Constants may be dense or lie in a resource.
// CHECK-LABEL: @constants
func.func @constants() -> (tensor<2xi64>, tensor<2xf32>) {
  // CHECK: nn.constant(dense<[1, -1]> : tensor<2xi64>) : tensor<2xi64>
  %0 = nn.constant(dense<[1, -1]> : tensor<2xi64>) : tensor<2xi64>
  // CHECK: nn.constant(dense_resource<weights> : tensor<2xf32>) : tensor<2xf32>
  %1 = nn.constant(dense_resource<weights> : tensor<2xf32>) : tensor<2xf32>
  return %0, %1 : tensor<2xi64>, tensor<2xf32>
}

// Joining and cutting: the sizes along the axis add up.
// CHECK-LABEL: @concat_and_split
func.func @concat_and_split(%a: tensor<1x2x3xf32>, %b: tensor<1x5x3xf32>) {
  // CHECK: nn.concat(%{{.*}}, %{{.*}}) {axis = 1 : i64} : (tensor<1x2x3xf32>, tensor<1x5x3xf32>) -> tensor<1x7x3xf32>
  %0 = nn.concat(%a, %b) {axis = 1 : i64} : (tensor<1x2x3xf32>, tensor<1x5x3xf32>) -> tensor<1x7x3xf32>
  // CHECK: nn.split(%{{.*}}) {axis = 1 : i64} : (tensor<1x7x3xf32>) -> (tensor<1x3x3xf32>, tensor<1x0x3xf32>, tensor<1x4x3xf32>)
  %1:3 = nn.split(%0) {axis = 1 : i64} : (tensor<1x7x3xf32>) -> (tensor<1x3x3xf32>, tensor<1x0x3xf32>, tensor<1x4x3xf32>)
  return
}

// A slice may run backwards, and may be empty anywhere.
// CHECK-LABEL: @slices
func.func @slices(%x: tensor<4x6xf32>) {
  // CHECK: nn.slice(%{{.*}}) {sizes = array<i64: 2, 3>, starts = array<i64: 3, 0>, steps = array<i64: -3, 2>} : (tensor<4x6xf32>) -> tensor<2x3xf32>
  %0 = nn.slice(%x) {starts = array<i64: 3, 0>, sizes = array<i64: 2, 3>, steps = array<i64: -3, 2>} : (tensor<4x6xf32>) -> tensor<2x3xf32>
  // CHECK: -> tensor<0x6xf32>
  %1 = nn.slice(%x) {starts = array<i64: 4, 0>, sizes = array<i64: 0, 6>, steps = array<i64: 1, 1>} : (tensor<4x6xf32>) -> tensor<0x6xf32>
  return
}

// Pads in every mode.
// CHECK-LABEL: @pads
func.func @pads(%x: tensor<3x4xf32>) {
  // CHECK: nn.pad(%{{.*}}) {pads = array<i64: 1, 0, 0, 2>, value = 1.000000e+00 : f64} : (tensor<3x4xf32>) -> tensor<4x6xf32>
  %0 = nn.pad(%x) {pads = array<i64: 1, 0, 0, 2>, value = 1.0} : (tensor<3x4xf32>) -> tensor<4x6xf32>
  // CHECK: nn.pad(%{{.*}}) {mode = #nn.pad_mode<reflect>, pads = array<i64: 2, 3, 2, 3>} : (tensor<3x4xf32>) -> tensor<7x10xf32>
  %1 = nn.pad(%x) {pads = array<i64: 2, 3, 2, 3>, mode = #nn.pad_mode<reflect>} : (tensor<3x4xf32>) -> tensor<7x10xf32>
  // CHECK: nn.pad(%{{.*}}) {mode = #nn.pad_mode<edge>, pads = array<i64: 9, 0, 0, 0>} : (tensor<3x4xf32>) -> tensor<12x4xf32>
  %2 = nn.pad(%x) {pads = array<i64: 9, 0, 0, 0>, mode = #nn.pad_mode<edge>} : (tensor<3x4xf32>) -> tensor<12x4xf32>
  return
}

// The same elements under other shapes.
// CHECK-LABEL: @views
func.func @views(%x: tensor<2x3x4xf32>) {
  // CHECK: nn.reshape(%{{.*}}) : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  %0 = nn.reshape(%x) : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  // CHECK: nn.transpose(%{{.*}}) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = nn.transpose(%x) {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  // CHECK: nn.expand(%{{.*}}) : (tensor<2x3x4xf32>) -> tensor<5x2x3x4xf32>
  %2 = nn.expand(%x) : (tensor<2x3x4xf32>) -> tensor<5x2x3x4xf32>
  // CHECK: nn.shape(%{{.*}}) : (tensor<2x3x4xf32>) -> tensor<3xi64>
  %3 = nn.shape(%x) : (tensor<2x3x4xf32>) -> tensor<3xi64>
  return
}

// The gathered axis is replaced by the shape of the indices, which is nothing for a scalar.
// CHECK-LABEL: @gather
func.func @gather(%x: tensor<2x3x4xf32>, %i: tensor<5x6xi32>, %j: tensor<i64>) {
  // CHECK: nn.gather(%{{.*}}, %{{.*}}) {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x6xi32>) -> tensor<2x5x6x4xf32>
  %0 = nn.gather(%x, %i) {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<5x6xi32>) -> tensor<2x5x6x4xf32>
  // CHECK: nn.gather(%{{.*}}, %{{.*}}) {axis = 0 : i64} : (tensor<2x3x4xf32>, tensor<i64>) -> tensor<3x4xf32>
  %1 = nn.gather(%x, %j) {axis = 0 : i64} : (tensor<2x3x4xf32>, tensor<i64>) -> tensor<3x4xf32>
  return
}

// Blocks of pixels become channels, and channels blocks.
// CHECK-LABEL: @blocks
func.func @blocks(%x: tensor<1x8x4x6xf32>) {
  // CHECK: nn.space_to_depth(%{{.*}}) {blocksize = 2 : i64} : (tensor<1x8x4x6xf32>) -> tensor<1x32x2x3xf32>
  %0 = nn.space_to_depth(%x) {blocksize = 2 : i64} : (tensor<1x8x4x6xf32>) -> tensor<1x32x2x3xf32>
  // CHECK: nn.depth_to_space(%{{.*}}) {blocksize = 2 : i64, mode = #nn.depth_mode<crd>} : (tensor<1x8x4x6xf32>) -> tensor<1x2x8x12xf32>
  %1 = nn.depth_to_space(%x) {blocksize = 2 : i64, mode = #nn.depth_mode<crd>} : (tensor<1x8x4x6xf32>) -> tensor<1x2x8x12xf32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      weights: "0x040000000000803F00000040"
    }
  }
#-}
