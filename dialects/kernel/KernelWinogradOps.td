// Winograd convolution, in the kernel dialect.
#ifndef KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD
#define KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD

include "dialects/kernel/KernelBase.td"

def Kernel_WinogradOp : Kernel_Op<"winograd", [AttrSizedOperandSegments]> {
  let summary = "Convolution by Winograd's minimal filtering, with a fused epilogue";
  let description = [{
    `out = activation(A^T [ sum over depth taps and channels (G g G^T) (B^T d B) ] A + bias + residual)` for tiles of m x m output
    pixels, where d are the (m+KH-1) x (m+KW-1) input pixels that a tile needs at a tap in depth and `filter` holds G g G^T as
    nn.pack_filter makes it for `form`, which says m, and `taps`, KD, KH and KW, or where the schedule has a filterTile g itself,
    blocked. In a dimension with one tap the tiles are one pixel wide. Strides and dilations are 1. Buffers and origins are those of
    kernel.conv; where the last tiles overhang the map, what they would read outside does not matter and what they would write is
    dropped.

    `border` is that of kernel.conv: taps in depth that a whole block of tiles has in it are left out.

    Tiles are numbered row by row, slice after slice of the depth, image after image. For a block of tiles at a time, B^T d B goes to
    a slice of `transformed`, `[tasks][points][KD * channel blocks * block, or more][16]` with a point for each pixel of d, the
    products of a panel of filter blocks to one of `products`, `[tasks][panel * points][block, or more][16]`. Both are scratch memory
    of this op, and tasks have blocks of tiles. Without `input`, kernel.winograd_input has filled each slice of `transformed` with the
    only block of tiles, tasks have blocks of filters, and each slice serves as many tasks, in order.

    With `pool` p above 1 the greatest sum of each p x p pixels, which lie side by side, takes the place of the sum: the output is that
    of a max pool with strides p, and pixels that fill no window are dropped. The activation must not fall anywhere.

    A NaN or an infinity in the input reaches every pixel of the tiles that read it, and rounding errors are some times those of
    kernel.conv. choose-kernel decides for it, nn-to-kernel creates it.

    Verifier rules:
    - KN1: buffers have identity layouts, the ranks of their roles, f32 elements and no empty dimension
    - KN2: form is a Winograd form, taps are three numbers, of which it has matrices for the last two; out_size has three positive
      entries, origin, out_origin, residual_origin three from 0 up
    - KN3: every tap of every output pixel lies inside the input buffer
    - KN4: output, residual and bias agree with the filter's blocks and the batch; out_size fits output and residual
    - KN5: the input and the filter agree with channels, filters and groups, which have whole blocks of channels and
      filters or are one
    - KN6: transformed and products have a slice for each task, with room for a block of tiles; where there is no input,
      transformed has a number of slices that divides the tasks
    - KN7: without input the block has all tiles
    - KN8: pool is positive and divides the sides of a tile; above 1 there is no residual and neither hard_swish nor swish
    - KN9: blocks of filters whose products are computed together are of one group
    - KN10: the schedule's filterTile is 0 or the form's, which takes one tap in depth
    - KN11: border has six entries that fit the input

    Example:
    ```mlir
    kernel.winograd ins(%w) input(%x) bias(%b) outs(%y) scratch(%transformed, %products) {
        form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>, channels = 20 : i64, filters = 9 : i64,
        origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
        schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>}
        : (memref<1x36x20x16xf32>, memref<1x2x1x6x6x16xf32>, memref<16xf32>, memref<1x1x1x4x4x16xf32>,
           memref<2x36x3x16xf32>, memref<2x36x1x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$filter, Kernel_OptionalIn:$input, Kernel_OptionalIn:$bias, Kernel_OptionalIn:$residual,
      Kernel_Out:$output, Kernel_Scratch:$transformed, Kernel_Scratch:$products, Nn_FilterFormAttr:$form,
      DenseI64ArrayAttr:$taps, Nn_IntAttr:$channels, DefaultValuedAttr<Nn_IntAttr, "1">:$groups, Nn_IntAttr:$filters,
      DenseI64ArrayAttr:$origin, DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0, 0, 0}">:$border,
      DenseI64ArrayAttr:$out_size, DenseI64ArrayAttr:$out_origin,
      DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0}">:$residual_origin,
      DefaultValuedAttr<Nn_IntAttr, "1">:$pool, OptionalAttr<Nn_ActivationAttr>:$activation,
      Kernel_WinogradScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $filter `)` (`input` `(` $input^ `)`)? (`bias` `(` $bias^ `)`)? (`residual` `(` $residual^ `)`)? `outs` `(` $output `)`
    `scratch` `(` $transformed `,` $products `)` attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    nn::WinogradSizes getSizes() { return {getForm(), getTaps()}; }
    /// Whether the filter is blocked and transformed on the way.
    bool transformsFilter() { return getSchedule().getFilterTile() != 0; }
    /// Whether the greatest of some activations is the activation of the greatest: it falls nowhere. Null is none.
    static bool allowsPool(nn::ActivationAttr activation);
  }];
  let hasVerifier = 1;
}

def Kernel_WinogradInputOp : Kernel_Op<"winograd_input"> {
  let summary = "B^T d B of all tiles of a feature map";
  let description = [{
    What kernel.winograd of the same form, taps, origin, out_size and block computes from its input, for a map of few
    tiles whose convolution is split by filters: `transformed` is `[copies][points][KD * channel blocks * block, or more][16]`.
    Tasks have blocks of channels of taps in depth, copy after copy: the threads that take the first half of the tasks write the
    first of two copies and read it in kernel.winograd, so that less goes from the cache of one core to that of another. nn-to-kernel
    creates it in front of a kernel.winograd without input.

    Verifier rules:
    - KT1: input is blocked, transformed has rank 4 with 16 lanes, both hold f32; form is a Winograd form, taps
      are three numbers, of which it has matrices for the last two
    - KT2: out_size has three positive entries, origin three from 0 up; every tap of every output pixel lies inside the
      input buffer
    - KT3: transformed has a number of slices that divides the tasks, with room for a block of tiles; the block has all tiles

    Example:
    ```mlir
    kernel.winograd_input ins(%x) outs(%transformed) {form = #nn.filter_form<winograd_f4>, taps = array<i64: 1, 3, 3>,
        origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
        schedule = #kernel.winograd_schedule<block = 1, registers = 1, tasks = 2>}
        : (memref<1x2x1x6x6x16xf32>, memref<1x36x3x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$transformed, Nn_FilterFormAttr:$form, DenseI64ArrayAttr:$taps,
      DenseI64ArrayAttr:$origin, DenseI64ArrayAttr:$out_size, Kernel_WinogradScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $transformed `)` attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    nn::WinogradSizes getSizes() { return {getForm(), getTaps()}; }
  }];
  let hasVerifier = 1;
}

#endif // KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD
