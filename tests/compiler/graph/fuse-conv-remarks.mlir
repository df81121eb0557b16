// RUN: kiln-opt %s --graph-fuse-conv --remarks-filter=graph -o /dev/null 2>&1 | FileCheck %s
// RUN: kiln-opt %s --graph-fuse-conv --mlir-print-debuginfo | FileCheck %s --check-prefix=NAMES

// Each rewrite says what it saved; the fused op makes the last op's tensor and carries the names of both nodes.
// CHECK: loc("relu_out"("relu1")): [Passed] FuseConv | Category:graph | Function=saved | Pattern=ConvThenActivation, SavedBytes=144, SavedOps=1
// NAMES: nn.conv{{.*}} loc(#[[FUSED:.*]])
// NAMES: #[[NODE:.*]] = loc("conv1+relu1")
// NAMES: #[[FUSED]] = loc("relu_out"(#[[NODE]]))
func.func @saved(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> tensor<1x4x9xf32> {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32> loc("conv_out"("conv1"))
  %1 = nn.relu(%0) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32> loc("relu_out"("relu1"))
  return %1 : tensor<1x4x9xf32>
}

// A second reader keeps the activation apart, which is worth knowing.
// CHECK: loc("relu_out"("relu1")): [Missed] FuseConv | Category:graph | Function=missed | Pattern=ConvThenPointwise, Reason="the convolution's result has other readers"
func.func @missed(%x: tensor<1x4x9xf32>, %w: tensor<4x4x1xf32>) -> (tensor<1x4x9xf32>, tensor<1x4x9xf32>) {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x9xf32>, tensor<4x4x1xf32>) -> tensor<1x4x9xf32> loc("conv_out"("conv1"))
  %1 = nn.relu(%0) : (tensor<1x4x9xf32>) -> tensor<1x4x9xf32> loc("relu_out"("relu1"))
  return %0, %1 : tensor<1x4x9xf32>, tensor<1x4x9xf32>
}
