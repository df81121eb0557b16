// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-plan-memory),canonicalize,cse)' | FileCheck %s

// Three buffers in a chain need room for two: the third takes the place of the first, which is dead by then.
// CHECK-LABEL: @chain
// CHECK-SAME: %[[IN:.*]]: memref<4096xi8>, %[[ARENA:.*]]: memref<8192xi8>) attributes {kernel.arena_bytes = 8192 : i64, kernel.live_bytes = 8192 : i64}
#pool = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>
func.func @chain(%in: memref<4096xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %i = memref.view %in[%c0][] : memref<4096xi8> to memref<1x1x1x8x8x16xf32>
  %a = memref.alloc() : memref<4096xi8>
  // CHECK: %[[FIRST:.*]] = memref.view %[[ARENA]][%{{.*}}][] : memref<8192xi8> to memref<1x1x1x8x8x16xf32>
  %av = memref.view %a[%c0][] : memref<4096xi8> to memref<1x1x1x8x8x16xf32>
  // CHECK: kernel.pool ins(%{{.*}}) outs(%[[FIRST]])
  kernel.pool ins(%i) outs(%av) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x8x8x16xf32>) -> ()
  %b = memref.alloc() : memref<4096xi8>
  %bv = memref.view %b[%c0][] : memref<4096xi8> to memref<1x1x1x8x8x16xf32>
  kernel.pool ins(%av) outs(%bv) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x8x8x16xf32>) -> ()
  %c = memref.alloc() : memref<4096xi8>
  // CHECK: kernel.pool ins(%[[FIRST]]) outs(%[[SECOND:.*]]) {
  // CHECK: kernel.pool ins(%[[SECOND]]) outs(%[[FIRST]]) {
  %cv = memref.view %c[%c0][] : memref<4096xi8> to memref<1x1x1x8x8x16xf32>
  kernel.pool ins(%bv) outs(%cv) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 8, 8>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 8, 8>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x8x8x16xf32>, memref<1x1x1x8x8x16xf32>) -> ()
  return
}

// A pointwise op writes onto the input that it reads for the last time.
// CHECK-LABEL: @pointwise_in_place
// CHECK-SAME: kernel.arena_bytes = 256
#id = affine_map<(i) -> (i)>
func.func @pointwise_in_place(%out: memref<256xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %a = memref.alloc() : memref<256xi8>
  %av = memref.view %a[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%av : memref<64xf32>) {
  ^bb0(%o: f32):
    linalg.yield %one : f32
  }
  %b = memref.alloc() : memref<256xi8>
  %bv = memref.view %b[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%av : memref<64xf32>) outs(%bv : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %x, %x : f32
    linalg.yield %y : f32
  }
  %ov = memref.view %out[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%bv : memref<64xf32>) outs(%ov : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  return
}

// An input that is read again later keeps its own bytes.
// CHECK-LABEL: @input_lives_on
// CHECK-SAME: kernel.arena_bytes = 512
func.func @input_lives_on(%out: memref<256xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %a = memref.alloc() : memref<256xi8>
  %av = memref.view %a[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%av : memref<64xf32>) {
  ^bb0(%o: f32):
    linalg.yield %one : f32
  }
  %b = memref.alloc() : memref<256xi8>
  %bv = memref.view %b[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%av : memref<64xf32>) outs(%bv : memref<64xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %x, %x : f32
    linalg.yield %y : f32
  }
  %ov = memref.view %out[%c0][] : memref<256xi8> to memref<64xf32>
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%av, %bv : memref<64xf32>, memref<64xf32>) outs(%ov : memref<64xf32>) {
  ^bb0(%x: f32, %z: f32, %o: f32):
    %y = arith.addf %x, %z : f32
    linalg.yield %y : f32
  }
  return
}

// An input that is read in another order too is not overwritten.
// CHECK-LABEL: @read_twice
// CHECK-SAME: kernel.arena_bytes = 8192
#rows = affine_map<(i, j) -> (i, j)>
#columns = affine_map<(i, j) -> (j, i)>
func.func @read_twice(%out: memref<4096xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %a = memref.alloc() : memref<4096xi8>
  %av = memref.view %a[%c0][] : memref<4096xi8> to memref<32x32xf32>
  linalg.generic {indexing_maps = [#rows], iterator_types = ["parallel", "parallel"]} outs(%av : memref<32x32xf32>) {
  ^bb0(%o: f32):
    linalg.yield %one : f32
  }
  %b = memref.alloc() : memref<4096xi8>
  %bv = memref.view %b[%c0][] : memref<4096xi8> to memref<32x32xf32>
  linalg.generic {indexing_maps = [#rows, #columns, #rows], iterator_types = ["parallel", "parallel"]}
      ins(%av, %av : memref<32x32xf32>, memref<32x32xf32>) outs(%bv : memref<32x32xf32>) {
  ^bb0(%x: f32, %t: f32, %o: f32):
    %y = arith.addf %x, %t : f32
    linalg.yield %y : f32
  }
  %ov = memref.view %out[%c0][] : memref<4096xi8> to memref<32x32xf32>
  linalg.generic {indexing_maps = [#rows, #rows], iterator_types = ["parallel", "parallel"]} ins(%bv : memref<32x32xf32>)
      outs(%ov : memref<32x32xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  }
  return
}

// The scratch memory of tasks has bytes of its own behind the maps: no thread finds there what another wrote to a map.
// CHECK-LABEL: @scratch_of_tasks
// CHECK-SAME: kernel.arena_bytes = 2560 : i64, kernel.live_bytes = 2560
// CHECK-DAG: %[[SCRATCH:.*]] = memref.view %{{.*}}[%[[BEHIND:.*]]][] : {{.*}} to memref<2x1x1x1x4x16xf32>
// CHECK-DAG: %[[BEHIND]] = arith.constant 2048 : index
// CHECK: kernel.conv {{.*}} scratch(%[[SCRATCH]])
#tasks_2 = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 2>
func.func @scratch_of_tasks(%in: memref<1024xi8>, %w: memref<1024xi8>, %v: memref<64xi8>, %out: memref<1024xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %i = memref.view %in[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  %f = memref.view %w[%c0][] : memref<1024xi8> to memref<1x1x1x1x1x16x16xf32>
  %s = memref.view %v[%c0][] : memref<64xi8> to memref<16xf32>
  %o = memref.view %out[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  %a = memref.alloc() : memref<1024xi8>
  %av = memref.view %a[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  kernel.pool ins(%i) outs(%av) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  %b = memref.alloc() : memref<1024xi8>
  %bv = memref.view %b[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  kernel.pool ins(%av) outs(%bv) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  %scratch = memref.alloc() : memref<512xi8>
  %sv = memref.view %scratch[%c0][] : memref<512xi8> to memref<2x1x1x1x4x16xf32>
  kernel.conv ins(%bv, %f) prologue(%s, %s) scratch(%sv) outs(%o) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #tasks_2}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<2x1x1x1x4x16xf32>,
         memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// That of a single task takes the place of a map that is dead.
// CHECK-LABEL: @scratch_of_one_task
// CHECK-SAME: kernel.arena_bytes = 2048 : i64, kernel.live_bytes = 2048
#tasks_1 = #kernel.schedule<rows = 1, columns = 4, order = pixels_outer, tasks = 1>
func.func @scratch_of_one_task(%in: memref<1024xi8>, %w: memref<1024xi8>, %v: memref<64xi8>, %out: memref<1024xi8>, %arena: memref<0xi8>) {
  %c0 = arith.constant 0 : index
  %i = memref.view %in[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  %f = memref.view %w[%c0][] : memref<1024xi8> to memref<1x1x1x1x1x16x16xf32>
  %s = memref.view %v[%c0][] : memref<64xi8> to memref<16xf32>
  %o = memref.view %out[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  %a = memref.alloc() : memref<1024xi8>
  %av = memref.view %a[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  kernel.pool ins(%i) outs(%av) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  %b = memref.alloc() : memref<1024xi8>
  %bv = memref.view %b[%c0][] : memref<1024xi8> to memref<1x1x1x4x4x16xf32>
  kernel.pool ins(%av) outs(%bv) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 1, 1>, strides = array<i64: 1, 1, 1>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, in_size = array<i64: 1, 4, 4>,
      in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #pool}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  %scratch = memref.alloc() : memref<256xi8>
  %sv = memref.view %scratch[%c0][] : memref<256xi8> to memref<1x1x1x1x4x16xf32>
  kernel.conv ins(%bv, %f) prologue(%s, %s) scratch(%sv) outs(%o) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #tasks_1}
      : (memref<1x1x1x4x4x16xf32>, memref<1x1x1x1x1x16x16xf32>, memref<16xf32>, memref<16xf32>, memref<1x1x1x1x4x16xf32>,
         memref<1x1x1x4x4x16xf32>) -> ()
  return
}
