// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4}),schedule-nn-to-kernel)' | FileCheck %s

#map = #nn.blocked<16>
#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 32, block = 16>

// A 1x1 convolution computes the depthwise one in front of it, of which only some rows ever lie in memory: each of eight tasks has four.
// CHECK-LABEL: @separable
// CHECK: %[[SCRATCH:.*]] = memref.view {{.*}} to memref<8x2x1x4x28x16xf32>
// CHECK: kernel.conv {{.*}} depthwise(%{{.*}}, %{{.*}}) scratch(%[[SCRATCH]]) outs(
// CHECK-SAME: depthwise_activation = #nn.activation<relu>
// CHECK-SAME: depthwise_schedule = #kernel.schedule<rows = 1, columns = 14, order = filters_outer, tasks = {{[0-9]+}}>
// CHECK-SAME: origin = array<i64: 0, 0, 0>
// CHECK-SAME: order = pixels_outer, tasks = 8
// CHECK-SAME: strides = array<i64: 1, 2, 2>
// CHECK-NOT: kernel.conv
// CHECK: return
func.func @separable(%x: tensor<1x32x56x56xf32, #bordered>, %d: tensor<32x1x3x3xf32, #depthwise>, %b: tensor<32xf32>,
    %w: tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map> {
  %0 = nn.conv(%x, %d, bias %b) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, dilations = array<i64: 1, 1>, groups = 32 : i64,
      activation = #nn.activation<relu>}
      : (tensor<1x32x56x56xf32, #bordered>, tensor<32x1x3x3xf32, #depthwise>, tensor<32xf32>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y : tensor<1x128x28x28xf32, #map>
}

// -----

#map = #nn.blocked<16>
#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 32, block = 16>

// What another op reads too is computed once.
// CHECK-LABEL: @two_users
// CHECK-NOT: scratch(
// CHECK: kernel.conv {{.*}} form = #nn.filter_form<depthwise>
// CHECK: kernel.conv {{.*}} form = #nn.filter_form<blocked>
// CHECK-NOT: scratch(
// CHECK: return
func.func @two_users(%x: tensor<1x32x28x28xf32, #bordered>, %d: tensor<32x1x3x3xf32, #depthwise>, %w: tensor<128x32x1x1xf32, #packed>)
    -> (tensor<1x128x28x28xf32, #map>, tensor<1x32x28x28xf32, #map>) {
  %0 = nn.conv(%x, %d) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 32 : i64}
      : (tensor<1x32x28x28xf32, #bordered>, tensor<32x1x3x3xf32, #depthwise>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y, %0 : tensor<1x128x28x28xf32, #map>, tensor<1x32x28x28xf32, #map>
}

// -----

#map = #nn.blocked<16>
#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 256, block = 16>

// Seven rows share out badly between threads, and tiles of one row of seven pixels are small: each has a kernel of its own.
// CHECK-LABEL: @few_rows
// CHECK-NOT: scratch(
// CHECK: kernel.conv {{.*}} form = #nn.filter_form<depthwise>
// CHECK: kernel.conv {{.*}} form = #nn.filter_form<blocked>
// CHECK-NOT: scratch(
// CHECK: return
func.func @few_rows(%x: tensor<1x256x7x7xf32, #bordered>, %d: tensor<256x1x3x3xf32, #depthwise>, %w: tensor<256x256x1x1xf32, #packed>)
    -> tensor<1x256x7x7xf32, #map> {
  %0 = nn.conv(%x, %d) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 256 : i64}
      : (tensor<1x256x7x7xf32, #bordered>, tensor<256x1x3x3xf32, #depthwise>) -> tensor<1x256x7x7xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x256x7x7xf32, #map>, tensor<256x256x1x1xf32, #packed>) -> tensor<1x256x7x7xf32, #map>
  return %y : tensor<1x256x7x7xf32, #map>
}

// -----

#map = #nn.blocked<16>
#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 32, block = 16>

// An addend of the depthwise convolution is a map of its own.
// CHECK-LABEL: @residual_between
// CHECK-NOT: scratch(
// CHECK: return
func.func @residual_between(%x: tensor<1x32x28x28xf32, #bordered>, %r: tensor<1x32x28x28xf32, #map>, %d: tensor<32x1x3x3xf32, #depthwise>,
    %w: tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map> {
  %0 = nn.conv(%x, %d, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 32 : i64}
      : (tensor<1x32x28x28xf32, #bordered>, tensor<32x1x3x3xf32, #depthwise>, tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y : tensor<1x128x28x28xf32, #map>
}

// -----

#map = #nn.blocked<16>
#bordered = #nn.blocked<16, border = [1, 1, 1, 1]>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 1024, block = 16>

// Four rows are one tile and one task, where filters give eight.
// CHECK-LABEL: @one_tile
// CHECK-NOT: scratch(
// CHECK: tasks = 8
// CHECK: return
func.func @one_tile(%x: tensor<1x1024x4x4xf32, #bordered>, %d: tensor<1024x1x3x3xf32, #depthwise>, %w: tensor<1024x1024x1x1xf32, #packed>)
    -> tensor<1x1024x4x4xf32, #map> {
  %0 = nn.conv(%x, %d) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1024 : i64}
      : (tensor<1x1024x4x4xf32, #bordered>, tensor<1024x1x3x3xf32, #depthwise>) -> tensor<1x1024x4x4xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x1024x4x4xf32, #map>, tensor<1024x1024x1x1xf32, #packed>) -> tensor<1x1024x4x4xf32, #map>
  return %y : tensor<1x1024x4x4xf32, #map>
}

// -----

#map = #nn.blocked<16>
#packed = #nn.packed<blocked, groups = 1, block = 16>
#depthwise = #nn.packed<depthwise, groups = 256, block = 16>

// A single row is not shared out, nor does the cache hold it.
// CHECK-LABEL: @one_row
// CHECK-NOT: scratch(
// CHECK: return
func.func @one_row(%x: tensor<1x256x16002xf32, #map>, %d: tensor<256x1x3xf32, #depthwise>, %w: tensor<256x256x1xf32, #packed>)
    -> tensor<1x256x16000xf32, #map> {
  %0 = nn.conv(%x, %d) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, groups = 256 : i64}
      : (tensor<1x256x16002xf32, #map>, tensor<256x1x3xf32, #depthwise>) -> tensor<1x256x16000xf32, #map>
  %y = nn.conv(%0, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
      : (tensor<1x256x16000xf32, #map>, tensor<256x256x1xf32, #packed>) -> tensor<1x256x16000xf32, #map>
  return %y : tensor<1x256x16000xf32, #map>
}
