// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(schedule-split-weights,schedule-nn-to-kernel)' | FileCheck %s

// A weight that is one number is no operand of a chain but a constant in it, so that the chain runs over one flat dimension.
// CHECK-LABEL: @one_number
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : memref<8xf32>) outs(%{{.*}} : memref<8xf32>)
// CHECK: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: %[[P:.*]] = arith.mulf %{{.*}}, %[[TWO]]
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: arith.addf %[[P]], %[[ONE]]
func.func @one_number(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %two = nn.constant(dense<2.0> : tensor<f32>) : tensor<f32>
  %one = nn.constant(dense<1.0> : tensor<1x1xf32>) : tensor<1x1xf32>
  %0 = nn.mul(%x, %two) : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = nn.add(%0, %one) : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xf32>
  return %1 : tensor<2x4xf32>
}

// -----

// One that the weights program computes, several numbers, an integer and a number of the caller's are read.
// CHECK-LABEL: @others
// CHECK-COUNT-4: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : memref
func.func @others(%x: tensor<2x4xf32>, %n: tensor<2x4xi32>, %y: tensor<f32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xi32>, tensor<2x4xf32>) {
  %two = nn.constant(dense<2.0> : tensor<f32>) : tensor<f32>
  %some = nn.constant(dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>) : tensor<4xf32>
  %three = nn.constant(dense<3> : tensor<i32>) : tensor<i32>
  %exp = nn.exp(%two) : (tensor<f32>) -> tensor<f32>
  %0 = nn.mul(%x, %exp) : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = nn.mul(%x, %some) : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = nn.mul(%n, %three) : (tensor<2x4xi32>, tensor<i32>) -> tensor<2x4xi32>
  %3 = nn.mul(%x, %y) : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return %0, %1, %2, %3 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xi32>, tensor<2x4xf32>
}
