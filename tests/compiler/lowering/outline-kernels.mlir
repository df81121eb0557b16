// RUN: kiln-opt %s --split-input-file --lowering-outline-kernels | FileCheck %s

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 2>

// Equal kernels on different buffers share one function; its name says what it computes.
// CHECK-LABEL: func.func @net(
// CHECK-SAME: %{{[^:]*}}: memref<9216xi8>, %{{[^:]*}}: memref<9216xi8>, %{{[^:]*}}: memref<36864xi8>, %[[ARENA:.*]]: memref<18432xi8>
func.func @net(%in: memref<9216xi8>, %out: memref<9216xi8>, %weights: memref<36864xi8>, %arena: memref<18432xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c9216 = arith.constant 9216 : index
  %x = memref.view %in[%c0][] : memref<9216xi8> to memref<1x4x1x6x6x16xf32>
  %a = memref.view %arena[%c0][] : memref<18432xi8> to memref<1x4x1x6x6x16xf32>
  %b = memref.view %arena[%c9216][] : memref<18432xi8> to memref<1x4x1x6x6x16xf32>
  // CHECK: kernel.launch @net_f32_border_4x1x6x6x16(%{{.*}}) {tasks = 2 : i64}
  // CHECK: kernel.launch @net_f32_border_4x1x6x6x16(%{{.*}}) {tasks = 2 : i64}
  // CHECK: kernel.launch @net_f32_border_4x1x6x6x16_0(%{{.*}}) {tasks = 2 : i64}
  kernel.fill_border outs(%a) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<1x4x1x6x6x16xf32>
  kernel.fill_border outs(%b) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<1x4x1x6x6x16xf32>
  kernel.fill_border outs(%b) {border = array<i64: 0, 1, 0, 0, 1, 1>, schedule = #schedule} : memref<1x4x1x6x6x16xf32>
  return
}
// CHECK: func.func private @net_f32_border_4x1x6x6x16(%[[MAP:.*]]: memref<1x4x1x6x6x16xf32>, %{{.*}}: index) attributes {kernel.tasks = 2 : i64}
// CHECK-NEXT: kernel.fill_border outs(%[[MAP]]) {border = array<i64: 0, 1, 1, 0, 1, 1>
// CHECK: func.func private @net_f32_border_4x1x6x6x16_0(
// CHECK-NEXT: kernel.fill_border outs(%{{.*}}) {border = array<i64: 0, 1, 0, 0, 1, 1>

// -----

#schedule = #kernel.schedule<rows = 1, columns = 28, order = pixels_outer, tasks = 8>

// What a launch computes and moves: of the map 57 x 57 pixels are read. The name of a convolution: kernel, strides, channels and filters, outputs, register tile, loop order.
// CHECK-LABEL: func.func @resnet
// CHECK-SAME: kernel.launches = [{kernel = "resnet_f32_conv3x3s2x2_64x128_28x28_r28_pixels", kind = "conv3x3",
// CHECK-SAME: layers = ["conv3"], map_bytes = 1233152 : i64, multiply_adds = 57802752 : i64, tasks = 8 : i64, weight_bytes = 294912 : i64}]
// CHECK: kernel.launch @resnet_f32_conv3x3s2x2_64x128_28x28_r28_pixels(
func.func @resnet(%in: memref<861184xi8>, %out: memref<401408xi8>, %weights: memref<294912xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<861184xi8> to memref<1x4x1x58x58x16xf32>
  %w = memref.view %weights[%c0][] : memref<294912xi8> to memref<8x4x1x3x3x16x16xf32>
  %y = memref.view %out[%c0][] : memref<401408xi8> to memref<1x8x1x28x28x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 128 : i64,
      strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 28, 28>,
      out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x4x1x58x58x16xf32>, memref<8x4x1x3x3x16x16xf32>, memref<1x8x1x28x28x16xf32>) -> () loc("conv3"("node3"))
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 8, order = pixels_outer, tasks = 1>

// Of eight rows, the first and the last tap six rows apart lie in the map for two: 12 pairs of 24. In a row that is as long as a
// tile they do for some pixels of every tile.
// CHECK-LABEL: func.func @atrous
// CHECK-SAME: multiply_adds = 73728 : i64
func.func @atrous(%in: memref<25600xi8>, %out: memref<4096xi8>, %weights: memref<9216xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %x = memref.view %in[%c0][] : memref<25600xi8> to memref<1x1x1x20x20x16xf32>
  %w = memref.view %weights[%c0][] : memref<9216xi8> to memref<1x1x1x3x3x16x16xf32>
  %y = memref.view %out[%c0][] : memref<4096xi8> to memref<1x1x1x8x8x16xf32>
  kernel.conv ins(%x, %w) outs(%y) {form = #nn.filter_form<blocked>, channels = 16 : i64, filters = 16 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 6, 6>, origin = array<i64: 0, 0, 0>,
      border = array<i64: 0, 6, 6, 0, 6, 6>, out_size = array<i64: 1, 8, 8>, out_origin = array<i64: 0, 0, 0>, schedule = #schedule}
      : (memref<1x1x1x20x20x16xf32>, memref<1x1x1x3x3x16x16xf32>, memref<1x1x1x8x8x16xf32>) -> () loc("conv"("node"))
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>

// A subview and constants go with the op that uses them; a buffer that is read and written becomes one argument; work of
// this size is split.
// CHECK-LABEL: func.func @subview
// CHECK-NOT: memref.subview
// CHECK: kernel.launch @subview_f32_mulf_256x256(%{{[^,]*}}) {tasks = 4 : i64} : (memref<258x258xf32>) -> ()
func.func @subview(%in: memref<0xi8>, %out: memref<0xi8>, %weights: memref<0xi8>, %arena: memref<266256xi8>) attributes {kernel.entry, kernel.inputs = [{}]} {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %a = memref.view %arena[%c0][] : memref<266256xi8> to memref<258x258xf32>
  %inner = memref.subview %a[1, 1] [256, 256] [1, 1] : memref<258x258xf32> to memref<256x256xf32, strided<[258, 1], offset: 259>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%inner : memref<256x256xf32, strided<[258, 1], offset: 259>>) outs(%inner : memref<256x256xf32, strided<[258, 1], offset: 259>>) {
  ^bb0(%x: f32, %y: f32):
    %r = arith.mulf %x, %two : f32
    linalg.yield %r : f32
  }
  return
}
// CHECK: func.func private @subview_f32_mulf_256x256(%[[A:.*]]: memref<258x258xf32>, %{{.*}}: index)
// CHECK: %[[INNER:.*]] = memref.subview %[[A]][1, 1] [256, 256] [1, 1]
// CHECK: linalg.generic {{.*}} ins(%[[INNER]] {{.*}} outs(%[[INNER]]

// -----

#id = affine_map<(d0) -> (d0)>

// Two views that share bytes are marked where one is written; views that do not, are not.
// CHECK-LABEL: func.func @aliases
// CHECK: kernel.launch @[[OVERLAPPING:.*]](%{{.*}}, %{{.*}}) {tasks = 1 : i64}
// CHECK: kernel.launch @[[DISJOINT:.*]](%{{.*}}, %{{.*}}) {tasks = 1 : i64}
func.func @aliases(%in: memref<0xi8>, %out: memref<0xi8>, %weights: memref<0xi8>, %arena: memref<192xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %a = memref.view %arena[%c0][] : memref<192xi8> to memref<16xf32>
  %b = memref.view %arena[%c32][] : memref<192xi8> to memref<16xf32>
  %c = memref.view %arena[%c64][] : memref<192xi8> to memref<16xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<16xf32>) outs(%b : memref<16xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%a : memref<16xf32>) outs(%c : memref<16xf32>) {
  ^bb0(%x: f32, %y: f32):
    linalg.yield %x : f32
  }
  return
}
// CHECK: func.func private @[[OVERLAPPING]](%{{.*}}: memref<16xf32> {kernel.may_alias}, %{{.*}}: memref<16xf32> {kernel.may_alias}, %{{.*}}: index)
// CHECK: func.func private @[[DISJOINT]](%{{.*}}: memref<16xf32>, %{{.*}}: memref<16xf32>, %{{.*}}: index)

// -----

// A function that is neither an entry nor a prepare function keeps its ops.
// CHECK-LABEL: func.func @helper
// CHECK: linalg.fill
func.func @helper(%a: memref<16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%a : memref<16xf32>)
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 6, order = filters_outer, tasks = 2>
#alone = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>

// The border of the map that a kernel writes goes with the kernel, in as many tasks; that of another map does not.
// CHECK-LABEL: func.func @bordered
// CHECK: kernel.launch @bordered_f32_conv1x1_64x64_4x4_r6_bordered(%{{.*}}) {tasks = 2 : i64}
// CHECK-NEXT: kernel.launch @bordered_f32_conv1x1_64x64_4x4_r6(%{{.*}}) {tasks = 2 : i64}
// CHECK-NEXT: kernel.launch @bordered_f32_border_4x1x6x6x16(%{{.*}}) {tasks = 1 : i64}
func.func @bordered(%in: memref<9216xi8>, %out: memref<9216xi8>, %weights: memref<16384xi8>, %arena: memref<18432xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %c9216 = arith.constant 9216 : index
  %x = memref.view %in[%c0][] : memref<9216xi8> to memref<1x4x1x6x6x16xf32>
  %w = memref.view %weights[%c0][] : memref<16384xi8> to memref<4x4x1x1x1x16x16xf32>
  %a = memref.view %arena[%c0][] : memref<18432xi8> to memref<1x4x1x6x6x16xf32>
  %again = memref.view %arena[%c0][] : memref<18432xi8> to memref<1x4x1x6x6x16xf32>
  %b = memref.view %arena[%c9216][] : memref<18432xi8> to memref<1x4x1x6x6x16xf32>
  kernel.conv ins(%x, %w) outs(%a) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 1, 1>, schedule = #schedule}
      : (memref<1x4x1x6x6x16xf32>, memref<4x4x1x1x1x16x16xf32>, memref<1x4x1x6x6x16xf32>) -> ()
  kernel.fill_border outs(%again) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #alone} : memref<1x4x1x6x6x16xf32>
  kernel.conv ins(%x, %w) outs(%a) {form = #nn.filter_form<blocked>, channels = 64 : i64, filters = 64 : i64,
      strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
      out_origin = array<i64: 0, 1, 1>, schedule = #schedule}
      : (memref<1x4x1x6x6x16xf32>, memref<4x4x1x1x1x16x16xf32>, memref<1x4x1x6x6x16xf32>) -> ()
  kernel.fill_border outs(%b) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #alone} : memref<1x4x1x6x6x16xf32>
  return
}
// CHECK: func.func private @bordered_f32_conv1x1_64x64_4x4_r6_bordered(%{{[^:]*}}: {{[^,]*}}, %{{[^:]*}}: {{[^,]*}}, %[[MAP:[^:]*]]: {{[^,]*}}, %{{.*}}: index) attributes {kernel.tasks = 2 : i64}
// CHECK: kernel.fill_border outs(%[[MAP]]) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 2>}
