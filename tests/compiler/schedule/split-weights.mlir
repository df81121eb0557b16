// RUN: kiln-opt %s --pass-pipeline='builtin.module(schedule-split-weights)' | FileCheck %s

// What depends on constants alone becomes a weight; two layers with equal recipes share the function, not the weight. What depends
// on an input stays.
// CHECK-LABEL: @weights
// CHECK-SAME: %[[X:.*]]: tensor<16xf32>
// CHECK: %[[A:.*]] = kernel.weight_ref @weight_0 : tensor<16xf32>
// CHECK: nn.mul(%[[X]], %[[A]])
// CHECK: %[[B:.*]] = kernel.weight_ref @weight_1 : tensor<16xf32>
// CHECK: nn.add({{.*}}, %[[B]])
// CHECK-NOT: nn.sqrt
// CHECK: return
// CHECK: func.func private @prepare_0(%[[S:.*]]: tensor<16xf32>) -> tensor<16xf32>
// CHECK-NEXT: nn.sqrt(%[[S]])
// CHECK: kernel.weight @weight_0 {{.*}}offset = 0 : i64, prepare = @prepare_0
// CHECK: kernel.weight @weight_1 {{.*}}offset = 64 : i64, prepare = @prepare_0
// CHECK-NOT: @prepare_1
func.func @weights(%x: tensor<16xf32>) -> tensor<16xf32> {
  %a = nn.constant(dense<4.0> : tensor<16xf32>) : tensor<16xf32>
  %b = nn.constant(dense<9.0> : tensor<16xf32>) : tensor<16xf32>
  %ra = nn.sqrt(%a) : (tensor<16xf32>) -> tensor<16xf32>
  %rb = nn.sqrt(%b) : (tensor<16xf32>) -> tensor<16xf32>
  %y = nn.mul(%x, %ra) : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  %z = nn.add(%y, %rb) : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %z : tensor<16xf32>
}
