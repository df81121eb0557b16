// RUN: kiln-opt %s | kiln-opt | FileCheck %s

// A fused convolution keeps its operands' roles and its activation.
// CHECK-LABEL: @fused_conv
func.func @fused_conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>, %b: tensor<4xf32>,
                      %r: tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32> {
  // CHECK: nn.conv(%{{.*}}, %{{.*}}, bias %{{.*}}, residual %{{.*}}) {activation = #nn.activation<clip, {{.*}}>
  %y = nn.conv(%x, %w, bias %b, residual %r) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>,
      dilations = array<i64: 1, 1>, activation = #nn.activation<clip, 0.0, 6.0>}
      : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>, tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %y : tensor<1x4x8x8xf32>
}

// A residual without a bias is told from a bias.
// CHECK-LABEL: @residual_without_bias
func.func @residual_without_bias(%x: tensor<1x2x4xf16>, %w: tensor<2x2x1xf16>, %r: tensor<1x2x4xf16>) -> tensor<1x2x4xf16> {
  // CHECK: nn.conv(%{{.*}}, %{{.*}}, residual %{{.*}}) {dilations
  %y = nn.conv(%x, %w, residual %r) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>}
      : (tensor<1x2x4xf16>, tensor<2x2x1xf16>, tensor<1x2x4xf16>) -> tensor<1x2x4xf16>
  return %y : tensor<1x2x4xf16>
}

// Three spatial dimensions, each with its own stride, pads and dilation: (9 + 2 + 0 - 5) / 2 + 1 = 4, (8 - 3) / 1 + 1 = 6, (7 + 1 + 2 - 1) / 3 + 1 = 4.
// CHECK-LABEL: @asymmetric_dilated_conv3d
func.func @asymmetric_dilated_conv3d(%x: tensor<2x4x9x8x7xf32>, %w: tensor<6x2x3x3x1xf32>) -> tensor<2x6x4x6x4xf32> {
  // CHECK: nn.conv(%{{.*}}, %{{.*}}) {dilations = array<i64: 2, 1, 4>, groups = 2 : i64
  %y = nn.conv(%x, %w) {strides = array<i64: 2, 1, 3>, pads = array<i64: 2, 0, 1, 0, 0, 2>,
      dilations = array<i64: 2, 1, 4>, groups = 2 : i64}
      : (tensor<2x4x9x8x7xf32>, tensor<6x2x3x3x1xf32>) -> tensor<2x6x4x6x4xf32>
  return %y : tensor<2x6x4x6x4xf32>
}

// Both operands of a gemm may be transposed, and the addend broadcasts.
// CHECK-LABEL: @transposed_gemm
func.func @transposed_gemm(%a: tensor<5x2xf32>, %b: tensor<3x5xf32>, %c: tensor<2x1xf32>) -> tensor<2x3xf32> {
  // CHECK: nn.gemm(%{{.*}}, %{{.*}}, %{{.*}}) {activation = #nn.activation<relu>, alpha = 5.000000e-01 : f64, transA = true, transB = true}
  %y = nn.gemm(%a, %b, %c) {transA = true, transB = true, alpha = 0.5, activation = #nn.activation<relu>}
      : (tensor<5x2xf32>, tensor<3x5xf32>, tensor<2x1xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// A vector operand of a matmul loses its dimension; leading dimensions broadcast.
// CHECK-LABEL: @matmul_ranks
func.func @matmul_ranks(%a: tensor<4x1x2x3xi32>, %b: tensor<5x3x6xi32>, %v: tensor<3xi32>) {
  // CHECK: nn.matmul(%{{.*}}, %{{.*}}) : (tensor<4x1x2x3xi32>, tensor<5x3x6xi32>) -> tensor<4x5x2x6xi32>
  %0 = nn.matmul(%a, %b) : (tensor<4x1x2x3xi32>, tensor<5x3x6xi32>) -> tensor<4x5x2x6xi32>
  // CHECK: nn.matmul(%{{.*}}, %{{.*}}) : (tensor<4x1x2x3xi32>, tensor<3xi32>) -> tensor<4x1x2xi32>
  %1 = nn.matmul(%a, %v) : (tensor<4x1x2x3xi32>, tensor<3xi32>) -> tensor<4x1x2xi32>
  // CHECK: nn.matmul(%{{.*}}, %{{.*}}) : (tensor<3xi32>, tensor<5x3x6xi32>) -> tensor<5x6xi32>
  %2 = nn.matmul(%v, %b) : (tensor<3xi32>, tensor<5x3x6xi32>) -> tensor<5x6xi32>
  // CHECK: nn.matmul(%{{.*}}, %{{.*}}) : (tensor<3xi32>, tensor<3xi32>) -> tensor<i32>
  %3 = nn.matmul(%v, %v) : (tensor<3xi32>, tensor<3xi32>) -> tensor<i32>
  return
}

// Normalisations print the attributes that differ from their defaults.
// CHECK-LABEL: @normalisations
func.func @normalisations(%x: tensor<1x4x2x2xf32>, %c: tensor<4xf32>) -> tensor<1x4x2x2xf32> {
  // CHECK: nn.batch_norm(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) {epsilon = 1.000000e-03 : f64}
  %0 = nn.batch_norm(%x, %c, %c, %c, %c) {epsilon = 1.0e-3}
      : (tensor<1x4x2x2xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x2x2xf32>
  // CHECK: nn.lrn(%{{.*}}) {size = 5 : i64}
  %1 = nn.lrn(%0) {size = 5 : i64} : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return %1 : tensor<1x4x2x2xf32>
}
