// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-assign-layout,cse,schedule-round-weights{target=x86-64-v4}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s
// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-assign-layout,cse,schedule-round-weights{target=x86-64-v3}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s
// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-assign-layout,cse,schedule-round-weights{weights=f24}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=WHEREVER
// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-assign-layout,cse,schedule-round-weights{weights=f32}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=NOWHERE
// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-assign-layout,cse,schedule-round-weights{target=x86-64-v2}))' --mlir-elide-elementsattrs-if-larger=8 | FileCheck %s --check-prefix=NOWHERE
// RUN: not kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(schedule-round-weights{weights=f16}))' 2>&1 | FileCheck %s --check-prefix=UNKNOWN

// With vectors of 128 bits widening takes longer than the bytes that it saves.
// NOWHERE-NOT: bits = 24 : i64
// UNKNOWN: weights=f16: auto, f32 and f24 are known

// 32 megabytes for one row. A small convolution beside them keeps its weights.
// CHECK-LABEL: @large
// WHEREVER-LABEL: @large
func.func @large(%x: tensor<1x4096xf32>, %m: tensor<1x16x3x3xf32>) -> (tensor<1x2048xf32>, tensor<1x32x3x3xf32>) {
  %w = nn.constant(dense<0.5> : tensor<4096x2048xf32>) : tensor<4096x2048xf32>
  // CHECK: %[[R:.*]] = nn.pack_filter(%{{.*}}) {{.*}} : ({{.*}}) -> tensor<4096x2048xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>
  // CHECK: nn.gemm(%{{.*}}, %[[R]])
  // WHEREVER: bits = 24 : i64
  %y = nn.gemm(%x, %w) : (tensor<1x4096xf32>, tensor<4096x2048xf32>) -> tensor<1x2048xf32>
  // CHECK-NOT: bits = 24 : i64
  // WHEREVER-NOT: bits = 24 : i64
  %f = nn.constant(dense<0.5> : tensor<32x16x1x1xf32>) : tensor<32x16x1x1xf32>
  %z = nn.conv(%m, %f) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x16x3x3xf32>, tensor<32x16x1x1xf32>) -> tensor<1x32x3x3xf32>
  return %y, %z : tensor<1x2048xf32>, tensor<1x32x3x3xf32>
}

// -----

// A dense layer over a map, for four images.
// CHECK-LABEL: @maps
// WHEREVER-LABEL: @maps
// WHEREVER: bits = 24 : i64
// WHEREVER-NOT: bits = 24 : i64
func.func @maps(%x: tensor<4x256x6x6xf32>) -> tensor<4x1024x1x1xf32> {
  %f = nn.constant(dense<0.5> : tensor<256x256x1x1xf32>) : tensor<256x256x1x1xf32>
  // CHECK-NOT: bits = 24 : i64
  %0 = nn.conv(%x, %f) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<4x256x6x6xf32>, tensor<256x256x1x1xf32>) -> tensor<4x256x6x6xf32>
  %w = nn.constant(dense<-0.25> : tensor<1024x256x6x6xf32>) : tensor<1024x256x6x6xf32>
  // CHECK: nn.pack_filter({{.*}}) -> tensor<1024x256x6x6xf32, #nn.packed<blocked, groups = 1, block = 16, bits = 24>>
  %y = nn.conv(%0, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<4x256x6x6xf32>, tensor<1024x256x6x6xf32>) -> tensor<4x1024x1x1xf32>
  return %y : tensor<4x1024x1x1xf32>
}

// -----

// The order of the elements does not matter, nor that they are halves.
// CHECK-LABEL: @halves_transposed
// WHEREVER-LABEL: @halves_transposed
func.func @halves_transposed(%x: tensor<1x4096xf32>) -> tensor<1x2048xf32> {
  %h = nn.constant(dense<0.5> : tensor<2048x4096xf16>) : tensor<2048x4096xf16>
  %w = nn.cast(%h) : (tensor<2048x4096xf16>) -> tensor<2048x4096xf32>
  %t = nn.transpose(%w) {perm = array<i64: 1, 0>} : (tensor<2048x4096xf32>) -> tensor<4096x2048xf32>
  // CHECK: bits = 24 : i64
  %y = nn.gemm(%x, %t) : (tensor<1x4096xf32>, tensor<4096x2048xf32>) -> tensor<1x2048xf32>
  return %y : tensor<1x2048xf32>
}

// -----

// Two layers share the weights, and one has many rows: rounded for the other, they would exist twice.
// CHECK-LABEL: @shared
// CHECK-NOT: bits = 24 : i64
// WHEREVER-LABEL: @shared
// WHEREVER: bits = 24 : i64
// WHEREVER-NOT: bits = 24 : i64
func.func @shared(%x: tensor<1x4096xf32>, %z: tensor<5x4096xf32>) -> (tensor<1x2048xf32>, tensor<5x2048xf32>) {
  %w = nn.constant(dense<0.5> : tensor<4096x2048xf32>) : tensor<4096x2048xf32>
  %y = nn.gemm(%x, %w) : (tensor<1x4096xf32>, tensor<4096x2048xf32>) -> tensor<1x2048xf32>
  %u = nn.gemm(%z, %w) : (tensor<5x4096xf32>, tensor<4096x2048xf32>) -> tensor<5x2048xf32>
  return %y, %u : tensor<1x2048xf32>, tensor<5x2048xf32>
}

// -----

// The caches hold a network of 16 megabytes.
// CHECK-LABEL: @in_cache
// CHECK-NOT: bits = 24 : i64
// WHEREVER-LABEL: @in_cache
// WHEREVER: bits = 24 : i64
func.func @in_cache(%x: tensor<1x4096xf32>) -> tensor<1x1024xf32> {
  %w = nn.constant(dense<0.5> : tensor<4096x1024xf32>) : tensor<4096x1024xf32>
  %y = nn.gemm(%x, %w) : (tensor<1x4096xf32>, tensor<4096x1024xf32>) -> tensor<1x1024xf32>
  return %y : tensor<1x1024xf32>
}

// -----

// A small layer of a large network, and one of many rows.
// CHECK-LABEL: @bound_by_other_things
// CHECK-NOT: bits = 24 : i64
// WHEREVER-LABEL: @bound_by_other_things
// WHEREVER-COUNT-2: bits = 24 : i64
func.func @bound_by_other_things(%x: tensor<1x64xf32>, %z: tensor<5x4096xf32>) -> (tensor<1x32xf32>, tensor<5x2048xf32>) {
  %w = nn.constant(dense<0.5> : tensor<64x32xf32>) : tensor<64x32xf32>
  %y = nn.gemm(%x, %w) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  %v = nn.constant(dense<0.5> : tensor<4096x2048xf32>) : tensor<4096x2048xf32>
  %u = nn.gemm(%z, %v) : (tensor<5x4096xf32>, tensor<4096x2048xf32>) -> tensor<5x2048xf32>
  return %y, %u : tensor<1x32xf32>, tensor<5x2048xf32>
}

// -----

// Nobody knows how large a computed weight is.
// WHEREVER-LABEL: @computed
// WHEREVER-NOT: bits = 24 : i64
func.func @computed(%x: tensor<1x64xf32>, %w: tensor<64x32xf32>) -> (tensor<1x32xf32>, tensor<1x32xf32>) {
  %y = nn.gemm(%x, %w) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  %c = nn.constant(dense<0.5> : tensor<64x32xf32>) : tensor<64x32xf32>
  %v = nn.mul(%c, %c) : (tensor<64x32xf32>, tensor<64x32xf32>) -> tensor<64x32xf32>
  %u = nn.gemm(%x, %v) : (tensor<1x64xf32>, tensor<64x32xf32>) -> tensor<1x32xf32>
  return %y, %u : tensor<1x32xf32>, tensor<1x32xf32>
}

// -----

// The largest is from 2^-16 to below 2^16, and all are numbers.
// WHEREVER-LABEL: @sizes
// WHEREVER-NOT: bits = 24 : i64
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

// -----

// WHEREVER-LABEL: @usual_sizes
// WHEREVER-COUNT-2: bits = 24 : i64
func.func @usual_sizes(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %large = nn.constant(dense<[[1.0, -65535.9], [0.0, 1.0e-20]]> : tensor<2x2xf32>) : tensor<2x2xf32>
  %0 = nn.gemm(%x, %large) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  %small = nn.constant(dense<1.6e-5> : tensor<2x2xf32>) : tensor<2x2xf32>
  %1 = nn.gemm(%x, %small) : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
}
