// The inner loop of a convolution in groups of four channels and filters, in machine code: each multiply-add has 16 filters, for which
// one shuffle within groups of lanes fetches the channel; nothing goes to the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_conv3x3_16x16g4_14x14_r14:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop/,/\tj/p' > %t.loop
// RUN: FileCheck %s --input-file=%t.loop --implicit-check-not=rsp --implicit-check-not=Spill
// RUN: grep -c 'vfmadd.*zmm' %t.loop | FileCheck %s --check-prefix=PRODUCTS
// RUN: grep -c -E 'v(shuf|permil)ps.*zmm' %t.loop | FileCheck %s --check-prefix=SHUFFLES

// CHECK: vfmadd
// PRODUCTS: {{^56$}}
// SHUFFLES: {{^56$}}

#schedule = #kernel.schedule<rows = 1, columns = 14, order = filters_outer, tasks = 1>

func.func @net(%in: memref<16384xi8>, %out: memref<12544xi8>, %weights: memref<2304xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<16384xi8> to memref<1x1x1x16x16x16xf32>
  %w = memref.view %weights[%c0][] : memref<2304xi8> to memref<1x1x3x3x4x16xf32>
  %y = memref.view %out[%c0][] : memref<12544xi8> to memref<1x1x1x14x14x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<grouped>, channels = 16 : i64, groups = 4 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 14, 14>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x16x16x16xf32>, memref<1x1x3x3x4x16xf32>, memref<1x1x1x14x14x16xf32>) -> ()
  return
}
