// RUN: kiln-opt %s --graph-fold-constants | FileCheck %s
// RUN: kiln-opt %s --graph-fold-constants --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// The arithmetic of an exporter's Flatten (Shape, Gather, Concat) becomes the numbers that it gives.
// CHECK-LABEL: @shape_arithmetic
// CHECK-NEXT: %[[SHAPE:.*]] = nn.constant(dense<[2, -1]> : tensor<2xi64>)
// CHECK-NEXT: return %[[SHAPE]]
// REMARK: [Passed] FoldConstants | Category:graph | Function=shape_arithmetic | Pattern=SmallConstants, SavedOps=3
func.func @shape_arithmetic(%x: tensor<2x16x5x5xf32>) -> tensor<2xi64> {
  %zero = nn.constant(dense<0> : tensor<1xi64>) : tensor<1xi64>
  %rest = nn.constant(dense<-1> : tensor<1xi64>) : tensor<1xi64>
  %0 = nn.shape(%x) : (tensor<2x16x5x5xf32>) -> tensor<4xi64>
  %1 = nn.gather(%0, %zero) {axis = 0 : i64} : (tensor<4xi64>, tensor<1xi64>) -> tensor<1xi64>
  %2 = nn.concat(%1, %rest) {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  return %2 : tensor<2xi64>
}

// Equal ops on equal operands are done once.
// CHECK-LABEL: @equal_ops
// CHECK: %[[R:.*]] = nn.relu
// CHECK-NOT: nn.relu
// CHECK: nn.add(%[[R]], %[[R]])
// REMARK: [Passed] FoldConstants | Category:graph | Function=equal_ops | Pattern=EqualOps, SavedOps=1
func.func @equal_ops(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.relu(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = nn.relu(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %2 = nn.add(%0, %1) : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// Weights are not folded: the sum of large constants stays for the weights program.
// CHECK-LABEL: @large_constants
// CHECK: nn.add
// REMARK-NOT: Function=large_constants
func.func @large_constants() -> tensor<80xf32> {
  %a = nn.constant(dense<1.0> : tensor<80xf32>) : tensor<80xf32>
  %b = nn.constant(dense<2.0> : tensor<80xf32>) : tensor<80xf32>
  %0 = nn.add(%a, %b) : (tensor<80xf32>, tensor<80xf32>) -> tensor<80xf32>
  return %0 : tensor<80xf32>
}
