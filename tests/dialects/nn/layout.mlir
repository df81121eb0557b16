// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// An op works on tensors of any layout: the encoding takes no part in the comparison with the inferred type.
// CHECK-LABEL: @encoded
func.func @encoded(%x: tensor<1x20x4x4xf32>) -> tensor<1x20x4x4xf32> {
  // CHECK: nn.relayout(%{{.*}}) : (tensor<1x20x4x4xf32>) -> tensor<1x20x4x4xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
  %0 = nn.relayout(%x) : (tensor<1x20x4x4xf32>) -> tensor<1x20x4x4xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
  // CHECK: nn.relu(%{{.*}}) : ({{.*}}) -> tensor<1x20x4x4xf32, #nn.blocked<16>>
  %1 = nn.relu(%0) : (tensor<1x20x4x4xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>) -> tensor<1x20x4x4xf32, #nn.blocked<16>>
  %2 = nn.relayout(%1) : (tensor<1x20x4x4xf32, #nn.blocked<16>>) -> tensor<1x20x4x4xf32>
  return %2 : tensor<1x20x4x4xf32>
}

// A packed filter keeps its logical shape; the layout says how it is stored.
// CHECK-LABEL: @packed_filters
func.func @packed_filters(%w: tensor<20x40x3x3xf32>, %g: tensor<12x8x3xf32>, %d: tensor<20x1x2x3x3xf32>, %s: tensor<16x4x3x3xf32>, %m: tensor<40x20xf32>) {
  // CHECK: nn.pack_filter(%{{.*}}) {block = 16 : i64, form = #nn.filter_form<blocked>} : (tensor<20x40x3x3xf32>) -> tensor<20x40x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %0 = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<20x40x3x3xf32>) -> tensor<20x40x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  // CHECK: #nn.packed<planar, groups = 1, block = 8>
  %1 = nn.pack_filter(%w) {form = #nn.filter_form<planar>, block = 8 : i64} : (tensor<20x40x3x3xf32>) -> tensor<20x40x3x3xf32, #nn.packed<planar, groups = 1, block = 8>>
  // CHECK: #nn.packed<blocked, groups = 3, block = 16>
  %2 = nn.pack_filter(%g) {form = #nn.filter_form<blocked>, block = 16 : i64, groups = 3 : i64} : (tensor<12x8x3xf32>) -> tensor<12x8x3xf32, #nn.packed<blocked, groups = 3, block = 16>>
  // CHECK: #nn.packed<depthwise, groups = 20, block = 16>
  %3 = nn.pack_filter(%d) {form = #nn.filter_form<depthwise>, block = 16 : i64, groups = 20 : i64} : (tensor<20x1x2x3x3xf32>) -> tensor<20x1x2x3x3xf32, #nn.packed<depthwise, groups = 20, block = 16>>
  // CHECK: #nn.packed<grouped, groups = 4, block = 16>
  %5 = nn.pack_filter(%s) {form = #nn.filter_form<grouped>, block = 16 : i64, groups = 4 : i64} : (tensor<16x4x3x3xf32>) -> tensor<16x4x3x3xf32, #nn.packed<grouped, groups = 4, block = 16>>
  // CHECK: #nn.packed<gemm, groups = 1, block = 16>
  %4 = nn.pack_filter(%m) {form = #nn.filter_form<gemm>, block = 16 : i64} : (tensor<40x20xf32>) -> tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16>>
  return
}

// The same numbers in fewer bits.
// CHECK-LABEL: @rounded_filter
func.func @rounded_filter(%w: tensor<40x20xf32>) -> tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>> {
  // CHECK: nn.pack_filter(%{{.*}}) {bits = 24 : i64, {{.*}}} : (tensor<40x20xf32>) -> tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
  %0 = nn.pack_filter(%w) {form = #nn.filter_form<gemm>, block = 16 : i64, bits = 24 : i64} : (tensor<40x20xf32>) -> tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
  return %0 : tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
}

// A vector is filled to whole blocks.
// CHECK: func private @vector(tensor<20xf32, #nn.blocked<16>>)
func.func private @vector(tensor<20xf32, #nn.blocked<16>>)
