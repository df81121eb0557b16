// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-assign-layout,schedule-round-weights))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-assign-layout,schedule-round-weights{weights=f24}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=WHEREVER
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-assign-layout,schedule-round-weights{weights=f32}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=NOWHERE
// RUN: not kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-round-weights{weights=f16}))' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// NOWHERE-NOT: nn.round_filter
// UNKNOWN: weights=f16: auto, f32 and f24 are known

// Sixteen megabytes for one row.
// CHECK-LABEL: @large
func.func @large(%x: tensor<1x4096xf32>) -> tensor<1x1024xf32> {
  %w = nn.constant(dense<0.5> : tensor<4096x1024xf32>) : tensor<4096x1024xf32>
  // CHECK: %[[P:.*]] = nn.pack_filter
  // CHECK: %[[R:.*]] = nn.round_filter(%[[P]]) : ({{.*}}) -> tensor<4096x1024xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
  // CHECK: nn.gemm(%{{.*}}, %[[R]])
  %y = nn.gemm(%x, %w) : (tensor<1x4096xf32>, tensor<4096x1024xf32>) -> tensor<1x1024xf32>
  return %y : tensor<1x1024xf32>
}

// A dense layer over a map.
// CHECK-LABEL: @map
func.func @map(%x: tensor<1x256x6x6xf32>) -> tensor<1x1024x1x1xf32> {
  %f = nn.constant(dense<0.5> : tensor<256x256x1x1xf32>) : tensor<256x256x1x1xf32>
  %0 = nn.conv(%x, %f) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x256x6x6xf32>, tensor<256x256x1x1xf32>) -> tensor<1x256x6x6xf32>
  %w = nn.constant(dense<-0.25> : tensor<1024x256x6x6xf32>) : tensor<1024x256x6x6xf32>
  // CHECK: nn.round_filter({{.*}}) -> tensor<1024x256x6x6xf32, #nn.packed<blocked, groups = 1, block = 16, bits = 24>>
  // CHECK-NOT: nn.round_filter
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x256x6x6xf32>, tensor<1024x256x6x6xf32>) -> tensor<1x1024x1x1xf32>
  return %y : tensor<1x1024x1x1xf32>
}

// The order of the elements does not matter.
// CHECK-LABEL: @transposed
func.func @transposed(%x: tensor<1x4096xf32>) -> tensor<1x1024xf32> {
  %w = nn.constant(dense<0.5> : tensor<1024x4096xf32>) : tensor<1024x4096xf32>
  %t = nn.transpose(%w) {perm = array<i64: 1, 0>} : (tensor<1024x4096xf32>) -> tensor<4096x1024xf32>
  // CHECK: nn.round_filter
  %y = nn.gemm(%x, %t) : (tensor<1x4096xf32>, tensor<4096x1024xf32>) -> tensor<1x1024xf32>
  return %y : tensor<1x1024xf32>
}

// A cache holds these, or they are read for many rows.
// CHECK-LABEL: @bound_by_other_things
// CHECK-NOT: nn.round_filter
// WHEREVER-LABEL: @bound_by_other_things
// WHEREVER-COUNT-2: nn.round_filter
func.func @bound_by_other_things(%x: tensor<1x64xf32>, %z: tensor<5x4096xf32>) -> (tensor<1x32xf32>, tensor<5x1024xf32>) {
  %w = nn.constant(dense<0.5> : tensor<64x32xf32>) : tensor<64x32xf32>
  %y = nn.gemm(%x, %w) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  %v = nn.constant(dense<0.5> : tensor<4096x1024xf32>) : tensor<4096x1024xf32>
  %u = nn.gemm(%z, %v) : (tensor<5x4096xf32>, tensor<4096x1024xf32>) -> tensor<5x1024xf32>
  return %y, %u : tensor<1x32xf32>, tensor<5x1024xf32>
}

// Nobody knows how large a computed weight is.
// WHEREVER-LABEL: @computed
// WHEREVER-NOT: nn.round_filter
func.func @computed(%x: tensor<1x64xf32>, %w: tensor<64x32xf32>) -> (tensor<1x32xf32>, tensor<1x32xf32>) {
  %y = nn.gemm(%x, %w) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  %c = nn.constant(dense<0.5> : tensor<64x32xf32>) : tensor<64x32xf32>
  %v = nn.mul(%c, %c) : (tensor<64x32xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  %u = nn.gemm(%x, %v) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  return %y, %u : tensor<1x32xf32>, tensor<1x32xf32>
}

// The largest is from 2^-16 to below 2^16, and all are numbers.
// WHEREVER-LABEL: @sizes
// WHEREVER-NOT: nn.round_filter
func.func @sizes(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %large = nn.constant(dense<[[1.0, -65536.0], [1.0, 1.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  %0 = nn.gemm(%x, %large) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %infinite = nn.constant(dense<[[1.0, 0x7F800000], [1.0, 1.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  %1 = nn.gemm(%x, %infinite) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %none = nn.constant(dense<[[1.0, 0x7FC00000], [1.0, 1.0]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  %2 = nn.gemm(%x, %none) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %small = nn.constant(dense<1.5e-5> : tensor<2x2xf32>) : tensor<2x2xf32>
  %3 = nn.gemm(%x, %small) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0, %1, %2, %3 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}

// WHEREVER-LABEL: @usual_sizes
// WHEREVER-COUNT-2: nn.round_filter
func.func @usual_sizes(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %large = nn.constant(dense<[[1.0, -65535.9], [0.0, 1.0e-20]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  %0 = nn.gemm(%x, %large) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %small = nn.constant(dense<1.6e-5> : tensor<2x2xf32>) : tensor<2x2xf32>
  %1 = nn.gemm(%x, %small) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
}
