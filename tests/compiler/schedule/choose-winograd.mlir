// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4}))' | FileCheck %s --check-prefixes=CHECK,AUTO
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4 winograd=f4}))' | FileCheck %s --check-prefixes=CHECK,F4
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v4 winograd=off}))' | FileCheck %s --check-prefixes=CHECK,OFF
// RUN: kiln-opt %s --pass-pipeline='builtin.module(func.func(schedule-choose-kernel{target=x86-64-v3}))' | FileCheck %s --check-prefix=AVX2

// Nine tiles of 5x5 take fewer multiplications than 16 of 4x4. The filter is packed for the algorithm.
// CHECK-LABEL: @map_of_14
func.func @map_of_14(%x: tensor<1x256x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<256x256x3x3xf32>)
    -> tensor<1x256x14x14xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter(%{{.*}}) {{{.*}}form = #nn.filter_form<winograd_f5>{{.*}}} {{.*}} -> tensor<256x256x3x3xf32, #nn.packed<winograd_f5, groups = 1, block = 16>>
  // AUTO-NOT: nn.pack_filter
  // AUTO: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 9, registers = 9
  // OFF: nn.pack_filter(%{{.*}}) {{{.*}}form = #nn.filter_form<blocked>
  // OFF: nn.conv{{.*}}kernel.schedule = #kernel.schedule<
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<256x256x3x3xf32>)
      -> tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x256x14x14xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<256x256x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x256x14x14xf32, #nn.blocked<16>>
  return %y : tensor<1x256x14x14xf32, #nn.blocked<16>>
}

// Every block of tiles streams all filters: one large block does it once, and panels of filters share its transformed tiles.
// CHECK-LABEL: @many_filters
func.func @many_filters(%x: tensor<1x512x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<512x512x3x3xf32>)
    -> tensor<1x512x28x28xf32, #nn.blocked<16>> {
  // AUTO: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 49, registers = 25, tasks = 8, panel = 4>
  // F4: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 49, registers = 25, tasks = 8, panel = 4>
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<512x512x3x3xf32>)
      -> tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x512x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x512x28x28xf32, #nn.blocked<16>>
}

// Transformed filters of four tiles would take most of the time to load: the kernel transforms them itself. With half as many
// registers it cannot, and smaller tiles have smaller filters.
// CHECK-LABEL: @map_of_7
// AVX2-LABEL: @map_of_7
func.func @map_of_7(%x: tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<512x512x3x3xf32>)
    -> tensor<1x512x7x7xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter{{.*}} -> tensor<512x512x3x3xf32, #nn.packed<blocked
  // AUTO: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 8, filterTile = 4>
  // F4: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 8, filterTile = 4>
  // OFF-NOT: winograd
  // AVX2: nn.pack_filter{{.*}} -> tensor<512x512x3x3xf32, #nn.packed<winograd_f2
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<512x512x3x3xf32>)
      -> tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<512x512x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x512x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x512x7x7xf32, #nn.blocked<16>>
}

// Transforms cost more than they save.
// CHECK-LABEL: @few_channels
func.func @few_channels(%x: tensor<1x16x4x4xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<16x16x3x3xf32>)
    -> tensor<1x16x4x4xf32, #nn.blocked<16>> {
  // AUTO-NOT: winograd
  // F4: winograd_f4
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<16x16x3x3xf32>)
      -> tensor<16x16x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x16x4x4xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<16x16x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x16x4x4xf32, #nn.blocked<16>>
  return %y : tensor<1x16x4x4xf32, #nn.blocked<16>>
}

// The algorithm is for stride 1.
// CHECK-LABEL: @strided
func.func @strided(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<64x64x3x3xf32>)
    -> tensor<1x64x28x28xf32, #nn.blocked<16>> {
  // CHECK-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<64x64x3x3xf32>)
      -> tensor<64x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<64x64x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x64x28x28xf32, #nn.blocked<16>>
}

// A block of filters reads the channels of its group.
// CHECK-LABEL: @grouped
func.func @grouped(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<64x32x3x3xf32>)
    -> tensor<1x64x56x56xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter{{.*}}winograd_{{.*}}groups = 2
  // F4: winograd_f4
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, groups = 2 : i64, block = 16 : i64} : (tensor<64x32x3x3xf32>)
      -> tensor<64x32x3x3xf32, #nn.packed<blocked, groups = 2, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<64x32x3x3xf32, #nn.packed<blocked, groups = 2, block = 16>>)
      -> tensor<1x64x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x64x56x56xf32, #nn.blocked<16>>
}

// Slices of the depth are maps of their own, and taps in depth are like channels.
// CHECK-LABEL: @depth
func.func @depth(%x: tensor<1x64x8x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1, 1, 1]>>, %w: tensor<64x64x3x3x3xf32>)
    -> tensor<1x64x8x28x28xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter{{.*}}winograd_f6
  // F4: winograd_f4
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<64x64x3x3x3xf32>)
      -> tensor<64x64x3x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1, 1>, pads = array<i64: 1, 1, 1, 1, 1, 1>, dilations = array<i64: 1, 1, 1>, groups = 1 : i64}
      : (tensor<1x64x8x28x28xf32, #nn.blocked<16, border = [1, 1, 1, 1, 1, 1]>>, tensor<64x64x3x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x8x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x64x8x28x28xf32, #nn.blocked<16>>
}

// Taps in depth alone have nothing to gain.
// CHECK-LABEL: @taps_in_depth
func.func @taps_in_depth(%x: tensor<1x64x8x28x28xf32, #nn.blocked<16, border = [1, 0, 0, 1, 0, 0]>>, %w: tensor<64x64x3x1x1xf32>)
    -> tensor<1x64x8x28x28xf32, #nn.blocked<16>> {
  // CHECK-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<64x64x3x1x1xf32>)
      -> tensor<64x64x3x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1, 1>, pads = array<i64: 1, 0, 0, 1, 0, 0>, dilations = array<i64: 1, 1, 1>, groups = 1 : i64}
      : (tensor<1x64x8x28x28xf32, #nn.blocked<16, border = [1, 0, 0, 1, 0, 0]>>, tensor<64x64x3x1x1xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x8x28x28xf32, #nn.blocked<16>>
  return %y : tensor<1x64x8x28x28xf32, #nn.blocked<16>>
}

// Groups that share a block of channels have no matrix products of their own.
// CHECK-LABEL: @narrow_groups
func.func @narrow_groups(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<64x8x3x3xf32>)
    -> tensor<1x64x56x56xf32, #nn.blocked<16>> {
  // CHECK-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, groups = 8 : i64, block = 16 : i64} : (tensor<64x8x3x3xf32>)
      -> tensor<64x8x3x3xf32, #nn.packed<blocked, groups = 8, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 8 : i64}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<64x8x3x3xf32, #nn.packed<blocked, groups = 8, block = 16>>)
      -> tensor<1x64x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x64x56x56xf32, #nn.blocked<16>>
}

// Five taps reach as far with tiles of four as three with tiles of six.
// CHECK-LABEL: @five_taps
func.func @five_taps(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [2, 2, 2, 2]>>, %w: tensor<64x64x5x5xf32>)
    -> tensor<1x64x56x56xf32, #nn.blocked<16>> {
  // AUTO: winograd_f4
  // F4: winograd_f4
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<64x64x5x5xf32>)
      -> tensor<64x64x5x5xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 2, 2, 2, 2>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [2, 2, 2, 2]>>, tensor<64x64x5x5xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x64x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x64x56x56xf32, #nn.blocked<16>>
}

// Seven taps would reach too far for tiles of four; a smaller tile is not what was asked for.
// CHECK-LABEL: @seven_taps_in_a_row
func.func @seven_taps_in_a_row(%x: tensor<1x192x17x17xf32, #nn.blocked<16, border = [0, 3, 0, 3]>>, %w: tensor<192x192x1x7xf32>)
    -> tensor<1x192x17x17xf32, #nn.blocked<16>> {
  // AUTO: winograd_f2
  // F4-NOT: winograd
  // OFF-NOT: winograd
  %p = nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<192x192x1x7xf32>)
      -> tensor<192x192x1x7xf32, #nn.packed<blocked, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 0, 3, 0, 3>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x192x17x17xf32, #nn.blocked<16, border = [0, 3, 0, 3]>>, tensor<192x192x1x7xf32, #nn.packed<blocked, groups = 1, block = 16>>)
      -> tensor<1x192x17x17xf32, #nn.blocked<16>>
  return %y : tensor<1x192x17x17xf32, #nn.blocked<16>>
}

// Filters that do not fill their last block need not keep to the form that the direct kernel would read.
// CHECK-LABEL: @tail
func.func @tail(%x: tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<24x64x3x3xf32>)
    -> tensor<1x24x56x56xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter{{.*}} -> tensor<24x64x3x3xf32, #nn.packed<winograd_f4
  // F4: nn.pack_filter{{.*}} -> tensor<24x64x3x3xf32, #nn.packed<winograd_f4
  // OFF: nn.pack_filter{{.*}} -> tensor<24x64x3x3xf32, #nn.packed<tail
  %p = nn.pack_filter(%w) {form = #nn.filter_form<tail>, block = 16 : i64} : (tensor<24x64x3x3xf32>)
      -> tensor<24x64x3x3xf32, #nn.packed<tail, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<24x64x3x3xf32, #nn.packed<tail, groups = 1, block = 16>>)
      -> tensor<1x24x56x56xf32, #nn.blocked<16>>
  return %y : tensor<1x24x56x56xf32, #nn.blocked<16>>
}

// A kernel that transforms the filter itself reads whole blocks.
// CHECK-LABEL: @tail_on_map_of_7
func.func @tail_on_map_of_7(%x: tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, %w: tensor<504x512x3x3xf32>)
    -> tensor<1x504x7x7xf32, #nn.blocked<16>> {
  // AUTO: nn.pack_filter{{.*}} -> tensor<504x512x3x3xf32, #nn.packed<blocked
  // AUTO: nn.conv{{.*}}kernel.schedule = #kernel.winograd_schedule<block = 4, registers = 4, tasks = 8, filterTile = 4>
  // OFF: nn.pack_filter{{.*}} -> tensor<504x512x3x3xf32, #nn.packed<tail
  %p = nn.pack_filter(%w) {form = #nn.filter_form<tail>, block = 16 : i64} : (tensor<504x512x3x3xf32>)
      -> tensor<504x512x3x3xf32, #nn.packed<tail, groups = 1, block = 16>>
  %y = nn.conv(%x, %p) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
      : (tensor<1x512x7x7xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>, tensor<504x512x3x3xf32, #nn.packed<tail, groups = 1, block = 16>>)
      -> tensor<1x504x7x7xf32, #nn.blocked<16>>
  return %y : tensor<1x504x7x7xf32, #nn.blocked<16>>
}
