// RUN: kiln-opt %s --graph-fold-bottleneck=merge-siblings | FileCheck %s
// RUN: kiln-opt %s --graph-fold-bottleneck | FileCheck %s --check-prefix=OFF

// Two 1x1 convolutions of one map are one, cut afterwards; the one without bias adds zeros. Weights that are defined
// later move up.
// CHECK-LABEL: @siblings
// CHECK: %[[F:.*]] = nn.concat({{.*}}) {axis = 0 : i64} : (tensor<64x8x1xf32>, tensor<96x8x1xf32>)
// CHECK: %[[B:.*]] = nn.concat({{.*}}) {axis = 0 : i64} : (tensor<64xf32>, tensor<96xf32>)
// CHECK: %[[C:.*]] = nn.conv(%arg0, %[[F]], bias %[[B]]) {{.*}} -> tensor<1x160x8xf32>
// CHECK: %[[S:.*]]:2 = nn.split(%[[C]]) {axis = 1 : i64}
// CHECK: return %[[S]]#0, %[[S]]#1
// OFF-LABEL: @siblings
// OFF-COUNT-2: nn.conv
func.func @siblings(%x: tensor<1x8x8xf32>) -> (tensor<1x64x8xf32>, tensor<1x96x8xf32>) {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x8xf32>
  %b = nn.constant(dense<0.25> : tensor<96x8x1xf32>) : tensor<96x8x1xf32>
  %bb = nn.constant(dense<2.5> : tensor<96xf32>) : tensor<96xf32>
  %1 = nn.conv(%x, %b, bias %bb) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<96x8x1xf32>, tensor<96xf32>) -> tensor<1x96x8xf32>
  return %0, %1 : tensor<1x64x8xf32>, tensor<1x96x8xf32>
}

// Different activations keep them apart.
// CHECK-LABEL: @different_activations
// CHECK-COUNT-2: nn.conv
// CHECK-NOT: nn.split
func.func @different_activations(%x: tensor<1x8x8xf32>) -> (tensor<1x64x8xf32>, tensor<1x64x8xf32>) {
  %a = nn.constant(dense<0.5> : tensor<64x8x1xf32>) : tensor<64x8x1xf32>
  %0 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x8xf32>
  %1 = nn.conv(%x, %a) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, activation = #nn.activation<relu>} : (tensor<1x8x8xf32>, tensor<64x8x1xf32>) -> tensor<1x64x8xf32>
  return %0, %1 : tensor<1x64x8xf32>, tensor<1x64x8xf32>
}
