// RUN: kiln-opt %s --split-input-file --lowering-kernel-to-llvm | FileCheck %s

// Inputs and outputs come as arrays of pointers; several tasks go through the runtime, one is a call.
// CHECK-LABEL: llvm.func @net_body(
// CHECK-SAME: %[[INPUTS:[^:]*]]: !llvm.ptr, %[[OUTPUTS:[^:]*]]: !llvm.ptr, %[[WEIGHTS:[^:]*]]: !llvm.ptr, %[[ARENA:[^:]*]]: !llvm.ptr, %[[POOL:[^:]*]]: !llvm.ptr) attributes {kernel.arena_bytes = 256 : i64
// CHECK-DAG: %[[FOUR:.*]] = llvm.mlir.constant(4 : i32) : i32
// CHECK-DAG: %[[TASK:.*]] = llvm.mlir.addressof @k_task
// CHECK: %[[ARRAY:.*]] = llvm.alloca %{{.*}} x !llvm.array<2 x ptr>
// CHECK: %[[SLOT:.*]] = llvm.getelementptr inbounds %[[INPUTS]][1]
// CHECK: %[[SECOND:.*]] = llvm.load %[[SLOT]]
// CHECK: %[[OUT:.*]] = llvm.load %[[OUTPUTS]]
// CHECK: %[[VIEW:.*]] = llvm.getelementptr inbounds %[[ARENA]][128] : (!llvm.ptr) -> !llvm.ptr, i8
// CHECK: llvm.store %[[SECOND]], %[[ARRAY]] : !llvm.ptr, !llvm.ptr
// CHECK: %[[NEXT:.*]] = llvm.getelementptr inbounds %[[ARRAY]][1]
// CHECK: llvm.store %[[VIEW]], %[[NEXT]] : !llvm.ptr, !llvm.ptr
// CHECK: llvm.call @kiln_launch(%[[POOL]], %[[FOUR]], %[[TASK]], %[[ARRAY]])
// CHECK: llvm.call @k(%[[VIEW]], %[[OUT]], %{{.*}}) : (!llvm.ptr, !llvm.ptr, i64) -> ()
func.func @net(%a: memref<64xi8>, %b: memref<64xi8>, %out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<256xi8>)
    attributes {kernel.entry, kernel.arena_bytes = 256 : i64, kernel.inputs = [{}, {}]} {
  %c0 = arith.constant 0 : index
  %c128 = arith.constant 128 : index
  %x = memref.view %b[%c0][] : memref<64xi8> to memref<16xf32>
  %t = memref.view %arena[%c128][] : memref<256xi8> to memref<16xf32>
  %y = memref.view %out[%c0][] : memref<64xi8> to memref<16xf32>
  kernel.launch @k(%x, %t) {tasks = 4 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  kernel.launch @k(%t, %y) {tasks = 1 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// What all callers guarantee: inputs are aligned as their elements are.
// CHECK: llvm.func internal @k(%{{.*}}: !llvm.ptr {llvm.align = 4 : i64, llvm.dereferenceable = 64 : i64, llvm.noalias, llvm.nonnull}, %{{.*}}: !llvm.ptr {llvm.align = 4 : i64, {{.*}}llvm.noalias{{.*}}}, %{{.*}}: i64)
// CHECK-SAME: no_inline
func.func private @k(%x: memref<16xf32>, %y: memref<16xf32>, %task: index) attributes {kernel.tasks = 4 : i64} {
  %v = vector.load %x[%task] : memref<16xf32>, vector<4xf32>
  vector.store %v, %y[%task] : memref<16xf32>, vector<4xf32>
  return
}

// CHECK: llvm.func internal @k_task(%[[ARRAY:.*]]: !llvm.ptr, %[[NUMBER:.*]]: i32)
// CHECK: %[[FIRST:.*]] = llvm.load
// CHECK: %[[SECOND:.*]] = llvm.load
// CHECK: %[[WIDE:.*]] = llvm.sext %[[NUMBER]] : i32 to i64
// CHECK: llvm.call @k(%[[FIRST]], %[[SECOND]], %[[WIDE]])

// -----

// Buffers of the arena and the weights lie at 64 bytes plus what their offset says; aliases are not noalias.
// CHECK-LABEL: llvm.func @prepare_0(
// CHECK-SAME: kernel.prepare
func.func private @prepare_0(%a: memref<64xi8>, %out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<256xi8>) attributes {kernel.prepare} {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %x = memref.view %arena[%c0][] : memref<256xi8> to memref<16xf32>
  %y = memref.view %arena[%c16][] : memref<256xi8> to memref<16xf32>
  kernel.launch @k(%x, %y) {tasks = 1 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// CHECK: llvm.func internal @k(
// CHECK-NOT: llvm.noalias
// CHECK-SAME: llvm.align = 64
// CHECK-SAME: llvm.align = 16
// CHECK-SAME: i64)
func.func private @k(%x: memref<16xf32> {kernel.may_alias}, %y: memref<16xf32> {kernel.may_alias}, %task: index) attributes {kernel.tasks = 1 : i64} {
  return
}

// -----

// A loop that is to stay rolled says so to LLVM.
// CHECK-LABEL: llvm.func internal @rolled
// CHECK: llvm.br {{.*}} {loop_annotation = #[[ROLLED:loop_annotation[0-9]*]]}
func.func private @rolled(%x: memref<16xf32>, %task: index) attributes {kernel.tasks = 1 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  scf.for %i = %c0 to %c3 step %c1 {
    %v = memref.load %x[%i] : memref<16xf32>
    memref.store %v, %x[%task] : memref<16xf32>
  } {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
  return
}
