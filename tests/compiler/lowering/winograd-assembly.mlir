// The inner loop of a Winograd convolution in machine code: multiply-adds that take their pixel from memory, one load of weights,
// one prefetch, the counters, and no access to the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_winograd4_3x3_64x64_56x56_b28_r28:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop Header: Depth=5/,/\tj/p' \
// RUN:   | FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill

// CHECK: vmov{{[au]}}ps (%{{[a-z0-9]+}}{{.*}}), %[[WEIGHTS:zmm[0-9]+]]
// CHECK-COUNT-28: vfmadd231ps {{-?[0-9]+}}(%{{[a-z0-9]+}}{{[^)]*}}){1to16}, %[[WEIGHTS]]
// CHECK-NOT: vfmadd
// CHECK: {{^[[:space:]]}}j{{[a-z]+}} .LBB

func.func @net(%in: memref<861184xi8>, %out: memref<802816xi8>, %weights: memref<589824xi8>, %arena: memref<325632xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c258048 = arith.constant 258048 : index
  %x = memref.view %in[%c0][] : memref<861184xi8> to memref<1x4x1x58x58x16xf32>
  %w = memref.view %weights[%c0][] : memref<589824xi8> to memref<4x36x64x16xf32>
  %y = memref.view %out[%c0][] : memref<802816xi8> to memref<1x4x1x56x56x16xf32>
  %v = memref.view %arena[%c0][] : memref<325632xi8> to memref<1x36x112x16xf32>
  %p = memref.view %arena[%c258048][] : memref<325632xi8> to memref<1x36x29x16xf32>
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 64 : i64, filters = 64 : i64,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 56, 56>, out_origin = array<i64: 0, 0, 0>,
      schedule = #kernel.winograd_schedule<block = 28, registers = 28, tasks = 1>}
      : (memref<4x36x64x16xf32>, memref<1x4x1x58x58x16xf32>, memref<1x4x1x56x56x16xf32>, memref<1x36x112x16xf32>, memref<1x36x29x16xf32>) -> ()
  return
}
