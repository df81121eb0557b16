// RUN: kiln-opt %s --graph-fold-bottleneck | FileCheck %s
// RUN: kiln-opt %s --graph-fold-bottleneck --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// 1x1 before 3x3: the 3x3 filters are multiplied by the 1x1 matrix; epilogue and windows are the second one's.
// CHECK-LABEL: @pointwise_then_conv
// CHECK: %[[T:.*]] = nn.transpose(%{{.*}}) {perm = array<i64: 0, 2, 3, 1>} : (tensor<2x64x3x3xf32>) -> tensor<2x3x3x64xf32>
// CHECK: %[[L:.*]] = nn.reshape(%[[T]]) : (tensor<2x3x3x64xf32>) -> tensor<18x64xf32>
// CHECK: %[[P:.*]] = nn.matmul(%[[L]], %{{.*}}) : (tensor<18x64xf32>, tensor<64x8xf32>) -> tensor<18x8xf32>
// CHECK: %[[Q:.*]] = nn.reshape(%[[P]]) : (tensor<18x8xf32>) -> tensor<2x3x3x8xf32>
// CHECK: %[[F:.*]] = nn.transpose(%[[Q]]) {perm = array<i64: 0, 3, 1, 2>}
// CHECK: nn.conv(%arg0, %[[F]], residual %arg1) {activation = #nn.activation<relu>, dilations = array<i64: 2, 2>, pads = array<i64: 2, 2, 2, 2>, strides = array<i64: 1, 1>}
// CHECK-NEXT: return
// REMARK: [Passed] FoldBottleneck | Category:graph | Function=pointwise_then_conv | Pattern=PointwisePair, SavedBytes=16384, SavedMultiplyAdds=97280, SavedOps=1
func.func @pointwise_then_conv(%x: tensor<1x8x8x8xf32>, %r: tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x8x1x1xf32>) : tensor<64x8x1x1xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x3x3xf32>) : tensor<2x64x3x3xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x8x8x8xf32>, tensor<64x8x1x1xf32>) -> tensor<1x64x8x8xf32>
  %1 = nn.conv(%0, %b, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 2, 2>, activation = #nn.activation<relu>} : (tensor<1x64x8x8xf32>, tensor<2x64x3x3xf32>, tensor<1x2x8x8xf32>) -> tensor<1x2x8x8xf32>
  return %1 : tensor<1x2x8x8xf32>
}

// 3x3 before 1x1: exact with any pads and biases. Strides multiply.
// CHECK-LABEL: @conv_then_pointwise
// CHECK: nn.matmul({{.*}}) : (tensor<2x64xf32>, tensor<64x72xf32>) -> tensor<2x72xf32>
// CHECK: %[[THROUGH:.*]] = nn.matmul({{.*}}) : (tensor<2x64xf32>, tensor<64xf32>) -> tensor<2xf32>
// CHECK: %[[B:.*]] = nn.add(%{{.*}}, %[[THROUGH]])
// CHECK: nn.conv(%arg0, %{{.*}}, bias %[[B]]) {{{.*}}pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 4, 4>}
// CHECK-NEXT: return
func.func @conv_then_pointwise(%x: tensor<1x8x8x8xf32>) -> tensor<1x2x2x2xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x8x3x3xf32>) : tensor<64x8x3x3xf32>
  %ab = nn.constant(dense<1.5> : tensor<64xf32>) : tensor<64xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x1x1xf32>) : tensor<2x64x1x1xf32>
  %bb = nn.constant(dense<2.5> : tensor<2xf32>) : tensor<2xf32>
  %0 = nn.conv(%x, %a, bias %ab) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x8x8x8xf32>, tensor<64x8x3x3xf32>, tensor<64xf32>) -> tensor<1x64x4x4xf32>
  %1 = nn.conv(%0, %b, bias %bb) {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x64x4x4xf32>, tensor<2x64x1x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  return %1 : tensor<1x2x2x2xf32>
}

// A 1x1 convolution with strides dilates the filter behind it.
// CHECK-LABEL: @strided_pointwise_then_conv
// CHECK: nn.conv(%arg0, %{{.*}}) {dilations = array<i64: 2>, pads = array<i64: 2, 1>, strides = array<i64: 2>}
// CHECK-SAME: (tensor<1x8x8xf32>, tensor<2x8x3xf32>) -> tensor<1x2x4xf32>
func.func @strided_pointwise_then_conv(%x: tensor<1x8x8xf32>) -> tensor<1x2x4xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x3xf32>) : tensor<2x64x3xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x4xf32>
  %1 = nn.conv(%0, %b) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x64x4xf32>, tensor<2x64x3xf32>) -> tensor<1x2x4xf32>
  return %1 : tensor<1x2x4xf32>
}

// A bias before a convolution without pads is everywhere; it goes through the sum of the filter.
// CHECK-LABEL: @bias_then_unpadded
// CHECK: nn.reduce_sum(%{{.*}}) {axes = array<i64: 2>, keepdims = false}
// CHECK: nn.conv(%arg0, %{{.*}}, bias %{{.*}}) {{.*}} -> tensor<1x2x6xf32>
// CHECK-NEXT: return
func.func @bias_then_unpadded(%x: tensor<1x8x8xf32>) -> tensor<1x2x6xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %ab = nn.constant(dense<1.5> : tensor<64xf32>) : tensor<64xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x3xf32>) : tensor<2x64x3xf32>
  %0 = nn.conv(%x, %a, bias %ab) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>, tensor<64xf32>) -> tensor<1x64x8xf32>
  %1 = nn.conv(%0, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<2x64x3xf32>) -> tensor<1x2x6xf32>
  return %1 : tensor<1x2x6xf32>
}

// In the padding the bias is not there, so with pads the two stay apart.
// CHECK-LABEL: @bias_then_padded
// CHECK: nn.conv
// CHECK: nn.conv
// REMARK: [Missed] FoldBottleneck | Category:graph | Function=bias_then_padded | Pattern=PointwisePair, Reason="the bias between them is not there in the second convolution's padding"
func.func @bias_then_padded(%x: tensor<1x8x8xf32>) -> tensor<1x2x8xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %ab = nn.constant(dense<1.5> : tensor<64xf32>) : tensor<64xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x3xf32>) : tensor<2x64x3xf32>
  %0 = nn.conv(%x, %a, bias %ab) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>, tensor<64xf32>) -> tensor<1x64x8xf32>
  %1 = nn.conv(%0, %b) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<2x64x3xf32>) -> tensor<1x2x8xf32>
  return %1 : tensor<1x2x8xf32>
}

// A bottleneck that saves multiply-adds stays one.
// CHECK-LABEL: @narrow_middle
// CHECK: nn.conv
// CHECK: nn.conv
// REMARK-NOT: Function=narrow_middle
func.func @narrow_middle(%x: tensor<1x64x8xf32>) -> tensor<1x64x8xf32> {
  %a = nn.constant(dense<0.5> : tensor<4x64x1xf32>) : tensor<4x64x1xf32>
  %b = nn.constant(dense<0.5> : tensor<64x4x3xf32>) : tensor<64x4x3xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<4x64x1xf32>) -> tensor<1x4x8xf32>
  %1 = nn.conv(%0, %b) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x4x8xf32>, tensor<64x4x3xf32>) -> tensor<1x64x8xf32>
  return %1 : tensor<1x64x8xf32>
}

// With an activation or another reader between them they are no linear chain.
// CHECK-LABEL: @not_linear
// CHECK-COUNT-4: nn.conv
func.func @not_linear(%x: tensor<1x8x8xf32>) -> (tensor<1x2x8xf32>, tensor<1x64x8xf32>, tensor<1x2x8xf32>) {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %b = nn.constant(dense<0.5> : tensor<2x64x1xf32>) : tensor<2x64x1xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, activation = #nn.activation<relu>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x8xf32>
  %1 = nn.conv(%0, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<2x64x1xf32>) -> tensor<1x2x8xf32>
  %2 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x8xf32>
  %3 = nn.conv(%2, %b) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<2x64x1xf32>) -> tensor<1x2x8xf32>
  return %1, %2, %3 : tensor<1x2x8xf32>, tensor<1x64x8xf32>, tensor<1x2x8xf32>
}
