// The inner loop of eight filters of 24 pixels in machine code: two channels in a multiply-add, and nothing on the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_conv3x3_64x8_24x24_r24:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop/,/\tj/p' \
// RUN:   | FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill

// CHECK: vbroadcastsd
// CHECK-COUNT-24: vfmadd231ps {{.*}}zmm
// CHECK-NOT: vfmadd
// CHECK: {{^[[:space:]]}}j{{[a-z]+}} .LBB

#schedule = #kernel.schedule<rows = 1, columns = 24, order = filters_outer, tasks = 1>

func.func @net(%in: memref<173056xi8>, %out: memref<36864xi8>, %weights: memref<36864xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<173056xi8> to memref<1x4x1x26x26x16xf32>
  %w = memref.view %weights[%c0][] : memref<36864xi8> to memref<1x4x1x3x3x16x16xf32>
  %y = memref.view %out[%c0][] : memref<36864xi8> to memref<1x1x1x24x24x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<tail>, channels = 64 : i64, filters = 8 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 24, 24>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x4x1x26x26x16xf32>, memref<1x4x1x3x3x16x16xf32>, memref<1x1x1x24x24x16xf32>) -> ()
  return
}
