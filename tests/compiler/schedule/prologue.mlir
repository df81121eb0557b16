// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4}),schedule-nn-to-kernel)' | FileCheck %s

#map = #nn.blocked<16>
#packed = #nn.packed<blocked, groups = 1, block = 16>

// Batch normalisation and ReLU in front of a 1x1 convolution are its prologue: no pass over memory, one more buffer in which each of
// the eight tasks has a row of tiles.
// CHECK-LABEL: @preactivation
// CHECK-NOT: linalg.generic
// CHECK: %[[SCRATCH:.*]] = memref.view {{.*}} to memref<8x2x1x1x28x16xf32>
// CHECK: kernel.conv {{.*}} prologue(%{{.*}}, %{{.*}}) scratch(%[[SCRATCH]]) {{.*}} order = pixels_outer
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @preactivation(%x: tensor<1x32x28x28xf32, #map>, %s: tensor<1x32x1x1xf32, #map>, %t: tensor<1x32x1x1xf32, #map>,
    %w: tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map> {
  %a = nn.mul(%x, %s) : (tensor<1x32x28x28xf32, #map>, tensor<1x32x1x1xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %b = nn.add(%t, %a) : (tensor<1x32x1x1xf32, #map>, tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %c = nn.relu(%b) : (tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%c, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y : tensor<1x128x28x28xf32, #map>
}

// -----

#map = #nn.blocked<16>
#packed = #nn.packed<blocked, groups = 1, block = 16>

// Arithmetic in front of the prologue is a pass of its own.
// CHECK-LABEL: @arithmetic_before
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: kernel.conv {{.*}} prologue(
// CHECK: return
func.func @arithmetic_before(%x: tensor<1x32x28x28xf32, #map>, %s: tensor<1x32x1x1xf32, #map>, %t: tensor<1x32x1x1xf32, #map>,
    %w: tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map> {
  %0 = nn.sigmoid(%x) : (tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %a = nn.mul(%0, %s) : (tensor<1x32x28x28xf32, #map>, tensor<1x32x1x1xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %b = nn.add(%t, %a) : (tensor<1x32x1x1xf32, #map>, tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %c = nn.relu(%b) : (tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%c, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y : tensor<1x128x28x28xf32, #map>
}

// -----

#map = #nn.blocked<16>
#packed = #nn.packed<blocked, groups = 1, block = 16>

// What another op reads too is written once, in one pass.
// CHECK-LABEL: @two_users
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: kernel.conv
// CHECK-NOT: prologue
// CHECK: return
func.func @two_users(%x: tensor<1x32x28x28xf32, #map>, %s: tensor<1x32x1x1xf32, #map>, %t: tensor<1x32x1x1xf32, #map>,
    %w: tensor<128x32x1x1xf32, #packed>) -> (tensor<1x128x28x28xf32, #map>, tensor<1x32x28x28xf32, #map>) {
  %a = nn.mul(%x, %s) : (tensor<1x32x28x28xf32, #map>, tensor<1x32x1x1xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %b = nn.add(%a, %t) : (tensor<1x32x28x28xf32, #map>, tensor<1x32x1x1xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %c = nn.relu(%b) : (tensor<1x32x28x28xf32, #map>) -> tensor<1x32x28x28xf32, #map>
  %y = nn.conv(%c, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x28x28xf32, #map>, tensor<128x32x1x1xf32, #packed>) -> tensor<1x128x28x28xf32, #map>
  return %y, %c : tensor<1x128x28x28xf32, #map>, tensor<1x32x28x28xf32, #map>
}
