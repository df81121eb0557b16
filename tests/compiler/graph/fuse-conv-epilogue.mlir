// RUN: kiln-opt %s --graph-fuse-conv | FileCheck %s

// Every activation that an epilogue can do, with its parameters.
// CHECK-LABEL: @activations
// CHECK: activation = #nn.activation<relu>
// CHECK: activation = #nn.activation<leaky_relu, 2.0{{.*}}>
// CHECK: activation = #nn.activation<clip, 0.0{{.*}}, 6.0{{.*}}>
// CHECK: activation = #nn.activation<sigmoid>
// CHECK: activation = #nn.activation<tanh>
// CHECK: activation = #nn.activation<elu, 1.0{{.*}}>
// CHECK: activation = #nn.activation<hard_sigmoid, 2.0{{.*}}, 5.0{{.*}}>
// CHECK: activation = #nn.activation<hard_swish>
// CHECK: activation = #nn.activation<swish>
// CHECK-NEXT: return
func.func @activations(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.relu(%0) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.conv(%1, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %3 = nn.leaky_relu(%2) {alpha = 0.2 : f64} : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %4 = nn.conv(%3, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %5 = nn.clip(%4) {min = 0.0 : f64, max = 6.0 : f64} : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %6 = nn.conv(%5, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %7 = nn.sigmoid(%6) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %8 = nn.conv(%7, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %9 = nn.tanh(%8) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %10 = nn.conv(%9, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %11 = nn.elu(%10) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %12 = nn.conv(%11, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %13 = nn.hard_sigmoid(%12) {alpha = 0.2 : f64, beta = 0.5 : f64} : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %14 = nn.conv(%13, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %15 = nn.hard_swish(%14) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %16 = nn.conv(%15, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %17 = nn.swish(%16) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %17 : tensor<1x4x9xf32>
}

// Of two convolutions of one tensor that are added, the later one takes the other as its residual.
// CHECK-LABEL: @later_of_two_convs
// CHECK: %[[A:.*]] = nn.conv(%[[X:.*]], %[[V:.*]]) {dilations
// CHECK: %[[B:.*]] = nn.conv(%[[X]], %[[W:.*]], residual %[[A]])
// CHECK-NEXT: return %[[B]]
func.func @later_of_two_convs(%x: tensor<1x4x9xf32>, %v: tensor<4x4x1xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %v) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %2 = nn.add(%0, %1) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %2 : tensor<1x4x9xf32>
}

// The convolution at the end of the longer branch takes the shortcut's, also where the shortcut stands later.
// CHECK-LABEL: @longer_branch
// CHECK: %[[SHORT:.*]] = nn.conv(%[[X:.*]], %[[S:.*]]) {
// CHECK: nn.conv(%{{.*}}, %[[W:.*]], residual %[[SHORT]])
func.func @longer_branch(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>, %s: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %p = nn.sigmoid(%x) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %q = nn.max_pool(%p) {kernel_shape = array<i64: 1>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %long = nn.conv(%q, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %short = nn.conv(%x, %s) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %y = nn.add(%long, %short) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %y : tensor<1x4x9xf32>
}

// A convolution that stands before the residual is made moves behind it.
// CHECK-LABEL: @residual_made_after_the_conv
// CHECK: %[[POOL:.*]] = nn.max_pool
// CHECK: nn.conv(%{{.*}}, %{{.*}}, residual %[[POOL]])
func.func @residual_made_after_the_conv(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.max_pool(%x) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.add(%0, %1) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %2 : tensor<1x4x9xf32>
}

// An addend after the activation is not the residual, which is added before it.
// CHECK-LABEL: @add_after_relu
// CHECK: %[[C:.*]] = nn.conv(%[[X:.*]], %{{.*}}) {activation = #nn.activation<relu>
// CHECK: nn.add(%[[C]], %[[X]])
func.func @add_after_relu(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.relu(%0) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  %2 = nn.add(%1, %x) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %2 : tensor<1x4x9xf32>
}

// A convolution added to itself has two readers.
// CHECK-LABEL: @added_to_itself
// CHECK: nn.add
func.func @added_to_itself(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.add(%0, %0) : (tensor<1x4x9xf32>, tensor<1x4x9xf32>) -> tensor<1x4x9xf32>
  return %1 : tensor<1x4x9xf32>
}

// A tensor that broadcasts is no residual.
// CHECK-LABEL: @broadcast_addend
// CHECK: nn.add
func.func @broadcast_addend(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>, %y: tensor<9xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.add(%0, %y) : (tensor<1x4x9xf32>, tensor<9xf32>) -> tensor<1x4x9xf32>
  return %1 : tensor<1x4x9xf32>
}

// A relu behind a maximum pool can as well come before it; a sigmoid stays, because it need not be monotone in its last bit.
// CHECK-LABEL: @activation_behind_max_pool
// CHECK: %[[C:.*]] = nn.conv(%{{.*}}) {activation = #nn.activation<relu>
// CHECK-NEXT: %[[P:.*]] = nn.max_pool(%[[C]])
// CHECK-NEXT: %[[D:.*]] = nn.conv(%[[P]], %{{.*}}) {dilations
// CHECK-NEXT: %[[Q:.*]] = nn.max_pool(%[[D]])
// CHECK-NEXT: nn.sigmoid(%[[Q]])
func.func @activation_behind_max_pool(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x5xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32>
  %1 = nn.max_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>) -> tensor<1x4x7xf32>
  %2 = nn.relu(%1) : (tensor<1x4x7xf32>) -> tensor<1x4x7xf32>
  %3 = nn.conv(%2, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x7xf32>, tensor<4x4x1xf32>) -> tensor<1x4x7xf32>
  %4 = nn.max_pool(%3) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x7xf32>) -> tensor<1x4x5xf32>
  %5 = nn.sigmoid(%4) : (tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  return %5 : tensor<1x4x5xf32>
}
