// RUN: kiln-opt %s --graph-fuse-conv | FileCheck %s

// A product with a matrix, an addend and an activation become one dense layer.
// CHECK-LABEL: @matmul_add_relu
// CHECK: %[[G:.*]] = nn.gemm(%arg0, %arg1, %arg2) {activation = #nn.activation<relu>}
// CHECK-NEXT: return %[[G]]
func.func @matmul_add_relu(%x: tensor<2x8xf32>, %w: tensor<8x4xf32>, %b: tensor<4xf32>) -> tensor<2x4xf32> {
  %0 = nn.matmul(%x, %w) : (tensor<2x8xf32>, tensor<8x4xf32>) -> tensor<2x4xf32>
  %1 = nn.add(%b, %0) : (tensor<4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = nn.relu(%1) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %2 : tensor<2x4xf32>
}

// A batch normalisation scales the columns of the matrix, which are its rows where it is transposed.
// CHECK-LABEL: @gemm_batch_norm
// CHECK: %[[B:.*]] = nn.mul(%{{.*}}, %{{.*}}) : (tensor<80x8xf32>, tensor<80x1xf32>)
// CHECK: nn.gemm(%arg0, %[[B]], %{{.*}}) {transB = true}
// CHECK-NEXT: return
func.func @gemm_batch_norm(%x: tensor<2x8xf32>) -> tensor<2x80xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x8xf32>) : tensor<80x8xf32>
  %p = nn.constant(dense<2.0> : tensor<80xf32>) : tensor<80xf32>
  %0 = nn.gemm(%x, %w, %p) {transB = true, beta = 0.5 : f64} : (tensor<2x8xf32>, tensor<80x8xf32>, tensor<80xf32>) -> tensor<2x80xf32>
  %1 = nn.batch_norm(%0, %p, %p, %p, %p)
      : (tensor<2x80xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>) -> tensor<2x80xf32>
  return %1 : tensor<2x80xf32>
}

// The leading dimensions of a product with a constant matrix are rows.
// CHECK-LABEL: @matmul_on_sequence
// CHECK: %[[ROWS:.*]] = nn.reshape(%arg0) {{.*}} -> tensor<15x8xf32>
// CHECK: %[[G:.*]] = nn.gemm(%[[ROWS]], %{{.*}}) : (tensor<15x8xf32>, tensor<8x4xf32>)
// CHECK: nn.reshape(%[[G]]) {{.*}} -> tensor<3x5x4xf32>
func.func @matmul_on_sequence(%x: tensor<3x5x8xf32>) -> tensor<3x5x4xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4xf32>) : tensor<8x4xf32>
  %0 = nn.matmul(%x, %w) : (tensor<3x5x8xf32>, tensor<8x4xf32>) -> tensor<3x5x4xf32>
  return %0 : tensor<3x5x4xf32>
}

// A product of batches of matrices is no dense layer.
// CHECK-LABEL: @batched_matmul
// CHECK: nn.matmul
func.func @batched_matmul(%x: tensor<3x5x8xf32>, %w: tensor<3x8x4xf32>) -> tensor<3x5x4xf32> {
  %0 = nn.matmul(%x, %w) : (tensor<3x5x8xf32>, tensor<3x8x4xf32>) -> tensor<3x5x4xf32>
  return %0 : tensor<3x5x4xf32>
}

// An addend that makes the result larger than the product cannot be C.
// CHECK-LABEL: @addend_larger_than_product
// CHECK: nn.gemm(%arg0, %arg1) :
// CHECK: nn.add
func.func @addend_larger_than_product(%x: tensor<1x8xf32>, %w: tensor<8x4xf32>, %b: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = nn.gemm(%x, %w) : (tensor<1x8xf32>, tensor<8x4xf32>) -> tensor<1x4xf32>
  %1 = nn.add(%0, %b) : (tensor<1x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// Bias and activation of a sequence work on the rows, where the dense layer takes them.
// CHECK-LABEL: @dense_on_sequence
// CHECK: %[[G:.*]] = nn.gemm(%{{.*}}, %{{.*}}, %{{.*}}) {activation = #nn.activation<relu>} {{.*}} -> tensor<15x4xf32>
// CHECK-NEXT: nn.reshape(%[[G]]) {{.*}} -> tensor<3x5x4xf32>
// CHECK-NEXT: return
func.func @dense_on_sequence(%x: tensor<3x5x8xf32>) -> tensor<3x5x4xf32> {
  %w = nn.constant(dense<0.5> : tensor<8x4xf32>) : tensor<8x4xf32>
  %b = nn.constant(dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>) : tensor<4xf32>
  %0 = nn.matmul(%x, %w) : (tensor<3x5x8xf32>, tensor<8x4xf32>) -> tensor<3x5x4xf32>
  %1 = nn.add(%0, %b) : (tensor<3x5x4xf32>, tensor<4xf32>) -> tensor<3x5x4xf32>
  %2 = nn.relu(%1) : (tensor<3x5x4xf32>) -> tensor<3x5x4xf32>
  return %2 : tensor<3x5x4xf32>
}

// A matrix is added by an op of its own, so that the activation behind it stays one.
// CHECK-LABEL: @activation_behind_a_matrix
// CHECK: nn.gemm(%{{.*}}, %{{.*}}, %{{.*}}) :
// CHECK-NEXT: nn.relu
func.func @activation_behind_a_matrix(%x: tensor<3x8xf32>, %w: tensor<8x4xf32>, %c: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = nn.gemm(%x, %w, %c) : (tensor<3x8xf32>, tensor<8x4xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  %1 = nn.relu(%0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// Nor is one number for all columns part of the kernel; a matrix of one row is.
// CHECK-LABEL: @activation_behind_a_number
// CHECK: nn.gemm(%{{.*}}, %{{.*}}, %{{.*}}) :
// CHECK-NEXT: nn.relu
// CHECK: nn.gemm(%{{.*}}, %{{.*}}, %{{.*}}) {activation = #nn.activation<relu>}
func.func @activation_behind_a_number(%x: tensor<3x8xf32>, %w: tensor<8x4xf32>, %c: tensor<1xf32>, %row: tensor<1x4xf32>) -> (tensor<3x4xf32>, tensor<3x4xf32>) {
  %0 = nn.gemm(%x, %w, %c) : (tensor<3x8xf32>, tensor<8x4xf32>, tensor<1xf32>) -> tensor<3x4xf32>
  %1 = nn.relu(%0) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  %2 = nn.gemm(%x, %w, %row) : (tensor<3x8xf32>, tensor<8x4xf32>, tensor<1x4xf32>) -> tensor<3x4xf32>
  %3 = nn.relu(%2) : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1, %3 : tensor<3x4xf32>, tensor<3x4xf32>
}
