// The inner loop of a row times weights of 24 bits in machine code: four rows of two blocks of columns, six vectors of words, shifts
// and masks that need no bytes to cross lanes, and nothing on the stack.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.s
// RUN: sed -n '/net_f32_gemv_256x32_f24:/,/Lfunc_end/p' %t.s | sed -n '/This Inner Loop/,/\tj/p' > %t.loop
// RUN: FileCheck %s --implicit-check-not=rsp --implicit-check-not=Spill --implicit-check-not=vperm < %t.loop
// RUN: grep -c 'vfmadd.*zmm' %t.loop | FileCheck %s --check-prefix=PRODUCTS
// RUN: grep -c 'vpsrad.*zmm' %t.loop | FileCheck %s --check-prefix=PRODUCTS

// CHECK: {{^[[:space:]]}}j{{[a-z]+}} .LBB
// PRODUCTS: {{^8$}}

#schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1, filters = 2>

func.func @net(%in: memref<1024xi8>, %out: memref<128xi8>, %weights: memref<24576xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<1024xi8> to memref<1x256xf32>
  %w = memref.view %weights[%c0][] : memref<24576xi8> to memref<2x64x3x16xi32>
  %y = memref.view %out[%c0][] : memref<128xi8> to memref<1x32xf32>
  kernel.gemm ins(%x, %w) outs(%y) {schedule = #schedule} : (memref<1x256xf32>, memref<2x64x3x16xi32>, memref<1x32xf32>) -> ()
  return
}
