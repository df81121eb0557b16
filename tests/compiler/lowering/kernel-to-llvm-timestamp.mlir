// RUN: kiln-opt %s --lowering-kernel-to-llvm=timestamp=llvm.readcyclecounter | FileCheck %s

// The time is read before the first launch and after each, and kept in the order of the launches behind the arena, whose
// size of 100 bytes is first made a multiple of 8.
// CHECK-LABEL: llvm.func @net_body(
// CHECK-SAME: %[[ARENA:[^:]*]]: !llvm.ptr, %{{[^:]*}}: !llvm.ptr) attributes {kernel.arena_bytes = 128 : i64
// CHECK: %[[TIMES:.*]] = llvm.getelementptr %[[ARENA]][104]
// CHECK: %[[START:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK: llvm.store %[[START]], %[[TIMES]]
// CHECK: %[[FIRST:.*]] = llvm.getelementptr %[[TIMES]][1]
// CHECK: llvm.call @k(
// CHECK: %[[NOW:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK: llvm.store %[[NOW]], %[[FIRST]]
// CHECK: %[[SECOND:.*]] = llvm.getelementptr %[[FIRST]][1]
// CHECK: llvm.call @kiln_launch(
// CHECK: %[[END:.*]] = llvm.call_intrinsic "llvm.readcyclecounter"() : () -> i64
// CHECK: llvm.store %[[END]], %[[SECOND]]
func.func @net(%a: memref<64xi8>, %out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<100xi8>)
    attributes {kernel.entry, kernel.arena_bytes = 100 : i64, kernel.inputs = [{}]} {
  %c0 = arith.constant 0 : index
  %x = memref.view %a[%c0][] : memref<64xi8> to memref<16xf32>
  %t = memref.view %arena[%c0][] : memref<100xi8> to memref<16xf32>
  %y = memref.view %out[%c0][] : memref<64xi8> to memref<16xf32>
  kernel.launch @k(%x, %t) {tasks = 1 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  kernel.launch @k(%t, %y) {tasks = 4 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

// Weights are prepared while compiling, where nobody reads the time.
// CHECK-LABEL: llvm.func @prepare_0(
// CHECK-NOT: call_intrinsic
// CHECK: llvm.return
func.func private @prepare_0(%a: memref<64xi8>, %out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<256xi8>) attributes {kernel.prepare} {
  %c0 = arith.constant 0 : index
  %x = memref.view %a[%c0][] : memref<64xi8> to memref<16xf32>
  %y = memref.view %out[%c0][] : memref<64xi8> to memref<16xf32>
  kernel.launch @k(%x, %y) {tasks = 1 : i64} : (memref<16xf32>, memref<16xf32>) -> ()
  return
}

func.func private @k(%x: memref<16xf32>, %y: memref<16xf32>, %task: index) attributes {kernel.tasks = 4 : i64} {
  %v = vector.load %x[%task] : memref<16xf32>, vector<4xf32>
  vector.store %v, %y[%task] : memref<16xf32>, vector<4xf32>
  return
}
