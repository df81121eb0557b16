// RUN: kiln-opt %s | kiln-opt | FileCheck %s

#schedule = #kernel.schedule<rows = 2, columns = 7, order = pixels_outer, tasks = 4>

// Addends of a convolution keep their roles, alone and together.
// CHECK-LABEL: @conv
func.func @conv(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x2x1x3x3x16x16xf32>, %b: memref<16xf32>, %y: memref<1x1x1x4x4x16xf32>) {
  // CHECK: kernel.conv ins(%[[X:.*]], %[[W:[^)]*]]) bias(%[[B:.*]]) residual(%[[R:.*]]) outs(%[[R]]) {
  // CHECK-SAME: activation = #nn.activation<relu>
  // CHECK-SAME: schedule = #kernel.schedule<rows = 2, columns = 7, order = pixels_outer, tasks = 4>
  kernel.conv ins(%x, %w) bias(%b) residual(%y) outs(%y) {form = #nn.filter_form<blocked>, channels = 20 : i64, filters = 9 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<16xf32>, memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  // CHECK: kernel.conv ins(%[[X]], %[[W]]) residual(%[[R]]) outs(%[[R]]) {
  kernel.conv ins(%x, %w) residual(%y) outs(%y) {form = #nn.filter_form<blocked>, channels = 20 : i64, filters = 9 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
  return
}

// CHECK-LABEL: @maps
func.func @maps(%planar: memref<1x20x1x8x8xf32>, %map: memref<1x2x1x8x8x16xf32>, %small: memref<1x2x1x4x4x16xf32>) {
  // CHECK: kernel.relayout ins(%{{.*}}) outs(%{{.*}}) {channels = 20 : i64
  kernel.relayout ins(%planar) outs(%map) {channels = 20 : i64, map = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule} : (memref<1x20x1x8x8xf32>, memref<1x2x1x8x8x16xf32>) -> ()
  // CHECK: kernel.pool ins(%{{.*}}) outs(%{{.*}}) {{{.*}}kind = #kernel.pool_kind<average>
  kernel.pool ins(%map) outs(%small) {kind = #kernel.pool_kind<average>, kernel = array<i64: 1, 3, 3>, strides = array<i64: 1, 2, 2>,
      dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 1, 1, 0, 1, 1>, in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x8x8x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  // CHECK: kernel.lrn ins(%{{.*}}) outs(%{{.*}}) {alpha = {{.*}}, window = 5 : i64}
  kernel.lrn ins(%small) outs(%small) {channels = 20 : i64, window = 5 : i64, alpha = 1.0e-4 : f64, beta = 0.75 : f64, bias = 1.0 : f64,
      map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
  // CHECK: kernel.fill_border outs(%{{.*}}) {border = array<i64: 0, 1, 1, 0, 1, 1>
  kernel.fill_border outs(%map) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<1x2x1x8x8x16xf32>
  return
}

// CHECK-LABEL: @matrices
func.func @matrices(%f: memref<8x20xf32>, %p: memref<2x8x16xf32>, %r: memref<2x2x3x16xi32>, %a: memref<3x8xf32>, %y: memref<3x20xf32>) {
  // CHECK: kernel.pack_filter ins(%{{.*}}) outs(%{{.*}}) {form = #nn.filter_form<gemm>
  kernel.pack_filter ins(%f) outs(%p) {form = #nn.filter_form<gemm>, schedule = #schedule} : (memref<8x20xf32>, memref<2x8x16xf32>) -> ()
  // CHECK: kernel.gemm ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) {schedule
  kernel.gemm ins(%a, %p) outs(%y) {schedule = #schedule} : (memref<3x8xf32>, memref<2x8x16xf32>, memref<3x20xf32>) -> ()
  // CHECK: kernel.pack_filter {{.*}} : (memref<8x20xf32>, memref<2x2x3x16xi32>)
  kernel.pack_filter ins(%f) outs(%r) {form = #nn.filter_form<gemm>, schedule = #schedule} : (memref<8x20xf32>, memref<2x2x3x16xi32>) -> ()
  // CHECK: kernel.gemm ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) {schedule = {{.*}}memref<2x2x3x16xi32>
  kernel.gemm ins(%a, %r) outs(%y) {schedule = #schedule} : (memref<3x8xf32>, memref<2x2x3x16xi32>, memref<3x20xf32>) -> ()
  return
}

// CHECK: kernel.weight @w {label = "conv1", offset = 64 : i64
kernel.weight @w {type = tensor<2xf32>, offset = 64 : i64, sources = [dense<0.0> : tensor<2xf32>], label = "conv1"}

func.func private @k(memref<3x8xf32>, index)

// CHECK-LABEL: @launches
func.func @launches(%a: memref<3x8xf32>) -> tensor<2xf32> {
  // CHECK: kernel.launch @k(%{{.*}}) {tasks = 4 : i64} : (memref<3x8xf32>) -> ()
  kernel.launch @k(%a) {tasks = 4 : i64} : (memref<3x8xf32>) -> ()
  // CHECK: kernel.weight_ref @w : tensor<2xf32>
  %w = kernel.weight_ref @w : tensor<2xf32>
  return %w : tensor<2xf32>
}

// CHECK-LABEL: @winograd
func.func @winograd(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x36x20x16xf32>, %b: memref<16xf32>, %y: memref<1x1x1x4x4x16xf32>,
    %v: memref<2x36x3x16xf32>, %p: memref<2x36x1x16xf32>) {
  // CHECK: kernel.winograd ins(%{{.*}}) input(%{{.*}}) bias(%{{.*}}) residual(%[[Y:.*]]) outs(%[[Y]]) scratch(%{{.*}}, %{{.*}}) {
  // CHECK-SAME: schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>
  kernel.winograd ins(%w) input(%x) bias(%b) residual(%y) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
      channels = 20 : i64, filters = 9 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>}
      : (memref<1x36x20x16xf32>, memref<1x2x1x6x6x16xf32>, memref<16xf32>, memref<1x1x1x4x4x16xf32>, memref<1x1x1x4x4x16xf32>,
         memref<2x36x3x16xf32>, memref<2x36x1x16xf32>) -> ()
  return
}

// An input that is transformed for all tasks at once.
// CHECK-LABEL: @winograd_of_one_block
func.func @winograd_of_one_block(%x: memref<1x2x1x6x6x16xf32>, %w: memref<1x36x20x16xf32>, %y: memref<1x1x1x4x4x16xf32>,
    %v: memref<1x36x3x16xf32>, %p: memref<2x36x1x16xf32>) {
  // CHECK: kernel.winograd_input ins(%{{.*}}) outs(%[[V:.*]]) {form = #nn.filter_form<winograd_f4>
  kernel.winograd_input ins(%x) outs(%v) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, origin = array<i64: 0, 0, 0>,
      out_size = array<i64: 1, 4, 4>, schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>}
      : (memref<1x2x1x6x6x16xf32>, memref<1x36x3x16xf32>) -> ()
  // CHECK: kernel.winograd ins(%{{.*}}) outs(%{{.*}}) scratch(%[[V]], %{{.*}}) {
  kernel.winograd ins(%w) outs(%y) scratch(%v, %p) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
      channels = 20 : i64, filters = 9 : i64, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 0, 0>, schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>}
      : (memref<1x36x20x16xf32>, memref<1x1x1x4x4x16xf32>, memref<1x36x3x16xf32>, memref<2x36x1x16xf32>) -> ()
  return
}
