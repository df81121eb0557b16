// RUN: kiln-opt %s --graph-fuse-conv | FileCheck %s

// Batch normalisation and activation behind a concatenation of convolutions go into each of them, with the entries of its channels.
// CHECK-LABEL: @norm_and_activation
// CHECK: %[[A:.*]] = nn.conv(%arg0, %{{.*}}, bias %{{.*}}) {activation = #nn.activation<relu>{{.*}}
// CHECK: %[[B:.*]] = nn.conv(%arg1, %{{.*}}, bias %{{.*}}) {activation = #nn.activation<relu>{{.*}}
// CHECK-NEXT: %[[Y:.*]] = nn.concat(%[[A]], %[[B]]) {axis = 1 : i64}
// CHECK-NEXT: return %[[Y]]
func.func @norm_and_activation(%x: tensor<1x4x9xf32>, %y: tensor<1x4x9xf32>) -> tensor<1x24x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %v = nn.constant(dense<0.25> : tensor<16x4x1xf32>) : tensor<16x4x1xf32>
  %s = nn.constant(dense<2.0> : tensor<24xf32>) : tensor<24xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.conv(%y, %v) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<16x4x1xf32>) -> tensor<1x16x9xf32>
  %2 = nn.concat(%0, %1) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x16x9xf32>) -> tensor<1x24x9xf32>
  %3 = nn.batch_norm(%2, %s, %s, %s, %s) {epsilon = 1.0e-3 : f64} : (tensor<1x24x9xf32>, tensor<24xf32>, tensor<24xf32>, tensor<24xf32>, tensor<24xf32>) -> tensor<1x24x9xf32>
  %4 = nn.relu(%3) : (tensor<1x24x9xf32>) -> tensor<1x24x9xf32>
  return %4 : tensor<1x24x9xf32>
}

// A factor and a subtrahend per channel, too; what is no convolution takes them in ops of its own.
// CHECK-LABEL: @factor_beside_pool
// CHECK-DAG: %[[W:.*]] = nn.constant(dense<{{\[\[\[}}1.000000e+00]], {{\[\[}}2.000000e+00]]]> : tensor<2x1x1xf32>)
// CHECK-DAG: %[[T:.*]] = nn.constant(dense<-3.000000e+00> : tensor<2xf32>)
// CHECK-DAG: %[[F:.*]] = nn.constant(dense<{{\[\[\[}}8.000000e+00], [1.600000e+01]]]> : tensor<1x2x1xf32>)
// CHECK-DAG: %[[A:.*]] = nn.conv(%arg0, %[[W]], bias %[[T]])
// CHECK-DAG: %[[S:.*]] = nn.mul(%arg1, %[[F]])
// CHECK-DAG: %[[B:.*]] = nn.sub(%[[S]], %{{.*}}) : (tensor<1x2x9xf32>, tensor<1x2x1xf32>)
// CHECK: nn.concat(%[[A]], %[[B]])
func.func @factor_beside_pool(%x: tensor<1x1x9xf32>, %y: tensor<1x2x9xf32>) -> tensor<1x4x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<2x1x1xf32>) : tensor<2x1x1xf32>
  %s = nn.constant(dense<[[[2.0], [4.0], [8.0], [16.0]]]> : tensor<1x4x1xf32>) : tensor<1x4x1xf32>
  %t = nn.constant(dense<3.0> : tensor<f32>) : tensor<f32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x1x9xf32>, tensor<2x1x1xf32>) -> tensor<1x2x9xf32>
  %1 = nn.concat(%0, %y) {axis = 1 : i64} : (tensor<1x2x9xf32>, tensor<1x2x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.mul(%1, %s) : (tensor<1x4x9xf32>, tensor<1x4x1xf32>) -> tensor<1x4x9xf32>
  %3 = nn.sub(%2, %t) : (tensor<1x4x9xf32>, tensor<f32>) -> tensor<1x4x9xf32>
  return %3 : tensor<1x4x9xf32>
}

// A convolution behind it takes factor and addend of all parts, where a part is none.
// CHECK-LABEL: @norm_before_conv
// CHECK: %[[C:.*]] = nn.concat(%{{.*}}, %arg1)
// CHECK-NOT: nn.mul(%[[C]]
// CHECK: nn.conv(%[[C]], %{{.*}}, bias %{{.*}})
func.func @norm_before_conv(%x: tensor<1x4x9xf32>, %y: tensor<1x8x9xf32>) -> tensor<1x8x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %v = nn.constant(dense<0.5> : tensor<8x16x1xf32>) : tensor<8x16x1xf32>
  %s = nn.constant(dense<2.0> : tensor<16xf32>) : tensor<16xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.concat(%0, %y) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x8x9xf32>) -> tensor<1x16x9xf32>
  %2 = nn.batch_norm(%1, %s, %s, %s, %s) : (tensor<1x16x9xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<1x16x9xf32>
  %3 = nn.conv(%2, %v) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x16x9xf32>, tensor<8x16x1xf32>) -> tensor<1x8x9xf32>
  return %3 : tensor<1x8x9xf32>
}

// CHECK-LABEL: @factor_and_addend_before_conv
// CHECK: %[[C:.*]] = nn.concat(%{{.*}}, %arg1)
// CHECK-NOT: nn.{{mul|add}}(%{{.*}}) : (tensor<1x16x9xf32>
// CHECK: nn.conv(%[[C]], %{{.*}}, bias %{{.*}})
func.func @factor_and_addend_before_conv(%x: tensor<1x4x9xf32>, %y: tensor<1x8x9xf32>) -> tensor<1x8x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %v = nn.constant(dense<0.5> : tensor<8x16x1xf32>) : tensor<8x16x1xf32>
  %s = nn.constant(dense<2.0> : tensor<1x16x1xf32>) : tensor<1x16x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.concat(%0, %y) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x8x9xf32>) -> tensor<1x16x9xf32>
  %2 = nn.mul(%1, %s) : (tensor<1x16x9xf32>, tensor<1x16x1xf32>) -> tensor<1x16x9xf32>
  %3 = nn.add(%2, %s) : (tensor<1x16x9xf32>, tensor<1x16x1xf32>) -> tensor<1x16x9xf32>
  %4 = nn.conv(%3, %v) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x16x9xf32>, tensor<8x16x1xf32>) -> tensor<1x8x9xf32>
  return %4 : tensor<1x8x9xf32>
}

// An activation follows residuals, too.
// CHECK-LABEL: @activation_of_residuals
// CHECK: %[[A:.*]] = nn.conv(%arg0, %{{.*}}, residual %arg0) {activation = #nn.activation<swish>
// CHECK: %[[B:.*]] = nn.conv(%arg1, %{{.*}}, residual %arg1) {activation = #nn.activation<swish>
// CHECK: nn.concat(%[[A]], %[[B]])
func.func @activation_of_residuals(%x: tensor<1x4x9xf32>, %y: tensor<1x4x9xf32>) -> tensor<1x8x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<4x4x1xf32>) : tensor<4x4x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.add(%0, %x) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.conv(%y, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %3 = nn.add(%2, %y) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %4 = nn.concat(%1, %3) {axis = 1 : i64} : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x8x9xf32>
  %5 = nn.swish(%4) : (tensor<1x8x9xf32>) -> tensor<1x8x9xf32>
  return %5 : tensor<1x8x9xf32>
}

// Statistics that are known at run time only do not go into constant filters.
// CHECK-LABEL: @statistics_at_run_time
// CHECK: %[[C:.*]] = nn.concat
// CHECK: nn.mul(%[[C]]
func.func @statistics_at_run_time(%x: tensor<1x4x9xf32>, %y: tensor<1x4x9xf32>, %s: tensor<16xf32>) -> tensor<1x16x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.conv(%y, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %2 = nn.concat(%0, %1) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x8x9xf32>) -> tensor<1x16x9xf32>
  %3 = nn.batch_norm(%2, %s, %s, %s, %s) : (tensor<1x16x9xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<1x16x9xf32>
  return %3 : tensor<1x16x9xf32>
}

// Most channels come from elsewhere.
// CHECK-LABEL: @few_convolved_channels
// CHECK: %[[C:.*]] = nn.concat
// CHECK: nn.relu(%[[C]])
func.func @few_convolved_channels(%x: tensor<1x4x9xf32>, %y: tensor<1x9x9xf32>) -> tensor<1x17x9xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.concat(%0, %y) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x9x9xf32>) -> tensor<1x17x9xf32>
  %2 = nn.relu(%1) : (tensor<1x17x9xf32>) -> tensor<1x17x9xf32>
  return %2 : tensor<1x17x9xf32>
}

// Other ops read a part, or the concatenation itself.
// CHECK-LABEL: @other_readers
// CHECK: %[[C:.*]] = nn.concat
// CHECK: nn.relu(%[[C]])
// CHECK: %[[D:.*]] = nn.concat
// CHECK: nn.relu(%[[D]])
func.func @other_readers(%x: tensor<1x4x9xf32>, %y: tensor<1x4x9xf32>) -> (tensor<1x12x9xf32>, tensor<1x4x9xf32>, tensor<1x16x9xf32>, tensor<1x16x9xf32>) {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.exp(%y) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.concat(%0, %1) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x4x9xf32>) -> tensor<1x12x9xf32>
  %3 = nn.relu(%2) : (tensor<1x12x9xf32>) -> tensor<1x12x9xf32>
  %4 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %5 = nn.conv(%y, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %6 = nn.concat(%4, %5) {axis = 1 : i64} : (tensor<1x8x9xf32>, tensor<1x8x9xf32>) -> tensor<1x16x9xf32>
  %7 = nn.relu(%6) : (tensor<1x16x9xf32>) -> tensor<1x16x9xf32>
  return %3, %1, %6, %7 : tensor<1x12x9xf32>, tensor<1x4x9xf32>, tensor<1x16x9xf32>, tensor<1x16x9xf32>
}

// Joined along the rows, every part has all channels.
// CHECK-LABEL: @other_axis
// CHECK: %[[C:.*]] = nn.concat
// CHECK: nn.relu(%[[C]])
func.func @other_axis(%x: tensor<1x4x9xf32>, %y: tensor<1x4x9xf32>) -> tensor<1x8x18xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4x1xf32>) : tensor<8x4x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %1 = nn.conv(%y, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<8x4x1xf32>) -> tensor<1x8x9xf32>
  %2 = nn.concat(%0, %1) {axis = 2 : i64} : (tensor<1x8x9xf32>, tensor<1x8x9xf32>) -> tensor<1x8x18xf32>
  %3 = nn.relu(%2) : (tensor<1x8x18xf32>) -> tensor<1x8x18xf32>
  return %3 : tensor<1x8x18xf32>
}
