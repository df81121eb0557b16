// RUN: kiln-opt %s --graph-widen-half | FileCheck %s
// RUN: kiln-opt %s --graph-widen-half --mlir-print-debuginfo | FileCheck %s --check-prefix=NAMES
// RUN: kiln-opt %s --graph-widen-half --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// Casts stand at the input, at the weights and at the output; between, all is f32.
// CHECK-LABEL: @half_network
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x4xf16>) -> tensor<1x4x4xf16>
// CHECK-NEXT: %[[XF:.*]] = nn.cast(%[[X]]) : (tensor<1x2x4xf16>) -> tensor<1x2x4xf32>
// CHECK-NEXT: %[[W:.*]] = nn.constant({{.*}}) : tensor<4x2x1xf16>
// CHECK-NEXT: %[[WF:.*]] = nn.cast(%[[W]]) : (tensor<4x2x1xf16>) -> tensor<4x2x1xf32>
// CHECK-NEXT: %[[C:.*]] = nn.conv(%[[XF]], %[[WF]])
// CHECK-NEXT: %[[R:.*]] = nn.relu(%[[C]]) : (tensor<1x4x4xf32>) -> tensor<1x4x4xf32>
// CHECK-NEXT: %[[Y:.*]] = nn.cast(%[[R]]) : (tensor<1x4x4xf32>) -> tensor<1x4x4xf16>
// CHECK-NEXT: return %[[Y]]
func.func @half_network(%x: tensor<1x2x4xf16>) -> tensor<1x4x4xf16> {
  %w = nn.constant(dense<0.5> : tensor<4x2x1xf16>) : tensor<4x2x1xf16>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x2x4xf16>, tensor<4x2x1xf16>) -> tensor<1x4x4xf16>
  %1 = nn.relu(%0) : (tensor<1x4x4xf16>) -> tensor<1x4x4xf16>
  return %1 : tensor<1x4x4xf16>
}

// The casts of a model that computes in half precision between f32 input and output vanish.
// CHECK-LABEL: @interior_casts
// REMARK: [Passed] WidenHalf | Category:graph | Function=interior_casts | Pattern=HalfResults, SavedOps=2
// CHECK-NEXT: %[[R:.*]] = nn.relu(%arg0) : (tensor<8xf32>) -> tensor<8xf32>
// CHECK-NEXT: return %[[R]]
func.func @interior_casts(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = nn.cast(%x) : (tensor<8xf32>) -> tensor<8xbf16>
  %1 = nn.relu(%0) : (tensor<8xbf16>) -> tensor<8xbf16>
  %2 = nn.cast(%1) : (tensor<8xbf16>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// What is returned as it came is not touched; results that are both returned and read are cast for the return alone.
// CHECK-LABEL: @returned
// CHECK: %[[XF:.*]] = nn.cast(%arg0)
// CHECK: %[[A:.*]] = nn.relu(%[[XF]])
// CHECK: %[[B:.*]] = nn.abs(%[[A]])
// CHECK-DAG: %[[AH:.*]] = nn.cast(%[[A]])
// CHECK-DAG: %[[BH:.*]] = nn.cast(%[[B]])
// CHECK: return %arg0, %[[AH]], %[[BH]]
func.func @returned(%x: tensor<8xf16>) -> (tensor<8xf16>, tensor<8xf16>, tensor<8xf16>) {
  %0 = nn.relu(%x) : (tensor<8xf16>) -> tensor<8xf16>
  %1 = nn.abs(%0) : (tensor<8xf16>) -> tensor<8xf16>
  return %x, %0, %1 : tensor<8xf16>, tensor<8xf16>, tensor<8xf16>
}

// Other types stay.
// CHECK-LABEL: @other_types
// CHECK-NOT: nn.cast
// CHECK: nn.sqrt(%arg0) : (tensor<8xf64>) -> tensor<8xf64>
func.func @other_types(%x: tensor<8xf64>, %i: tensor<8xi8>) -> (tensor<8xf64>, tensor<8xi8>) {
  %0 = nn.sqrt(%x) : (tensor<8xf64>) -> tensor<8xf64>
  return %0, %i : tensor<8xf64>, tensor<8xi8>
}

// The cast makes the tensor that the model names; what it reads is another one.
// CHECK-LABEL: @names
// NAMES-LABEL: @names
// NAMES: nn.relu({{.*}} loc(#[[WIDE:.*]])
// NAMES: nn.cast({{.*}} loc(#[[HALF:.*]])
// NAMES-DAG: #[[WIDE]] = loc("y.f32"
// NAMES-DAG: #[[HALF]] = loc("y"
func.func @names(%x: tensor<8xf16>) -> tensor<8xf16> {
  %0 = nn.relu(%x) : (tensor<8xf16>) -> tensor<8xf16> loc("y"("relu1"))
  return %0 : tensor<8xf16>
}
