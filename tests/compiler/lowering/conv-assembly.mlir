// The inner loop of a 3x3 convolution in machine code: multiply-adds that take their pixel from memory, one load of weights, one
// prefetch, the counters, and no access to the stack. Where a channel has few multiply-adds, a turn takes several.
// RUN: kiln-opt %s --stage-lowering | mlir-translate --mlir-to-llvmir > %t.ll
// RUN: opt -O3 -mcpu=x86-64-v4 %t.ll | llc -O3 -mcpu=x86-64-v4 -mtriple=x86_64-linux-gnu > %t.v4.s
// RUN: sed -n '/net_f32_conv3x3_64x64_56x56_r28:/,/Lfunc_end/p' %t.v4.s | sed -n '/This Inner Loop/,/\tj/p' > %t.v4.inner
// RUN: FileCheck %s --check-prefix=AVX512 --implicit-check-not=rsp --implicit-check-not=Spill --input-file=%t.v4.inner
// RUN: grep -c prefetcht0 %t.v4.inner | FileCheck %s --check-prefix=FETCHES
// RUN: opt -O3 -mcpu=x86-64-v3 %t.ll | llc -O3 -mcpu=x86-64-v3 -mtriple=x86_64-linux-gnu > %t.v3.s
// RUN: FileCheck %s --check-prefix=AVX2 --input-file=%t.v3.s --implicit-check-not=zmm
// RUN: sed -n '/net_f32_conv3x3_64x64_56x56_r6:/,/Lfunc_end/p' %t.v3.s | sed -n '/This Inner Loop/,/\tj/p' \
// RUN:   | FileCheck %s --check-prefix=SIX --implicit-check-not=rsp --implicit-check-not=Spill
// RUN: opt -O3 -mcpu=znver5 %t.ll | llc -O3 -mcpu=znver5 -mtriple=x86_64-linux-gnu > %t.v5.s
// RUN: sed -n '/net_f32_conv3x3_64x64_56x56_r14_f2:/,/Lfunc_end/p' %t.v5.s | sed -n '/This Inner Loop/,/\tj/p' \
// RUN:   | FileCheck %s --check-prefix=SHARED --implicit-check-not=rsp --implicit-check-not=Spill --implicit-check-not='{1to16}'

// FETCHES: {{^}}1{{$}}

// AVX512: vmovaps (%{{[a-z0-9,%]+}}), %[[WEIGHTS:zmm[0-9]+]]
// AVX512-COUNT-28: vfmadd231ps {{-?[0-9]+}}(%{{[a-z0-9]+}},%{{[a-z0-9]+}},4){1to16}, %[[WEIGHTS]]
// AVX512-NOT: vfmadd
// AVX512: {{^[[:space:]]}}j{{[a-z]+}} .LBB

// AVX2-LABEL: net_f32_conv3x3_64x64_56x56_r6:
// AVX2: vfmadd231ps %ymm

// Two registers hold sixteen channels: twelve accumulators, two of weights, one broadcast pixel.
// SIX-COUNT-2: {{vmov[au]ps}} {{[0-9]*}}(%r
// SIX-COUNT-48: vfmadd231ps
// SIX: {{^[[:space:]]}}j{{[a-z]+}} .LBB

// Each pixel is loaded once for two blocks of filters.
// SHARED-COUNT-14: vbroadcastss
// SHARED: {{^[[:space:]]}}j{{[a-z]+}} .LBB

#shared = #kernel.schedule<rows = 1, columns = 14, order = filters_outer, tasks = 8, filters = 2>
#narrow = #kernel.schedule<rows = 1, columns = 6, order = filters_outer, tasks = 8>
#wide = #kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>

func.func @net(%in: memref<861184xi8>, %out: memref<802816xi8>, %weights: memref<147712xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c147456 = arith.constant 147456 : index
  %x = memref.view %in[%c0][] : memref<861184xi8> to memref<1x4x1x58x58x16xf32>
  %w = memref.view %weights[%c0][] : memref<147712xi8> to memref<4x4x1x3x3x16x16xf32>
  %b = memref.view %weights[%c147456][] : memref<147712xi8> to memref<64xf32>
  %y = memref.view %out[%c0][] : memref<802816xi8> to memref<1x4x1x56x56x16xf32>
  kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 56, 56>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>, schedule = #wide}
      : (memref<1x4x1x58x58x16xf32>, memref<4x4x1x3x3x16x16xf32>, memref<64xf32>, memref<1x4x1x56x56x16xf32>) -> ()
  kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 56, 56>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>, schedule = #shared}
      : (memref<1x4x1x58x58x16xf32>, memref<4x4x1x3x3x16x16xf32>, memref<64xf32>, memref<1x4x1x56x56x16xf32>) -> ()
  kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 56, 56>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>, schedule = #narrow}
      : (memref<1x4x1x58x58x16xf32>, memref<4x4x1x3x3x16x16xf32>, memref<64xf32>, memref<1x4x1x56x56x16xf32>) -> ()
  return
}
