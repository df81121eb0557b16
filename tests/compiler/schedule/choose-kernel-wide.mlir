// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=znver4}))' | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=znver5}))' | FileCheck %s --check-prefixes=CHECK,TWO
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=sapphirerapids}))' | FileCheck %s --check-prefixes=CHECK,TWO

// Processors that start two multiply-adds of 512 bits in a cycle wait longer for memory, in multiply-adds. Two blocks of filters share
// each pixel that is loaded.

// The same map with fewer products, or with a third of the filters' bytes.
// CHECK-LABEL: @filters_from_memory
func.func @filters_from_memory(%x: tensor<1x256x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<256x256x3x3xf32>)
    -> tensor<1x256x14x14xf32, #nn.blocked<16>> {
  // ONE: form = #nn.filter_form<winograd_f5>
  // TWO: form = #nn.filter_form<winograd_f3>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<256x256x3x3xf32>)
      -> tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x256x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x256x14x14xf32, #nn.blocked<16>>
  return %y : tensor<1x256x14x14xf32, #nn.blocked<16>>
}

// Transformed tiles that leave the second-level cache serve several blocks of filters at a time.
// CHECK-LABEL: @panels
func.func @panels(%x: tensor<1x256x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<256x256x3x3xf32>)
    -> tensor<1x256x56x56xf32, #nn.blocked<16>> {
  // ONE: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 14, registers = 14, tasks = 8>
  // TWO: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 14, registers = 14, tasks = 8, panel = 8, filters = 2>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<256x256x3x3xf32>)
      -> tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x256x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x256x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x256x56x56xf32, #nn.blocked<16>>
}

// Where neither map nor weights stay in the second-level cache, what is read again is the smaller amount: 32 times the map, or
// half as often with two blocks of filters in a tile, or 26 times the weights.
// CHECK-LABEL: @many_channels
func.func @many_channels(%x: tensor<1x1024x19x19xf32, #nn.blocked<16>>, %w: tensor<512x1024x1x1xf32>) -> tensor<1x512x19x19xf32, #nn.blocked<16>> {
  // CHECK: nn.pack_filter
  // ONE: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 8>
  // TWO: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 14, order = filters_outer, tasks = 8, filters = 2>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<512x1024x1x1xf32>)
      -> tensor<512x1024x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x1024x19x19xf32, #nn.blocked<16>>, tensor<512x1024x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x19x19xf32, #nn.blocked<16>>
  return %y : tensor<1x512x19x19xf32, #nn.blocked<16>>
}

// The second block has eight filters, computed in pairs of channels: nothing to share, and registers for pixels on their way.
// CHECK-LABEL: @one_and_a_half
func.func @one_and_a_half(%x: tensor<1x64x28x28xf32, #nn.blocked<16>>, %w: tensor<24x64x1x1xf32>) -> tensor<1x24x28x28xf32, #nn.blocked<16>> {
  // CHECK: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 24, order = filters_outer, tasks = {{[0-9]+}}>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<tail>, block = 16 : i64} : (tensor<24x64x1x1xf32>)
      -> tensor<24x64x1x1xf32, #nn.packed<tail, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x64x28x28xf32, #nn.blocked<16>>, tensor<24x64x1x1xf32, #nn.packed<tail, groups = 1, block = 16>>)
      -> tensor<1x24x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x24x28x28xf32, #nn.blocked<16>>
}

// Of a block of filters six exist: a lane for each pixel of a row leaves fewer lanes empty.
// CHECK-LABEL: @few_filters
func.func @few_filters(%x: tensor<1x1x32x32xf32, #nn.blocked<1>>, %w: tensor<6x1x5x5xf32>) -> tensor<1x6x28x28xf32, #nn.blocked<16>> {
  // CHECK: nn.conv{{.*}}#kernel.schedule<rows = {{[0-9]+}}, columns = {{[0-9]+}}, order = filters_outer, tasks = 1, lanes = pixels>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<planar>, block = 16 : i64} : (tensor<6x1x5x5xf32>)
      -> tensor<6x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x1x32x32xf32, #nn.blocked<1>>, tensor<6x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>)
      -> tensor<1x6x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x6x28x28xf32, #nn.blocked<16>>
}

// Half a block. With one multiply-add of 512 bits in a cycle it is computed in half the time.
// CHECK-LABEL: @half_a_block
func.func @half_a_block(%x: tensor<1x1x32x32xf32, #nn.blocked<1>>, %w: tensor<8x1x5x5xf32>) -> tensor<1x8x28x28xf32, #nn.blocked<16>> {
  // ONE: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 1>
  // TWO: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 1, lanes = pixels>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<planar>, block = 16 : i64} : (tensor<8x1x5x5xf32>)
      -> tensor<8x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x1x32x32xf32, #nn.blocked<1>>, tensor<8x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>)
      -> tensor<1x8x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x8x28x28xf32, #nn.blocked<16>>
}

// Sixteen filters fill their lanes.
// CHECK-LABEL: @a_block_of_filters
func.func @a_block_of_filters(%x: tensor<1x1x32x32xf32, #nn.blocked<1>>, %w: tensor<16x1x5x5xf32>) -> tensor<1x16x28x28xf32, #nn.blocked<16>> {
  // CHECK: nn.conv{{.*}}#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 2>
  %p = nn.pack_filter(%w) {form = #nn.filter_form<planar>, block = 16 : i64} : (tensor<16x1x5x5xf32>)
      -> tensor<16x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x1x32x32xf32, #nn.blocked<1>>, tensor<16x1x5x5xf32, #nn.packed<planar, groups = 1, block = 16>>)
      -> tensor<1x16x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x16x28x28xf32, #nn.blocked<16>>
}

// The map stays in the second-level cache while all filters pass, though two blocks of theirs fill more than half of it.
// CHECK-LABEL: @map_stays
func.func @map_stays(%x: tensor<1x512x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<512x512x3x3xf32>)
    -> tensor<1x512x7x7xf32, #nn.blocked<16>> {
  // TWO: nn.conv{{.*}}order = filters_outer
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<512x512x3x3xf32>)
      -> tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x512x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x512x7x7xf32, #nn.blocked<16>>
}

// One that does not passes once.
// CHECK-LABEL: @neither_stays
func.func @neither_stays(%x: tensor<1x512x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<512x512x3x3xf32>)
    -> tensor<1x512x14x14xf32, #nn.blocked<16>> {
  // TWO: nn.conv{{.*}}order = pixels_outer
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<512x512x3x3xf32>)
      -> tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x512x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x14x14xf32, #nn.blocked<16>>
  return %y : tensor<1x512x14x14xf32, #nn.blocked<16>>
}

// Rows of a matrix are such pixels, too.
// CHECK-LABEL: @rows_of_a_matrix
func.func @rows_of_a_matrix(%a: tensor<56x1000xf32>, %b: tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32> {
  // ONE: rows = 28, columns = 1, order = filters_outer, tasks = {{[0-9]+}}>
  // TWO: rows = 14, columns = 1, order = filters_outer, tasks = {{[0-9]+}}, filters = 2>
  %y = nn.gemm(%a, %b) : (tensor<56x1000xf32>, tensor<1000x64xf32, #nn.packed<gemm, groups = 1, block = 16>>) -> tensor<56x64xf32>
  return %y : tensor<56x64xf32>
}
