// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4}))' | FileCheck %s
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4 winograd=off}))' | FileCheck %s --check-prefix=OFF

#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#map = #nn.blocked<16>
#packed = #nn.packed<blocked, groups = 1, block = 16>

// Where times were measured the fastest choice is taken, whatever the model thinks: here one that it holds for second best. Once
// chosen, the times are gone.
// CHECK-LABEL: @fastest
// CHECK-NOT: kernel.times
// CHECK: kernel.schedule = #kernel.schedule<rows = 1, columns = 28, order = pixels_outer, tasks = 8>
func.func @fastest(%x: tensor<1x64x56x56xf32, #map>, %w: tensor<64x64x1x1xf32, #packed>) -> tensor<1x64x56x56xf32, #map>
    attributes {kernel.times = {"nn.conv {dilations = array<i64: 1, 1>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x64x56x56xf32, #nn.blocked<16>>, tensor<64x64x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>) -> tensor<1x64x56x56xf32, #nn.blocked<16>>" = {
      "#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>" = 1000 : i64,
      "#kernel.schedule<rows = 1, columns = 28, order = pixels_outer, tasks = 8>" = 900 : i64}}} {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x56x56xf32, #map>, tensor<64x64x1x1xf32, #packed>) -> tensor<1x64x56x56xf32, #map>
  return %y : tensor<1x64x56x56xf32, #map>
}

// A choice that is none of the model's, or that an option forbids, is not taken, however fast; nor is Winograd's algorithm for less
// than its rounding errors are worth.
// CHECK-LABEL: @not_for_little
// CHECK: nn.conv{{.*}}kernel.schedule = #kernel.schedule<rows = 2, columns = 14
// OFF-LABEL: @not_for_little
// OFF: nn.conv{{.*}}kernel.schedule = #kernel.schedule<rows = 2, columns = 14
func.func @not_for_little(%x: tensor<1x256x14x14xf32, #bordered>, %w: tensor<256x256x3x3xf32>) -> tensor<1x256x14x14xf32, #map>
    attributes {kernel.times = {"nn.conv {dilations = array<i64: 1, 1>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>} : (tensor<1x256x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>) -> tensor<1x256x14x14xf32, #nn.blocked<16>>" = {
      "#kernel.schedule<rows = 1000, columns = 28, order = filters_outer, tasks = 8>" = 1 : i64,
      "#kernel.schedule<rows = 2, columns = 14, order = filters_outer, tasks = 8>" = 1000 : i64,
      "winograd_f4 #kernel.winograd_schedule<block = 16, registers = 16, tasks = 8>" = 990 : i64}}} {
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<256x256x3x3xf32>) -> tensor<256x256x3x3xf32, #packed>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x256x14x14xf32, #bordered>, tensor<256x256x3x3xf32, #packed>) -> tensor<1x256x14x14xf32, #map>
  return %y : tensor<1x256x14x14xf32, #map>
}

// Two times of which one is no more than 2 % shorter do not say which kernel is faster in a network: the model decides.
// CHECK-LABEL: @as_good_as
// CHECK: kernel.schedule = #kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>
func.func @as_good_as(%x: tensor<1x64x56x56xf32, #map>, %w: tensor<64x64x1x1xf32, #packed>) -> tensor<1x64x56x56xf32, #map>
    attributes {kernel.times = {"nn.conv {dilations = array<i64: 1, 1>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x64x56x56xf32, #nn.blocked<16>>, tensor<64x64x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>) -> tensor<1x64x56x56xf32, #nn.blocked<16>>" = {
      "#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>" = 1000 : i64,
      "#kernel.schedule<rows = 1, columns = 28, order = pixels_outer, tasks = 8>" = 980 : i64}}} {
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x56x56xf32, #map>, tensor<64x64x1x1xf32, #packed>) -> tensor<1x64x56x56xf32, #map>
  return %y : tensor<1x64x56x56xf32, #map>
}

// Times of another kernel say nothing: the same map with a residual.
// CHECK-LABEL: @unknown
// CHECK: nn.conv{{.*}}kernel.schedule = #kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>
func.func @unknown(%x: tensor<1x64x56x56xf32, #map>, %w: tensor<64x64x1x1xf32, #packed>, %r: tensor<1x64x56x56xf32, #map>) -> tensor<1x64x56x56xf32, #map>
    attributes {kernel.times = {"nn.conv {dilations = array<i64: 1, 1>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0>, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x64x56x56xf32, #nn.blocked<16>>, tensor<64x64x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>) -> tensor<1x64x56x56xf32, #nn.blocked<16>>" = {
      "#kernel.schedule<rows = 1, columns = 28, order = pixels_outer, tasks = 8>" = 900 : i64}}} {
  %y = nn.conv(%x, %w, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x56x56xf32, #map>, tensor<64x64x1x1xf32, #packed>, tensor<1x64x56x56xf32, #map>) -> tensor<1x64x56x56xf32, #map>
  return %y : tensor<1x64x56x56xf32, #map>
}
