// RUN: kiln-opt %s --mlir-print-local-scope --split-input-file --pass-pipeline='builtin.module(func.func(lowering-kernel-to-vector),canonicalize,cse)' | FileCheck %s

#schedule = #kernel.schedule<rows = 1, columns = 2, order = filters_outer, tasks = 1>

// The accumulators are carried by the loops over blocks, taps and channels, of which the last may be unrolled a
// little: one vector of weights, and a broadcast element and a multiply-add for each pixel.
// CHECK-LABEL: @conv
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args(%{{.*}}, %{{.*}}) -> (vector<16xf32>, vector<16xf32>)
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.for {{.*}} iter_args
// CHECK: scf.for {{.*}} iter_args
// CHECK: %[[W:.*]] = vector.load %{{.*}} : memref<4608xf32>, vector<16xf32>
// CHECK: %[[X0:.*]] = memref.load
// CHECK: %[[B0:.*]] = vector.broadcast %[[X0]] : f32 to vector<16xf32>
// CHECK: %[[A0:.*]] = vector.fma %[[B0]], %[[W]], %{{.*}} : vector<16xf32>
// CHECK: %[[X1:.*]] = memref.load
// CHECK: %[[B1:.*]] = vector.broadcast %[[X1]]
// CHECK: %[[A1:.*]] = vector.fma %[[B1]], %[[W]], %{{.*}} : vector<16xf32>
// CHECK: scf.yield %[[A0]], %[[A1]]
// CHECK: } {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = false, count = 4 : i32>>}
// CHECK-COUNT-2: vector.store
// CHECK-NOT: kernel.conv
func.func private @conv(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 32 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 5, order = filters_outer, tasks = 3>

// The pixels of a 1x1 convolution without borders are one row, which the tasks share; sixteen pixels are three tiles of
// five and one of one.
// CHECK-LABEL: @point
// CHECK-SAME: %[[TASK:[^:]*]]: index
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK: %[[FROM:.*]] = arith.muli %[[TASK]], %[[C4]]
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %[[C3]]
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to
// CHECK: scf.if
// CHECK-COUNT-5: vector.fma
// CHECK: else
// CHECK-COUNT-1: vector.fma
// CHECK-NOT: vector.fma
func.func private @point(%x: memref<1x1x1x4x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %task: index)
    attributes {kernel.tasks = 3 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Three channels: the channel loop ends at three, what fills the block is not read.
// CHECK-LABEL: @few_channels
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK: scf.for %{{.*}} = %[[C0]] to %[[C3]] {{.*}} iter_args
// CHECK: vector.fma
func.func private @few_channels(%x: memref<1x1x1x1x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x1x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 3 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x1x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x1x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Of the second block four filters exist: eight lanes are computed, and stored with zeros beside them.
// CHECK-LABEL: @half_block
// CHECK: scf.if
// CHECK-COUNT-4: vector.fma {{.*}} : vector<16xf32>
// CHECK-COUNT-4: vector.store {{.*}} vector<16xf32>
// CHECK: else
// CHECK-COUNT-4: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: %[[WIDE:.*]] = vector.shuffle
// CHECK-NEXT: vector.store %[[WIDE]], {{.*}} vector<16xf32>
func.func private @half_block(%x: memref<1x1x1x1x4x16xf32>, %w: memref<2x1x1x1x1x16x16xf32>, %y: memref<1x2x1x1x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 20 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x1x4x16xf32>, memref<2x1x1x1x1x16x16xf32>, memref<1x2x1x1x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Eleven filters: half a block in pairs of channels, and three dot products of eight channels a step for each of two pixels at a time.
// CHECK-LABEL: @tail
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c8
// CHECK: vector.load {{.*}}, vector<16xf32>
// CHECK-NEXT: %[[PAIR:.*]] = vector.load {{.*}}, vector<2xf32>
// CHECK-NEXT: vector.shuffle %[[PAIR]], %[[PAIR]] [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
// CHECK-COUNT-4: vector.fma {{.*}} : vector<16xf32>
// CHECK-NOT: vector.fma
// CHECK-COUNT-4: vector.store {{.*}} vector<8xf32>
// CHECK: scf.for
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c2
// CHECK-COUNT-3: vector.load {{.*}}, vector<8xf32>
// CHECK-NEXT: vector.load %{{.*}} : memref<64xf32>, vector<8xf32>
// CHECK-NEXT: vector.fma
// CHECK-COUNT-5: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK-COUNT-2: vector.store {{.*}} vector<8xf32>
// CHECK-NOT: vector.fma
// CHECK: return
func.func private @tail(%x: memref<1x1x1x1x4x16xf32>, %w: memref<1x1x1x1x1x16x16xf32>, %y: memref<1x1x1x1x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<tail>, channels = 16 : i64, filters = 11 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x1x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<1x1x1x1x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Three groups of eight filters and sixteen channels: halves of blocks, each of which reads the channels of its group alone.
// CHECK-LABEL: @groups_of_eight
// CHECK-NOT: vector<16xf32>
// CHECK-COUNT-4: vector.fma {{.*}} : vector<8xf32>
// CHECK-NOT: arith.select{{.*}} vector<
func.func private @groups_of_eight(%x: memref<1x3x1x1x4x16xf32>, %w: memref<2x2x1x1x1x16x16xf32>, %y: memref<1x2x1x1x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 48 : i64, groups = 3 : i64, filters = 24 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 1, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x3x1x1x4x16xf32>, memref<2x2x1x1x1x16x16xf32>, memref<1x2x1x1x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1, filters = 2>

// One row of A: two blocks of columns side by side, four accumulators each. The second block stores four columns, one by one.
// CHECK-LABEL: @vector_times_matrix
// CHECK: scf.for {{.*}} step %c4
// CHECK-COUNT-8: vector.fma
// CHECK-NOT: vector.fma
// CHECK-NOT: memref.prefetch
// CHECK-COUNT-1: vector.store
// CHECK-NOT: vector.store
// CHECK-COUNT-4: memref.store
// CHECK-NOT: memref.store
func.func private @vector_times_matrix(%a: memref<1x32xf32>, %b: memref<2x32x16xf32>, %y: memref<1x20xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<1x32xf32>, memref<2x32x16xf32>, memref<1x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 6, columns = 1, order = filters_outer, tasks = 1, filters = 2>

// Six rows: each element of A is loaded for two blocks of columns, and the weights of the next page are fetched.
// CHECK-LABEL: @matrix_times_matrix
// CHECK: scf.for {{.*}} -> (vector<16xf32>
// CHECK-COUNT-2: memref.prefetch
// CHECK-NOT: memref.prefetch
// CHECK-COUNT-6: memref.load
// CHECK-NOT: memref.load
// CHECK: scf.yield
func.func private @matrix_times_matrix(%a: memref<6x32xf32>, %b: memref<2x32x16xf32>, %y: memref<6x32xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<6x32xf32>, memref<2x32x16xf32>, memref<6x32xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1, filters = 2>

// Weights of 24 bits: three vectors of words for four rows, and an accumulator for each block.
// CHECK-LABEL: @rounded_weights
// CHECK: scf.for {{.*}} step %c4{{.*}} -> (vector<16xf32>, vector<16xf32>) {
// CHECK-COUNT-6: vector.load {{.*}} vector<16xi32>
// CHECK-NOT: vector.load
// CHECK: scf.yield
func.func private @rounded_weights(%a: memref<1x32xf32>, %b: memref<2x8x3x16xi32>, %y: memref<1x32xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<1x32xf32>, memref<2x8x3x16xi32>, memref<1x32xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// Only kernel functions are lowered.
// CHECK-LABEL: @entry
// CHECK: kernel.fill_border
func.func @entry(%x: memref<1x1x1x4x4x16xf32>) {
  kernel.fill_border outs(%x) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<1x1x1x4x4x16xf32>
  return
}

// -----

#map = affine_map<(a, b, c) -> (a, b, c)>
#channels = affine_map<(a, b, c) -> (a, c)>

// A pointwise op in channel blocks: vectors of sixteen lanes, the blocks are shared between tasks.
// CHECK-LABEL: @pointwise
// CHECK-SAME: %[[TASK:[^:]*]]: index
// CHECK: arith.muli %[[TASK]]
// CHECK: scf.for
// CHECK: scf.for %{{.*}} = %c0 to %c100
// CHECK-DAG: vector.load %{{.*}} : memref<6400xf32>, vector<16xf32>
// CHECK-DAG: vector.load %{{.*}} : memref<64xf32>, vector<16xf32>
// CHECK: arith.mulf %{{.*}} : vector<16xf32>
// CHECK: vector.store
// CHECK-NOT: linalg
func.func private @pointwise(%x: memref<4x100x16xf32>, %f: memref<4x16xf32>, %y: memref<4x100x16xf32>, %task: index)
    attributes {kernel.tasks = 2 : i64} {
  linalg.generic {indexing_maps = [#map, #channels, #map], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %f : memref<4x100x16xf32>, memref<4x16xf32>) outs(%y : memref<4x100x16xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %r = arith.mulf %a, %b : f32
    linalg.yield %r : f32
  }
  return
}

// -----

#id = affine_map<(a, b) -> (a, b)>
#swap = affine_map<(a, b) -> (b, a)>

// Transposed factors are no walk along rows, and i1 is no type for vectors in memory: both are left to linalg-to-loops.
// CHECK-LABEL: @not_rows
// CHECK-COUNT-2: linalg.generic
func.func private @not_rows(%x: memref<32x64xf32>, %y: memref<64x32xf32>, %u: memref<32x64xi1>, %v: memref<32x64xi1>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<32x64xf32>)
      outs(%y : memref<64x32xf32>) {
  ^bb0(%a: f32, %b: f32):
    %square = arith.mulf %a, %a : f32
    linalg.yield %square : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%u : memref<32x64xi1>)
      outs(%v : memref<32x64xi1>) {
  ^bb0(%a: i1, %b: i1):
    linalg.yield %a : i1
  }
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 2>

// Tasks share the rows of a map, of every block of filters: a thread reads what it has written before.
// CHECK-LABEL: @rows_shared
// CHECK-SAME: %[[TASK:[^:]*]]: index
// CHECK: %[[FROM:.*]] = arith.muli %[[TASK]], %c16
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %c2
// CHECK: scf.for %{{.*}} = %c0 to %c2
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to
func.func private @rows_shared(%x: memref<1x1x1x18x6x16xf32>, %w: memref<2x1x1x3x3x16x16xf32>, %y: memref<1x2x1x16x4x16xf32>, %task: index)
    attributes {kernel.tasks = 2 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 32 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 16, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x18x6x16xf32>, memref<2x1x1x3x3x16x16xf32>, memref<1x2x1x16x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 2>

// Fewer rows are shared by blocks of filters, even where the tasks could have two rows each: 2 blocks of 12 rows are 24 units.
// CHECK-LABEL: @few_rows
// CHECK-SAME: %[[TASK:[^:]*]]: index
// CHECK: %[[FROM:.*]] = arith.muli %[[TASK]], %c24
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %c2
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to
func.func private @few_rows(%x: memref<1x1x1x14x6x16xf32>, %w: memref<2x1x1x3x3x16x16xf32>, %y: memref<1x2x1x12x4x16xf32>, %task: index)
    attributes {kernel.tasks = 2 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 32 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 12, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x14x6x16xf32>, memref<2x1x1x3x3x16x16xf32>, memref<1x2x1x12x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 2>

// Fourteen rows are shared by rows: two threads have seven each.
// CHECK-LABEL: @fourteen_rows
// CHECK-SAME: %[[TASK:[^:]*]]: index
// CHECK: %[[FROM:.*]] = arith.muli %[[TASK]], %c14
// CHECK: %[[BEGIN:.*]] = arith.divui %[[FROM]], %c2
// CHECK: scf.for %{{.*}} = %[[BEGIN]] to
func.func private @fourteen_rows(%x: memref<1x1x1x16x6x16xf32>, %w: memref<2x1x1x3x3x16x16xf32>, %y: memref<1x2x1x14x4x16xf32>, %task: index)
    attributes {kernel.tasks = 2 : i64} {
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 32 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 14, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x16x6x16xf32>, memref<2x1x1x3x3x16x16xf32>, memref<1x2x1x14x4x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// Windows that overlap share their columns: 27 loads for four windows of nine taps.
// CHECK-LABEL: @shared_columns
// CHECK-COUNT-9: vector.load
// CHECK: vector.store
// CHECK-COUNT-6: vector.load
// CHECK: vector.store
// CHECK-COUNT-6: vector.load
// CHECK: vector.store
// CHECK-COUNT-6: vector.load
// CHECK-NOT: vector.load
// CHECK: vector.store
func.func private @shared_columns(%x: memref<1x1x1x9x9x16xf32>, %y: memref<1x1x1x4x4x16xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 3, 3>, strides = array<i64: 1, 2, 2>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 9, 9>, in_origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x9x9x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// -----

// Four chains of 16 lanes, then what is left of the row; a short row is left to LLVM.
// CHECK-LABEL: @row_sums
// CHECK: scf.for
// CHECK-COUNT-4: vector.load
// CHECK: %[[SUMS:.*]]:4 = scf.for {{.*}} step %c64 iter_args
// CHECK-COUNT-4: arith.addf {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK: vector.shuffle {{.*}} [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK: arith.addf {{.*}} : vector<8xf32>
// CHECK: scf.for %{{.*}} = %c192 to %c200
// CHECK: memref.store
// CHECK: linalg.generic
func.func private @row_sums(%x: memref<3x200xf32>, %y: memref<3xf32>, %z: memref<3x15xf32>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<3x200xf32>) outs(%y : memref<3xf32>) {
  ^bb0(%a: f32, %b: f32):
    %sum = arith.addf %b, %a : f32
    linalg.yield %sum : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%z : memref<3x15xf32>) outs(%y : memref<3xf32>) {
  ^bb0(%a: f32, %b: f32):
    %sum = arith.addf %b, %a : f32
    linalg.yield %sum : f32
  }
  return
}

// -----

// A product of matrices in tiles of six rows and 16 columns, the last four columns as one vector of four; one of a matrix and a
// transposed one, whose columns do not lie side by side, is left to LLVM.
// CHECK-LABEL: @matrix_product
// CHECK: scf.if
// CHECK-COUNT-6: vector.load {{.*}} vector<16xf32>
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c1 iter_args
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK-COUNT-6: vector.fma {{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK-COUNT-6: vector.store
// CHECK: scf.for
// CHECK-COUNT-6: vector.fma {{.*}} : vector<4xf32>
// CHECK: linalg.generic
func.func private @matrix_product(%a: memref<2x12x32xf32>, %b: memref<2x32x20xf32>, %c: memref<2x20x32xf32>, %y: memref<2x12x20xf32>,
    %task: index) attributes {kernel.tasks = 1 : i64} {
  linalg.generic {indexing_maps = [affine_map<(n, i, k, j) -> (n, i, k)>, affine_map<(n, i, k, j) -> (n, k, j)>,
                                   affine_map<(n, i, k, j) -> (n, i, j)>],
      iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%a, %b : memref<2x12x32xf32>, memref<2x32x20xf32>) outs(%y : memref<2x12x20xf32>) {
  ^bb0(%u: f32, %v: f32, %s: f32):
    %product = arith.mulf %u, %v : f32
    %sum = arith.addf %s, %product : f32
    linalg.yield %sum : f32
  }
  linalg.generic {indexing_maps = [affine_map<(n, i, k, j) -> (n, i, k)>, affine_map<(n, i, k, j) -> (n, j, k)>,
                                   affine_map<(n, i, k, j) -> (n, i, j)>],
      iterator_types = ["parallel", "parallel", "reduction", "parallel"]}
      ins(%a, %c : memref<2x12x32xf32>, memref<2x20x32xf32>) outs(%y : memref<2x12x20xf32>) {
  ^bb0(%u: f32, %v: f32, %s: f32):
    %product = arith.mulf %u, %v : f32
    %sum = arith.addf %s, %product : f32
    linalg.yield %sum : f32
  }
  return
}

// -----

// A transposition in squares of 16 x 16 elements, 64 shuffles each; elements of eight bits are left to LLVM.
// CHECK-LABEL: @transposition
// CHECK: scf.if
// CHECK-COUNT-16: vector.load
// CHECK-COUNT-64: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-16: vector.store
// CHECK: memref.load
// CHECK: linalg.generic
func.func private @transposition(%x: memref<40x40xf32>, %y: memref<40x40xf32>, %u: memref<40x40xi8>, %v: memref<40x40xi8>, %task: index)
    attributes {kernel.tasks = 1 : i64} {
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<40x40xf32>) outs(%y : memref<40x40xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%u : memref<40x40xi8>) outs(%v : memref<40x40xi8>) {
  ^bb0(%a: i8, %b: i8):
    linalg.yield %a : i8
  }
  return
}
