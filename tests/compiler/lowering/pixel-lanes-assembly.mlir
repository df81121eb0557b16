// The inner loop of a convolution with six filters whose lanes are pixels, in machine code: a row of 28 pixels is two overlapping
// vectors, each multiplied with the weight of every filter; nothing goes to the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_planarconv5x5_1x6_28x28_r28_lanes:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop/,/\tj/p' \
// RUN:   | FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill

// CHECK-COUNT-6: vbroadcastss
// CHECK-COUNT-2: vmovups {{.*}}(%r{{.*}}), %zmm
// CHECK-COUNT-12: vfmadd231ps %zmm{{[0-9]+}}, %zmm{{[0-9]+}}, %zmm{{[0-9]+}}
// CHECK-NOT: vfmadd
// CHECK: {{^[[:space:]]}}j{{[a-z]+}} .LBB

#schedule = #kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 1, lanes = pixels>

func.func @net(%in: memref<4096xi8>, %out: memref<50176xi8>, %weights: memref<1600xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<4096xi8> to memref<1x1x1x32x32xf32>
  %w = memref.view %weights[%c0][] : memref<1600xi8> to memref<1x1x1x5x5x16xf32>
  %y = memref.view %out[%c0][] : memref<50176xi8> to memref<1x1x1x28x28x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<planar>, channels = 1 : i64, filters = 6 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 28, 28>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x32x32xf32>, memref<1x1x1x5x5x16xf32>, memref<1x1x1x28x28x16xf32>) -> ()
  return
}
