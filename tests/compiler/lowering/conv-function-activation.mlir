// RUN: kiln-opt %s --mlir-print-local-scope --split-input-file --pass-pipeline='builtin.module(func.func(lowering-kernel-to-vector),canonicalize,cse)' | FileCheck %s

#schedule = #kernel.schedule<rows = 1, columns = 2, order = filters_outer, tasks = 1>

// An activation of many constants is computed over the stored tile, in a loop that keeps the constants in registers.
// CHECK-LABEL: @tanh
// CHECK-COUNT-2: vector.store
// CHECK-NOT: vector.store
// CHECK: scf.for
// CHECK: %[[X:.*]] = vector.load %[[Y:.*]][%[[AT:.*]]] : memref<256xf32>
// CHECK: %[[T:.*]] = math.tanh %[[X]]
// CHECK: vector.store %[[T]], %[[Y]][%[[AT]]]
// CHECK-NOT: math.tanh
func.func private @tanh(%x: memref<1x1x1x4x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<tanh>, schedule = #schedule}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// One of a single instruction is applied to the sums before they are stored.
// CHECK-LABEL: @relu
// CHECK: %[[V:.*]] = arith.select
// CHECK: vector.store %[[V]]
// CHECK-COUNT-3: vector.store
// CHECK-NOT: vector.store
func.func private @relu(%x: memref<1x1x1x4x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>, schedule = #schedule}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}
