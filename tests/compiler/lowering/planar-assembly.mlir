// The inner loop of a first layer in machine code: three taps of a strided row share pixels, but the loop over them stays rolled, so
// that each multiply-add takes its pixel from memory and nothing goes to the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_planarconv3x3s2x2_3x32_112x112_r28:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop/,/\tj/p' \
// RUN:   | FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill

// CHECK: vmov{{[au]}}ps {{.*}}(%r{{.*}}), %[[WEIGHTS:zmm[0-9]+]]
// CHECK-COUNT-28: vfmadd231ps {{.*}}{1to16}, %[[WEIGHTS]]
// CHECK-NOT: vfmadd
// CHECK: {{^[[:space:]]}}j{{[a-z]+}} .LBB

#schedule = #kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 1>

func.func @net(%in: memref<607500xi8>, %out: memref<1605632xi8>, %weights: memref<3456xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<607500xi8> to memref<1x3x1x225x225xf32>
  %w = memref.view %weights[%c0][] : memref<3456xi8> to memref<2x3x1x3x3x16xf32>
  %y = memref.view %out[%c0][] : memref<1605632xi8> to memref<1x2x1x112x112x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<planar>, channels = 3 : i64, filters = 32 : i64,
      strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 112, 112>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x3x1x225x225xf32>, memref<2x3x1x3x3x16xf32>, memref<1x2x1x112x112x16xf32>) -> ()
  return
}
