// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// A relayout changes no element.
func.func @relayout_reshapes(%x: tensor<1x20x4x4xf32>) {
  // expected-error @+1 {{input and result must differ in their layout only, but have types 'tensor<1x20x4x4xf32>' and 'tensor<1x20x16xf32>' [RL1]}}
  nn.relayout(%x) : (tensor<1x20x4x4xf32>) -> tensor<1x20x16xf32>
  return
}

// -----

// A convolution's filter has spatial dimensions.
func.func @pack_rank(%w: tensor<20x40xf32>) {
  // expected-error @+1 {{filter must have a rank from 3 to 5, but has 2 [PF1]}}
  nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<20x40xf32>) -> tensor<20x40xf32>
  return
}

// -----

// A matrix has none.
func.func @pack_gemm_rank(%w: tensor<20x40x1xf32>) {
  // expected-error @+1 {{filter must have a rank from 2 to 2, but has 3 [PF1]}}
  nn.pack_filter(%w) {form = #nn.filter_form<gemm>, block = 16 : i64} : (tensor<20x40x1xf32>) -> tensor<20x40x1xf32>
  return
}

// -----

// Blocks have a size.
func.func @pack_block(%w: tensor<20x40x1xf32>) {
  // expected-error @+1 {{block must be from 1 to 1024, but is 0 [PF1]}}
  nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 0 : i64} : (tensor<20x40x1xf32>) -> tensor<20x40x1xf32>
  return
}

// -----

// Groups have whole filters.
func.func @pack_groups(%w: tensor<20x40x1xf32>) {
  // expected-error @+1 {{groups (3) must divide the number of filters (20) [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64, groups = 3 : i64} : (tensor<20x40x1xf32>) -> tensor<20x40x1xf32>
  return
}

// -----

// A kernel that reads planes takes half a block of filters from one group.
func.func @pack_planar_groups(%w: tensor<20x40x1xf32>) {
  // expected-error @+1 {{the filters of a group (10) must be a multiple of 8 for planar [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<planar>, block = 16 : i64, groups = 2 : i64} : (tensor<20x40x1xf32>) -> tensor<20x40x1xf32>
  return
}

// -----

// A matrix has no groups.
func.func @pack_gemm_groups(%w: tensor<20x40xf32>) {
  // expected-error @+1 {{groups must be 1 for gemm, but is 2 [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<gemm>, block = 16 : i64, groups = 2 : i64} : (tensor<20x40xf32>) -> tensor<20x40xf32>
  return
}

// -----

// Pairs of channels belong to one group.
func.func @pack_tail_of_odd_groups(%w: tensor<24x3x1xf32>) {
  // expected-error @+1 {{24 filters in 3 groups of 3 channels have no tail [PF4]}}
  nn.pack_filter(%w) {form = #nn.filter_form<tail>, groups = 3 : i64, block = 16 : i64} : (tensor<24x3x1xf32>) -> tensor<24x3x1xf32>
  return
}

// -----

// Filters that fill their blocks leave no tail.
func.func @pack_tail_full(%w: tensor<32x40x1xf32>) {
  // expected-error @+1 {{32 filters in 1 groups of 40 channels have no tail [PF4]}}
  nn.pack_filter(%w) {form = #nn.filter_form<tail>, block = 16 : i64} : (tensor<32x40x1xf32>) -> tensor<32x40x1xf32>
  return
}

// -----

// Depthwise filters see one channel.
func.func @pack_depthwise(%w: tensor<20x2x1xf32>) {
  // expected-error @+1 {{groups (20) must be the number of filters (20) of one channel for depthwise [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<depthwise>, block = 16 : i64, groups = 20 : i64} : (tensor<20x2x1xf32>) -> tensor<20x2x1xf32>
  return
}

// -----

// Groups that do not fill a block of filters.
func.func @pack_grouped(%w: tensor<18x3x3xf32>) {
  // expected-error @+1 {{several groups must fill a block of 16 filters, and the filters of a group (3) be a multiple of its channels (3) for grouped [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<grouped>, block = 16 : i64, groups = 6 : i64} : (tensor<18x3x3xf32>) -> tensor<18x3x3xf32>
  return
}

// -----

// Blocks hold at least one channel.
// expected-error @+1 {{block must be from 1 to 1024, but is 0 [BL1]}}
func.func private @empty_block(tensor<1x20x4x4xf32, #nn.blocked<0>>)

// -----

// A border has a begin and an end in each dimension.
// expected-error @+1 {{border must have begins and ends that are not negative [BL2]}}
func.func private @half_a_border(tensor<1x20x4x4xf32, #nn.blocked<16, border = [1]>>)

// -----

// A border surrounds the spatial dimensions.
// expected-error @+1 {{border must have two entries for each of 2 spatial dimensions, but has 2 [BL2]}}
func.func private @border_of_another_rank(tensor<1x20x4x4xf32, #nn.blocked<16, border = [1, 1]>>)

// -----

// A scalar has nothing to block.
// expected-error @+1 {{a scalar has no channels to lay out in blocks [BL3]}}
func.func private @scalar(tensor<f32, #nn.blocked<16>>)

// -----

// The result of packing says how it is packed.
func.func @pack_into_nothing(%w: tensor<20x2x1xf32>) {
  // expected-error @+1 {{result must have the layout #nn.packed<blocked, groups = 1, block = 16> [PF3]}}
  nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64} : (tensor<20x2x1xf32>) -> tensor<20x2x1xf32>
  return
}

// -----

// A layout that is written by hand obeys the rules of packing.
// expected-error @+1 {{groups (0) must divide the number of filters (20) [PF2]}}
func.func private @layout_without_groups(tensor<20x2x1xf32, #nn.packed<blocked, groups = 0, block = 16>>)

// -----

// The rounding errors of Winograd's matrices grow with the extent of tiles and taps.
func.func @winograd_of_six_taps(%w: tensor<20x40x6x3xf32>) {
  // expected-error @+1 {{taps must be at most 5 in height and width, and more than one in all, for winograd_f4, but the filter is 20x40x6x3 [PF5]}}
  nn.pack_filter(%w) {form = #nn.filter_form<winograd_f4>, block = 16 : i64} : (tensor<20x40x6x3xf32>) -> tensor<20x40x6x3xf32>
  return
}

// -----

// One tap leaves nothing to save.
func.func @winograd_of_one_tap(%w: tensor<20x40x1x1xf32>) {
  // expected-error @+1 {{taps must be at most 7 in height and width, and more than one in all, for winograd_f2, but the filter is 20x40x1x1 [PF5]}}
  nn.pack_filter(%w) {form = #nn.filter_form<winograd_f2>, block = 16 : i64} : (tensor<20x40x1x1xf32>) -> tensor<20x40x1x1xf32>
  return
}

// -----

// The algorithm has nothing to gain in depth.
func.func @winograd_of_depth(%w: tensor<20x40x3x1x1xf32>) {
  // expected-error @+1 {{and more than one in all, for winograd_f2, but the filter is 20x40x3x1x1 [PF5]}}
  nn.pack_filter(%w) {form = #nn.filter_form<winograd_f2>, block = 16 : i64} : (tensor<20x40x3x1x1xf32>) -> tensor<20x40x3x1x1xf32>
  return
}

// -----

// A block of filters of a Winograd convolution reads whole blocks of channels.
func.func @winograd_of_groups(%w: tensor<20x40x3x3xf32>) {
  // expected-error @+1 {{the filters and channels of a group (10, 40) must be multiples of 16 for winograd_f2 [PF2]}}
  nn.pack_filter(%w) {form = #nn.filter_form<winograd_f2>, block = 16 : i64, groups = 2 : i64} : (tensor<20x40x3x3xf32>) -> tensor<20x40x3x3xf32>
  return
}

// -----

// Only what dense layers read is rounded.
func.func @rounded_depthwise(%w: tensor<20x1x3x3xf32>) {
  // expected-error @+1 {{bits must be 32, or 24 for f32 packed in one group as planar, gemm, or blocked with whole blocks of channels, but is 24 [PF6]}}
  nn.pack_filter(%w) {form = #nn.filter_form<depthwise>, block = 16 : i64, groups = 20 : i64, bits = 24 : i64} : (tensor<20x1x3x3xf32>) -> tensor<20x1x3x3xf32>
  return
}

// -----

// What fills a block of channels is no row of a matrix.
func.func @rounded_part_of_block(%w: tensor<20x40x3x3xf32>) {
  // expected-error @+1 {{bits must be 32, or 24 for f32 packed in one group as planar, gemm, or blocked with whole blocks of channels, but is 24 [PF6]}}
  nn.pack_filter(%w) {form = #nn.filter_form<blocked>, block = 16 : i64, bits = 24 : i64} : (tensor<20x40x3x3xf32>) -> tensor<20x40x3x3xf32>
  return
}

// -----

// The result says how it is stored.
func.func @rounded_into_whole(%w: tensor<40x20xf32>) {
  // expected-error @+1 {{result must have the layout #nn.packed<gemm, groups = 1, block = 16, bits = 24> [PF3]}}
  nn.pack_filter(%w) {form = #nn.filter_form<gemm>, block = 16 : i64, bits = 24 : i64} : (tensor<40x20xf32>) -> tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16>>
  return
}

// -----

// There are two widths.
// expected-error @+1 {{bits must be 32, or 24 for f32 packed in one group as planar, gemm, or blocked with whole blocks of channels, but is 16 [PF6]}}
func.func private @sixteen_bits(tensor<40x20xf32, #nn.packed<gemm, groups = 1, block = 16, bits = 16>>)

// -----

// Doubles keep their bits.
// expected-error @+1 {{bits must be 32, or 24 for f32 packed in one group as planar, gemm, or blocked with whole blocks of channels, but is 24 [PF6]}}
func.func private @rounded_doubles(tensor<40x20xf64, #nn.packed<gemm, groups = 1, block = 16, bits = 24>>)
