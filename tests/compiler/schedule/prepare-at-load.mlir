// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(schedule-split-weights,schedule-prepare-at-load{name=net})' | FileCheck %s

#f4 = #nn.packed<winograd_f4, groups = 1, block = 16>
#map = #nn.blocked<16, border = [1, 1, 1, 1]>

// The transform of a filter moves into a function of its own; the weight is the filter as the model has it, and the network takes
// the result as an argument.
// CHECK-LABEL: @conv
// CHECK-SAME: (%[[X:.*]]: tensor<1x16x32x32xf32, #{{.*}}>, %[[P:.*]]: tensor<16x16x3x3xf32, #{{.*}}>)
// CHECK-SAME: kernel.prepared = array<i64: 0>
// CHECK-NOT: kernel.weight_ref
// CHECK: nn.conv(%[[X]], %[[P]])
// CHECK-NOT: @prepare_
// CHECK: kernel.weight @weight_0 {{.*}}sources = [dense<1.000000e+00> : tensor<16x16x3x3xf32>], type = tensor<16x16x3x3xf32>}
// CHECK: func.func @net_prepare() -> tensor<16x16x3x3xf32, #{{.*}}> attributes {kernel.load, kernel.prepared = array<i64: 0>}
// CHECK: %[[W:.*]] = kernel.weight_ref @weight_0 : tensor<16x16x3x3xf32>
// CHECK: %[[T:.*]] = nn.pack_filter(%[[W]]) {block = 16 : i64, form = #nn.filter_form<winograd_f4>}
// CHECK: return %[[T]]
func.func @conv(%x: tensor<1x16x32x32xf32, #map>) -> tensor<1x16x32x32xf32, #map> {
  %w = nn.constant(dense<1.0> : tensor<16x16x3x3xf32>) : tensor<16x16x3x3xf32>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<winograd_f4>, block = 16 : i64} : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xf32, #f4>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x32x32xf32, #map>, tensor<16x16x3x3xf32, #f4>) -> tensor<1x16x32x32xf32, #map>
  return %y : tensor<1x16x32x32xf32, #map>
}

// -----

#f4 = #nn.packed<winograd_f4, groups = 1, block = 16>
#blocked = #nn.packed<blocked, groups = 1, block = 16>
#map = #nn.blocked<16, border = [1, 1, 1, 1]>

// What is computed before the transform stays in the compiler; weights in another form stay there altogether.
// CHECK-LABEL: @folded
// CHECK: kernel.weight_ref @weight_1
// CHECK: func.func private @prepare_0(%[[A:.*]]: tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xf32> {{.*}}{
// CHECK: %[[N:.*]] = nn.neg(%[[A]])
// CHECK-NEXT: return %[[N]]
// CHECK: kernel.weight @weight_0 {{.*}}offset = 0 : i64, prepare = @prepare_0
// CHECK: kernel.weight @weight_1 {{.*}}offset = 9216 : i64, prepare = @prepare_1
func.func @folded(%x: tensor<1x16x32x32xf32, #map>) -> tensor<1x16x32x32xf32, #map> {
  %w = nn.constant(dense<1.0> : tensor<16x16x3x3xf32>) : tensor<16x16x3x3xf32>
  %n = nn.neg(%w) : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xf32>
  %p = nn.pack_filter(%n) {form = #nn.filter_form<winograd_f4>, block = 16 : i64} : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xf32, #f4>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x32x32xf32, #map>, tensor<16x16x3x3xf32, #f4>) -> tensor<1x16x32x32xf32, #map>
  %v = nn.constant(dense<2.0> : tensor<16x16x3x3xf32>) : tensor<16x16x3x3xf32>
  %q = nn.pack_filter(%v) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<16x16x3x3xf32>) -> tensor<16x16x3x3xf32, #blocked>
  %z = nn.conv(%y, %q) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x32x32xf32, #map>, tensor<16x16x3x3xf32, #blocked>) -> tensor<1x16x32x32xf32, #map>
  return %z : tensor<1x16x32x32xf32, #map>
}
