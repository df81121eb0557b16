// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4 winograd=off}))' | FileCheck %s --check-prefixes=CHECK,V4
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v3 winograd=off}))' | FileCheck %s --check-prefixes=CHECK,V3
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64 winograd=off}))' | FileCheck %s --check-prefixes=CHECK,V1
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=aarch64-linux-gnu winograd=off}))' | FileCheck %s --check-prefixes=CHECK,NEON

// The register tile divides the row and fills the registers that the target has: 28 of 32 with 512 bits, 6 pairs of 16 with 256, 2
// quadruples of 16 with 128, 6 quadruples of 32 on NEON; where no tile divides the row, one of two rows does.
// CHECK-LABEL: @row_of_56
func.func @row_of_56(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<64x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x64x56x56xf32, #nn.blocked<16>> {
  // V4: rows = 1, columns = 28, order = filters_outer
  // V3: rows = 2, columns = 3, order
  // V1: rows = 1, columns = 2, order
  // NEON: rows = 2, columns = 3, order
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<64x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x64x56x56xf32, #nn.blocked<16>>
}

// A 7x7 map is covered by tiles of several rows.
// CHECK-LABEL: @map_of_7
func.func @map_of_7(%x: tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x512x7x7xf32, #nn.blocked<16>> {
  // V4: rows = 4, columns = 7, order = filters_outer, tasks = 8
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x512x7x7xf32, #nn.blocked<16>>
}

// A map that the second-level cache does not hold passes once where tiles are small; 28 pixels at a time it may pass for each block.
// CHECK-LABEL: @large_map
func.func @large_map(%x: tensor<1x256x56x56xf32, #nn.blocked<16>>, %w: tensor<64x256x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x64x56x56xf32, #nn.blocked<16>> {
  // V4: columns = 28, order = filters_outer
  // V3: order = pixels_outer
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x256x56x56xf32, #nn.blocked<16>>, tensor<64x256x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x64x56x56xf32, #nn.blocked<16>>
}

// A depthwise layer takes as long as its maps take to pass: 0.5 million operations would be one task.
// CHECK-LABEL: @bytes_count
func.func @bytes_count(%x: tensor<1x576x14x14xf32, #nn.blocked<16, border = [1, 1, 0, 0]>>, %w: tensor<576x1x3x3xf32, #nn.packed<depthwise, groups = 576, block = 16>>)
    -> tensor<1x576x7x7xf32, #nn.blocked<16>> {
  // CHECK: tasks = 2
  %y = nn.conv(%x, %w) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, dilations = array<i64: 1, 1>, groups = 576 : i64}
      : (tensor<1x576x14x14xf32, #nn.blocked<16, border = [1, 1, 0, 0]>>, tensor<576x1x3x3xf32, #nn.packed<depthwise, groups = 576, block = 16>>)
      -> tensor<1x576x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x576x7x7xf32, #nn.blocked<16>>
}

// A tiny layer is one task: starting threads would cost more than they save.
// CHECK-LABEL: @tiny
func.func @tiny(%x: tensor<1x16x4x4xf32, #nn.blocked<16>>, %w: tensor<16x16x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  // CHECK: tasks = 1
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x4x4xf32, #nn.blocked<16>>, tensor<16x16x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %y : tensor<1x16x4x4xf32, #nn.blocked<16>>
}

// In a map of many megabytes each row of a tile begins a stream in every block of channels: tiles lie in one row, though tiles of four
// rows would leave a smaller remainder; and with few weights the map is read once.
// CHECK-LABEL: @far_map
func.func @far_map(%x: tensor<1x256x76x76xf32, #nn.blocked<16>>, %w: tensor<128x256x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<1x128x76x76xf32, #nn.blocked<16, border = [1, 1, 1, 1]>> {
  // V4: rows = 1, columns = 26, order = pixels_outer
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x256x76x76xf32, #nn.blocked<16>>, tensor<128x256x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x128x76x76xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
  return %y : tensor<1x128x76x76xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
}

// Where most is written, the same: the first layer of a detector.
// CHECK-LABEL: @far_output
func.func @far_output(%x: tensor<1x3x608x608xf32, #nn.blocked<1, border = [1, 1, 1, 1]>>, %w: tensor<32x3x3x3xf32, #nn.packed<planar, groups = 1, block = 16>>)
    -> tensor<1x32x608x608xf32, #nn.blocked<16>> {
  // V4: rows = 1, columns = 28
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x608x608xf32, #nn.blocked<1, border = [1, 1, 1, 1]>>, tensor<32x3x3x3xf32, #nn.packed<planar, groups = 1, block = 16>>)
      -> tensor<1x32x608x608xf32, #nn.blocked<16>>
  return %y : tensor<1x32x608x608xf32, #nn.blocked<16>>
}

// In a batch of no images there is nothing to choose.
// CHECK-LABEL: @no_images
func.func @no_images(%x: tensor<0x32x8x8xf32, #nn.blocked<16>>, %w: tensor<64x32x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<0x64x4x4xf32, #nn.blocked<16>> {
  // CHECK-NOT: kernel.schedule
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<0x32x8x8xf32, #nn.blocked<16>>, tensor<64x32x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<0x64x8x8xf32, #nn.blocked<16>>
  %z = nn.max_pool(%y) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<0x64x8x8xf32, #nn.blocked<16>>) -> tensor<0x64x4x4xf32, #nn.blocked<16>>
  // CHECK: return
  return %z : tensor<0x64x4x4xf32, #nn.blocked<16>>
}

// Rows of 4096 bytes begin in the same place of a first-level cache of eight ways: at most eight of them at a time. Rows of 4000
// bytes do not.
// CHECK-LABEL: @rows_of_a_page
func.func @rows_of_a_page(%a: tensor<56x1024xf32>, %b: tensor<1024x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32> {
  // V4: rows = 8, columns = 1
  %y = nn.gemm(%a, %b) : (tensor<56x1024xf32>, tensor<1024x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32>
  return %y : tensor<56x64xf32>
}

// CHECK-LABEL: @rows_apart
func.func @rows_apart(%a: tensor<56x1000xf32>, %b: tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32> {
  // V4: rows = 28, columns = 1
  %y = nn.gemm(%a, %b) : (tensor<56x1000xf32>, tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32>
  return %y : tensor<56x64xf32>
}

// One row: two blocks of columns are two streams from memory. There is no second one where one block has all columns.
// CHECK-LABEL: @one_row
func.func @one_row(%a: tensor<1x1000xf32>, %b: tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>,
                   %c: tensor<1000x10xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> (tensor<1x64xf32>, tensor<1x10xf32>) {
  // CHECK: rows = 1, columns = 1, {{.*}}filters = 2
  %y = nn.gemm(%a, %b) : (tensor<1x1000xf32>, tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<1x64xf32>
  // CHECK: rows = 1, columns = 1, order = filters_outer, tasks = 1>
  %z = nn.gemm(%a, %c) : (tensor<1x1000xf32>, tensor<1000x10xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<1x10xf32>
  return %y, %z : tensor<1x64xf32>, tensor<1x10xf32>
}

// Many rows and few columns: tiles of rows are shared out, too.
// CHECK-LABEL: @few_columns
func.func @few_columns(%a: tensor<1000x2000xf32>, %b: tensor<2000x10xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<1000x10xf32> {
  // CHECK: nn.gemm{{.*}}tasks = 8
  %y = nn.gemm(%a, %b) : (tensor<1000x2000xf32>, tensor<2000x10xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<1000x10xf32>
  return %y : tensor<1000x10xf32>
}

// The images of a batch are the rows of a dense layer over their maps.
// CHECK-LABEL: @batch_of_maps
func.func @batch_of_maps(%x: tensor<4x16x3x3xf32, #nn.blocked<16>>, %w: tensor<32x16x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
    -> tensor<4x32x1x1xf32, #nn.blocked<16>> {
  // V4: rows = 4, columns = 1
  // V3: rows = 4, columns = 1
  %y = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<4x16x3x3xf32, #nn.blocked<16>>, tensor<32x16x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>) -> tensor<4x32x1x1xf32, #nn.blocked<16>>
  return %y : tensor<4x32x1x1xf32, #nn.blocked<16>>
}

// A relayout is shared out by rows of a block, whichever side has blocks.
// CHECK-LABEL: @one_block
func.func @one_block(%x: tensor<1x16x112x112xf32, #nn.blocked<16>>) -> tensor<1x16x112x112xf32> {
  // CHECK: nn.relayout{{.*}}tasks = 8
  %y = nn.relayout(%x) : (tensor<1x16x112x112xf32, #nn.blocked<16>>) -> tensor<1x16x112x112xf32>
  return %y : tensor<1x16x112x112xf32>
}
