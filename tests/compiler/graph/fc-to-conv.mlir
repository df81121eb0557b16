// RUN: kiln-opt %s --graph-fc-to-conv | FileCheck %s
// RUN: kiln-opt %s --graph-fc-to-conv --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The first dense layer becomes a convolution of the map's size, the next one a 1x1 convolution; the reshape comes last.
// CHECK-LABEL: @two_layers
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x3x2xf32>, %[[W:.*]]: tensor<5x24xf32>, %[[V:.*]]: tensor<5x7xf32>, %[[B:.*]]: tensor<7xf32>)
// CHECK: %[[F:.*]] = nn.reshape(%[[W]]) : (tensor<5x24xf32>) -> tensor<5x4x3x2xf32>
// CHECK: %[[C:.*]] = nn.conv(%[[X]], %[[F]]) {{.*}} -> tensor<1x5x1x1xf32>
// CHECK: %[[R:.*]] = nn.relu(%[[C]])
// CHECK: %[[T:.*]] = nn.transpose(%[[V]])
// CHECK: %[[G:.*]] = nn.reshape(%[[T]]) : (tensor<7x5xf32>) -> tensor<7x5x1x1xf32>
// CHECK: %[[D:.*]] = nn.conv(%[[R]], %[[G]], bias %[[B]]) {{.*}} -> tensor<1x7x1x1xf32>
// CHECK: %[[Y:.*]] = nn.reshape(%[[D]]) : (tensor<1x7x1x1xf32>) -> tensor<1x7xf32>
// CHECK: return %[[Y]]
// REMARK: [Passed] FcToConv | Category:graph | Function=two_layers | Pattern=DenseOnMap, SavedBytes=96
func.func @two_layers(%x: tensor<1x4x3x2xf32>, %w: tensor<5x24xf32>, %v: tensor<5x7xf32>, %b: tensor<7xf32>) -> tensor<1x7xf32> {
  %0 = nn.reshape(%x) : (tensor<1x4x3x2xf32>) -> tensor<1x24xf32>
  %1 = nn.gemm(%0, %w) {transB = true} : (tensor<1x24xf32>, tensor<5x24xf32>) -> tensor<1x5xf32>
  %2 = nn.relu(%1) : (tensor<1x5xf32>) -> tensor<1x5xf32>
  %3 = nn.gemm(%2, %v, %b) : (tensor<1x5xf32>, tensor<5x7xf32>, tensor<7xf32>) -> tensor<1x7xf32>
  return %3 : tensor<1x7xf32>
}

// A map that is flattened channels last (Keras) has its weights brought into the map's order.
// CHECK-LABEL: @flattened_channels_last
// CHECK: %[[T:.*]] = nn.transpose(%{{.*}}) {perm = array<i64: 1, 0>}
// CHECK: %[[R:.*]] = nn.reshape(%[[T]]) : (tensor<5x24xf32>) -> tensor<5x3x2x4xf32>
// CHECK: %[[F:.*]] = nn.transpose(%[[R]]) {perm = array<i64: 0, 3, 1, 2>}
// CHECK: nn.conv(%arg0, %[[F]])
func.func @flattened_channels_last(%x: tensor<1x4x3x2xf32>, %w: tensor<24x5xf32>) -> tensor<1x5xf32> {
  %0 = nn.transpose(%x) {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x4x3x2xf32>) -> tensor<1x3x2x4xf32>
  %1 = nn.reshape(%0) : (tensor<1x3x2x4xf32>) -> tensor<1x24xf32>
  %2 = nn.matmul(%1, %w) : (tensor<1x24xf32>, tensor<24x5xf32>) -> tensor<1x5xf32>
  return %2 : tensor<1x5xf32>
}

// The factors of a gemm go into the weights.
// CHECK-LABEL: @factors
// CHECK: nn.mul({{.*}}) : (tensor<5x4x3x2xf32>, tensor<1xf32>)
// CHECK: %[[B:.*]] = nn.mul({{.*}}) : (tensor<5xf32>, tensor<1xf32>)
// CHECK: nn.conv(%arg0, %{{.*}}, bias %[[B]])
func.func @factors(%x: tensor<1x4x3x2xf32>, %w: tensor<5x24xf32>, %b: tensor<1x5xf32>) -> tensor<1x5xf32> {
  %0 = nn.reshape(%x) : (tensor<1x4x3x2xf32>) -> tensor<1x24xf32>
  %1 = nn.gemm(%0, %w, %b) {transB = true, alpha = 0.5 : f64, beta = 2.0 : f64} : (tensor<1x24xf32>, tensor<5x24xf32>, tensor<1x5xf32>) -> tensor<1x5xf32>
  return %1 : tensor<1x5xf32>
}

// Several images are better served by a matrix product.
// CHECK-LABEL: @several_images
// CHECK: nn.gemm
// REMARK: [Missed] FcToConv | Category:graph | Function=several_images | Pattern=DenseOnMap, Reason="a matrix product reads the weights once for all images"
func.func @several_images(%x: tensor<2x4x3x2xf32>, %w: tensor<24x5xf32>) -> tensor<2x5xf32> {
  %0 = nn.reshape(%x) : (tensor<2x4x3x2xf32>) -> tensor<2x24xf32>
  %1 = nn.gemm(%0, %w) : (tensor<2x24xf32>, tensor<24x5xf32>) -> tensor<2x5xf32>
  return %1 : tensor<2x5xf32>
}

// So is a dense layer behind a global pool, and one whose rows are not images.
// CHECK-LABEL: @no_map
// CHECK: nn.gemm
// CHECK: nn.gemm
func.func @no_map(%x: tensor<1x24x3x2xf32>, %w: tensor<24x5xf32>) -> (tensor<1x5xf32>, tensor<6x5xf32>) {
  %0 = nn.global_average_pool(%x) : (tensor<1x24x3x2xf32>) -> tensor<1x24x1x1xf32>
  %1 = nn.reshape(%0) : (tensor<1x24x1x1xf32>) -> tensor<1x24xf32>
  %2 = nn.gemm(%1, %w) : (tensor<1x24xf32>, tensor<24x5xf32>) -> tensor<1x5xf32>
  %3 = nn.reshape(%x) : (tensor<1x24x3x2xf32>) -> tensor<6x24xf32>
  %4 = nn.gemm(%3, %w) : (tensor<6x24xf32>, tensor<24x5xf32>) -> tensor<6x5xf32>
  return %2, %4 : tensor<1x5xf32>, tensor<6x5xf32>
}
