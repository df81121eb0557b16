// The inner loops of a Winograd convolution that transforms its filter, in machine code: for each of the six columns of points the
// products of four tiles with six points, which take their pixels from memory, and the transform of the taps, whose coefficients are
// whole numbers: sums alone for the first points. No access to the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_winograd4_3x3_64x64_7x7_b4_r4_taps:/,/Lfunc_end/p' %t.s \
// RUN:   | awk '/This Inner Loop Header/ {on = 1; n = 0; text = ""} on {n += /vfn?madd/; text = text $0 "\n"} \
// RUN:          on && /\tj/ {on = 0; if (n > 24 && n < 40) print text "multiply-adds: " n}' > %t.loops
// RUN: FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill < %t.loops

// CHECK: multiply-adds: 27
// CHECK: multiply-adds: 27
// CHECK: multiply-adds: 27
// CHECK: multiply-adds: 33
// CHECK: multiply-adds: 33
// CHECK: multiply-adds: 27

func.func @net(%in: memref<20736xi8>, %out: memref<12544xi8>, %weights: memref<147456xi8>, %arena: memref<50688xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c39168 = arith.constant 39168 : index
  %x = memref.view %in[%c0][] : memref<20736xi8> to memref<1x4x1x9x9x16xf32>
  %w = memref.view %weights[%c0][] : memref<147456xi8> to memref<4x4x1x3x3x16x16xf32>
  %y = memref.view %out[%c0][] : memref<12544xi8> to memref<1x4x1x7x7x16xf32>
  %v = memref.view %arena[%c0][] : memref<50688xi8> to memref<1x36x17x16xf32>
  %p = memref.view %arena[%c39168][] : memref<50688xi8> to memref<1x36x5x16xf32>
  kernel.winograd ins(%w) input(%x) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 64 : i64, filters = 64 : i64,
      origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 7, 7>, out_origin = array<i64: 0, 0, 0>,
      schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 1, filterTile = 4>}
      : (memref<4x4x1x3x3x16x16xf32>, memref<1x4x1x9x9x16xf32>, memref<1x4x1x7x7x16xf32>, memref<1x36x17x16xf32>, memref<1x36x5x16xf32>) -> ()
  return
}
