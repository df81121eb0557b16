// RUN: kiln-opt %s --graph-fold-bottleneck | FileCheck %s
// RUN: kiln-opt %s --graph-fold-bottleneck --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Dense layers without activation between them are one.
// CHECK-LABEL: @dense_pair
// CHECK: %[[B:.*]] = nn.matmul({{.*}}) : (tensor<80x64xf32>, tensor<64x10xf32>) -> tensor<80x10xf32>
// CHECK: nn.gemm(%arg0, %[[B]], %{{.*}}) {activation = #nn.activation<relu>}
// CHECK-NEXT: return
// REMARK: [Passed] FoldBottleneck | Category:graph | Function=dense_pair | Pattern=GemmPair, SavedBytes=256, SavedMultiplyAdds=4960, SavedOps=1
func.func @dense_pair(%x: tensor<1x80xf32>) -> tensor<1x10xf32> {
  %a = nn.constant(dense<0.5> : tensor<64x80xf32>) : tensor<64x80xf32>
  %c = nn.constant(dense<1.5> : tensor<1x64xf32>) : tensor<1x64xf32>
  %b = nn.constant(dense<0.25> : tensor<64x10xf32>) : tensor<64x10xf32>
  %0 = nn.gemm(%x, %a, %c) {transB = true} : (tensor<1x80xf32>, tensor<64x80xf32>, tensor<1x64xf32>) -> tensor<1x64xf32>
  %1 = nn.gemm(%0, %b) {activation = #nn.activation<relu>} : (tensor<1x64xf32>, tensor<64x10xf32>) -> tensor<1x10xf32>
  return %1 : tensor<1x10xf32>
}

// A narrow layer between two wide ones saves multiply-adds as it is; with an activation between they are not linear.
// CHECK-LABEL: @dense_bottleneck
// CHECK-COUNT-4: nn.gemm
func.func @dense_bottleneck(%x: tensor<1x80xf32>) -> (tensor<1x80xf32>, tensor<1x10xf32>) {
  %a = nn.constant(dense<0.5> : tensor<80x4xf32>) : tensor<80x4xf32>
  %b = nn.constant(dense<0.25> : tensor<4x80xf32>) : tensor<4x80xf32>
  %c = nn.constant(dense<0.25> : tensor<80x10xf32>) : tensor<80x10xf32>
  %0 = nn.gemm(%x, %a) : (tensor<1x80xf32>, tensor<80x4xf32>) -> tensor<1x4xf32>
  %1 = nn.gemm(%0, %b) : (tensor<1x4xf32>, tensor<4x80xf32>) -> tensor<1x80xf32>
  %2 = nn.gemm(%0, %b) {activation = #nn.activation<relu>} : (tensor<1x4xf32>, tensor<4x80xf32>) -> tensor<1x80xf32>
  %3 = nn.gemm(%2, %c) : (tensor<1x80xf32>, tensor<80x10xf32>) -> tensor<1x10xf32>
  return %1, %3 : tensor<1x80xf32>, tensor<1x10xf32>
}

// The transition of DenseNet: averaged first, a 1x1 convolution works on a quarter of the positions.
// CHECK-LABEL: @transition
// CHECK: %[[P:.*]] = nn.average_pool(%arg0) {{.*}} -> tensor<1x64x4x4xf32>
// CHECK: nn.conv(%[[P]], %{{.*}}, bias %{{.*}}) {{.*}} -> tensor<1x32x4x4xf32>
// CHECK-NEXT: return
// REMARK: [Passed] FoldBottleneck | Category:graph | Function=transition | Pattern=PointwiseThenMean, SavedMultiplyAdds=98304
func.func @transition(%x: tensor<1x64x8x8xf32>, %w: tensor<32x64x1x1xf32>, %b: tensor<32xf32>) -> tensor<1x32x4x4xf32> {
  %0 = nn.conv(%x, %w, bias %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x64x8x8xf32>, tensor<32x64x1x1xf32>, tensor<32xf32>) -> tensor<1x32x8x8xf32>
  %1 = nn.average_pool(%0) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x32x8x8xf32>) -> tensor<1x32x4x4xf32>
  return %1 : tensor<1x32x4x4xf32>
}

// A bias is not there in padding that the average counts.
// CHECK-LABEL: @counted_padding
// CHECK: nn.conv(%arg0
// CHECK: nn.average_pool
func.func @counted_padding(%x: tensor<1x64x8x8xf32>, %w: tensor<32x64x1x1xf32>, %b: tensor<32xf32>) -> tensor<1x32x4x4xf32> {
  %0 = nn.conv(%x, %w, bias %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x64x8x8xf32>, tensor<32x64x1x1xf32>, tensor<32xf32>) -> tensor<1x32x8x8xf32>
  %1 = nn.average_pool(%0) {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, dilations = array<i64: 1, 1>, count_include_pad = true} : (tensor<1x32x8x8xf32>) -> tensor<1x32x4x4xf32>
  return %1 : tensor<1x32x4x4xf32>
}

// Neither a pool that keeps the size nor one of what an activation has made.
// CHECK-LABEL: @no_gain
// CHECK: nn.conv(%arg0
// CHECK: nn.average_pool
// CHECK: nn.conv(%arg0
// CHECK: nn.global_average_pool
func.func @no_gain(%x: tensor<1x64x8xf32>, %w: tensor<32x64x1xf32>) -> (tensor<1x32x8xf32>, tensor<1x32x1xf32>) {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x64x8xf32>, tensor<32x64x1xf32>) -> tensor<1x32x8xf32>
  %1 = nn.average_pool(%0) {kernel_shape = array<i64: 3>, strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x32x8xf32>) -> tensor<1x32x8xf32>
  %2 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, activation = #nn.activation<relu>} : (tensor<1x64x8xf32>, tensor<32x64x1xf32>) -> tensor<1x32x8xf32>
  %3 = nn.global_average_pool(%2) : (tensor<1x32x8xf32>) -> tensor<1x32x1xf32>
  return %1, %3 : tensor<1x32x8xf32>, tensor<1x32x1xf32>
}
