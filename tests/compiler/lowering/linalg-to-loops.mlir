// RUN: kiln-opt %s --split-input-file --pass-pipeline='builtin.module(func.func(lowering-linalg-to-loops),canonicalize,cse)' | FileCheck %s

#map = affine_map<(d0, d1, d2, d3) -> (0, d1, d2, d3)>
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>

// A pointwise op on whole buffers is one loop, whose elements the tasks share.
// CHECK-LABEL: @pointwise
// CHECK-SAME: %[[TASK:[^:]*]]: index)
// CHECK: %[[FROM:.*]] = arith.muli %[[TASK]], %c4096
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %c4
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to
// CHECK-NEXT: %[[X:.*]] = memref.load %{{.*}}[%[[I]]] : memref<4096xf32>
// CHECK-NEXT: memref.store %[[X]], %{{.*}}[%[[I]]] : memref<4096xf32>
// CHECK-NOT: linalg
func.func private @pointwise(%x: memref<1x4x64x16xf32>, %y: memref<1x4x64x16xf32>, %task: index) attributes {kernel.tasks = 4 : i64} {
  linalg.generic {indexing_maps = [#map, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : memref<1x4x64x16xf32>) outs(%y : memref<1x4x64x16xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

#channel = affine_map<(d0, d1, d2, d3) -> (d0, d1, 0, 0)>
#id = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>

// Where one value a channel is broadcast, the pixels are one loop.
// CHECK-LABEL: @per_channel
// CHECK: memref.collapse_shape %{{.*}} {{\[}}[0, 1, 2, 3]] : memref<1x8x1x1xf32> into memref<8xf32>
// CHECK: scf.for %[[C:.*]] = %c0 to %c8
// CHECK: scf.for %[[P:.*]] = %c0 to %c49
// CHECK-DAG: memref.load %{{.*}}[%[[C]], %[[P]]] : memref<8x49xf32>
// CHECK-DAG: memref.load %{{.*}}[%[[C]]] : memref<8xf32>
func.func private @per_channel(%x: memref<1x8x7x7xf32>, %scale: memref<1x8x1x1xf32>, %y: memref<1x8x7x7xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %scale : memref<1x8x7x7xf32>, memref<1x8x1x1xf32>) outs(%y : memref<1x8x7x7xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %r = arith.mulf %a, %b : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#in = affine_map<(d0, d1) -> (d0, d1)>
#out = affine_map<(d0, d1) -> (d1)>

// Only the parallel loop is split, though the reduction is outside of it.
// CHECK-LABEL: @reduction
// CHECK: scf.for %{{.*}} = %c0 to %c100 step
// CHECK: scf.for %{{.*}} = %[[BEGIN:[^c].*]] to %{{.*}} step
func.func private @reduction(%x: memref<100x64xf32>, %y: memref<64xf32>, %task: index) attributes {kernel.tasks = 2 : i64} {
  linalg.generic {indexing_maps = [#in, #out], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<100x64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%a: f32, %b: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// The rows of an interior do not lie side by side: they stay apart.
// CHECK-LABEL: @interior
// CHECK: scf.for %{{.*}} = %c0 to %c6
// CHECK: scf.for %{{.*}} = %c0 to %c16
func.func private @interior(%x: memref<8x18xf32>, %y: memref<6x16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {
  %inner = memref.subview %x[1, 1] [6, 16] [1, 1] : memref<8x18xf32> to memref<6x16xf32, strided<[18, 1], offset: 19>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%inner : memref<6x16xf32, strided<[18, 1], offset: 19>>) outs(%y : memref<6x16xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  return
}
