// The ops of the kernel dialect.
#ifndef KILN_DIALECTS_KERNEL_KERNELOPS_TD
#define KILN_DIALECTS_KERNEL_KERNELOPS_TD

include "dialects/kernel/KernelBase.td"
include "dialects/kernel/KernelWinogradOps.td"

def Kernel_ConvOp : Kernel_Op<"conv", [AttrSizedOperandSegments]> {
  let summary = "Direct convolution with a fused epilogue";
  let description = [{
    `out = activation(conv(input, filter) + bias + residual)` on f32. The filter is packed as nn.pack_filter describes
    for `form`: `blocked`, `tail`, `depthwise` and `grouped` read a blocked input, `planar` a planar one; the output, the residual and
    the bias (`[ceil(K/16)*16]`) are blocked. `channels` counts the real input channels: what fills the last block is not
    read. Output pixel p is written at `out_origin + p * out_steps`. `origin` is where the first tap of output pixel 0
    lies in the input buffer (its border minus the pads). `border` has the widths in D, H, W, begins, then ends, of what holds
    zeros there: taps that a whole tile has in it may be left out.

    With a prologue, what a 1x1 convolution reads is computed on the way, so many rows at a time as fit a task's image of `scratch`:
    - of `scale` and `shift`: `max(0, input * scale + shift)`, batch normalisation and ReLU
    - of `depthwise`, a filter of form `depthwise` and its bias, if it has one: the depthwise convolution of the input, to which
      strides, dilations, origin and border belong then, with `depthwise_activation` and in tiles of `depthwise_schedule`

    Verifier rules:
    - KC1: buffers have identity layouts, the ranks of their forms, f32 elements and no empty dimension
    - KC2: strides, dilations, out_size, out_steps have three positive entries, origin, out_origin, residual_origin three
      from 0 up
    - KC3: every tap of every output pixel lies inside the input buffer
    - KC4: output, residual and bias agree with the filter's blocks and the batch; out_size fits output and residual
    - KC5: the input and the filter's input blocks agree with channels, filters and groups
    - KC6: a prologue has scale and shift, or depthwise, and scratch; the filter is blocked or has a tail, 1x1, of one group, the
      order pixels_outer; vectors have an entry for each channel of the input's blocks, scratch has the shape
      `[tasks][input blocks][1][rows][output width][16]`, with the rows of one tile, or of some where there is one image of one slice
    - KC7: blocks of filters that a tile computes together are of one group and not depthwise
    - KC8: lanes of pixels need a planar filter of one block and one group, stride 1 along the rows, and no residual
    - KC9: border has six entries that fit the input
    - KC10: a depthwise filter has a block for each of the input's; with it comes depthwise_schedule, of tiles of one row and one
      block, and without it no depthwise_activation; strides are 1 with scale and shift

    Example:
    ```mlir
    kernel.conv ins(%x, %w) bias(%b) outs(%y) {form = #nn.filter_form<blocked>, channels = 20 : i64, filters = 9 : i64,
        strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>,
        out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>, activation = #nn.activation<relu>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x2x1x6x6x16xf32>, memref<1x2x1x3x3x16x16xf32>, memref<16xf32>, memref<1x1x1x4x4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_In:$filter, Kernel_OptionalIn:$bias, Kernel_OptionalIn:$residual,
      Kernel_OptionalIn:$scale, Kernel_OptionalIn:$shift, Kernel_VariadicIn:$depthwise, Kernel_OptionalScratch:$scratch,
      Kernel_Out:$output,
      Nn_FilterFormAttr:$form, Nn_IntAttr:$channels, DefaultValuedAttr<Nn_IntAttr, "1">:$groups, Nn_IntAttr:$filters,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$origin,
      DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0, 0, 0}">:$border,
      DenseI64ArrayAttr:$out_size, DenseI64ArrayAttr:$out_origin,
      DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1, 1}">:$out_steps,
      DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0}">:$residual_origin,
      OptionalAttr<Nn_ActivationAttr>:$activation, OptionalAttr<Nn_ActivationAttr>:$depthwise_activation,
      Kernel_ScheduleAttr:$schedule, OptionalAttr<Kernel_ScheduleAttr>:$depthwise_schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $filter `)` (`bias` `(` $bias^ `)`)? (`residual` `(` $residual^ `)`)?
    (`prologue` `(` $scale^ `,` $shift `)`)? (`depthwise` `(` $depthwise^ `)`)? (`scratch` `(` $scratch^ `)`)?
    `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Taps in depth, height and width, with which the input is read.
    llvm::ArrayRef<int64_t> getTaps();
    /// The filter of a depthwise convolution in front, and its bias; null where there is none.
    mlir::Value getDepthwiseFilter() { return getDepthwise().empty() ? mlir::Value() : getDepthwise()[0]; }
    mlir::Value getDepthwiseBias() { return getDepthwise().size() < 2 ? mlir::Value() : getDepthwise()[1]; }
  }];
}

def Kernel_LocalConvOp : Kernel_Op<"local_conv"> {
  let summary = "Convolution with filters of its own for each output pixel";
  let description = [{
    The formula of nn.local_conv on blocked maps. The filter is P x T x K as there; its K values lie side by side and are
    read once, so that memory binds. `channels` counts the real input channels, `origin` as for kernel.conv.

    Verifier rules:
    - KLC1: input and output are blocked f32 with one batch, the filter has three dimensions of f32
    - KLC2: kernel, strides, dilations, out_size have three positive entries, origin and out_origin three from 0 up;
      out_size fits the output
    - KLC3: every tap of every output pixel lies inside the input buffer
    - KLC4: the filter has a position for each output pixel, a tap for each of channels and kernel, and the output's channels

    Example:
    ```mlir
    kernel.local_conv ins(%x, %w) outs(%y) {channels = 3 : i64, kernel = array<i64: 1, 3, 3>,
        strides = array<i64: 1, 1, 1>, dilations = array<i64: 1, 1, 1>, origin = array<i64: 0, 0, 0>,
        out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x1x1x6x6x16xf32>, memref<16x27x9xf32>, memref<1x1x1x4x4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_In:$filter, Kernel_Out:$output, Nn_IntAttr:$channels,
      DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$origin,
      DenseI64ArrayAttr:$out_size, DenseI64ArrayAttr:$out_origin, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `,` $filter `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_GemmOp : Kernel_Op<"gemm"> {
  let summary = "Matrix product with a packed right-hand side";
  let description = [{
    `out[M][N] = activation(a[M][K] * b + bias)` on f32 with b packed `[ceil(N/16)][K][16]` and bias `[ceil(N/16)*16]`. With one row
    it is a matrix-vector product, bound by the memory that holds b: several accumulators run along K. Also what a
    convolution becomes whose output is one pixel. N is the output's last size: lanes beyond it are not stored. b may have floats of
    24 bits, `[ceil(N/16)][ceil(K/4)][3][16]` words as `#nn.packed` has them.

    Verifier rules:
    - KG1: a and output have rank 2, b rank 3 with 16 lanes, bias rank 1, all f32; or b has rank 4 and i32
    - KG2: M, N and K agree; bias has 16 * ceil(N/16) entries

    Example:
    ```mlir
    kernel.gemm ins(%a, %b) outs(%y) {schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<3x8xf32>, memref<2x8x16xf32>, memref<3x20xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$a, Kernel_In:$b, Kernel_OptionalIn:$bias, Kernel_Out:$output,
      OptionalAttr<Nn_ActivationAttr>:$activation, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $a `,` $b `)` (`bias` `(` $bias^ `)`)? `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether b has floats of 24 bits.
    bool hasRoundedWeights();
  }];
}

def Kernel_PoolOp : Kernel_Op<"pool"> {
  let summary = "Maximum or mean over windows of a blocked feature map";
  let description = [{
    The window of output pixel p covers `p * strides - pads + i * dilations`; positions outside `in_size` do not take part.
    The mean divides by the positions that do, or with `count_include_pad` by those inside the padded input, whose extent
    is `in_size` plus `pads` (begins, then ends). A global pool has the whole map as its window.

    Verifier rules:
    - KP1: both buffers are blocked f32, with the same batch and channel blocks
    - KP2: kernel, strides, dilations, in_size, out_size have three positive entries, in_origin and out_origin three
      from 0 up, pads six
    - KP3: in_size and out_size fit their buffers from their origins

    Example:
    ```mlir
    kernel.pool ins(%x) outs(%y) {kind = #kernel.pool_kind<max>, kernel = array<i64: 1, 3, 3>,
        strides = array<i64: 1, 2, 2>, dilations = array<i64: 1, 1, 1>, pads = array<i64: 0, 1, 1, 0, 1, 1>,
        in_size = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>, out_size = array<i64: 1, 4, 4>,
        out_origin = array<i64: 0, 0, 0>, schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x2x1x8x8x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$output, Kernel_PoolKindAttr:$kind, DenseI64ArrayAttr:$kernel,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$in_size,
      DenseI64ArrayAttr:$in_origin, DenseI64ArrayAttr:$out_size, DenseI64ArrayAttr:$out_origin,
      DefaultValuedAttr<BoolAttr, "false">:$count_include_pad, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_LrnOp : Kernel_Op<"lrn"> {
  let summary = "Local response normalisation across the channels of a blocked feature map";
  let description = [{
    The formula of nn.lrn over `channels` real channels, on maps of `map` pixels in D, H, W.

    Verifier rules:
    - KL1: both buffers are blocked f32 with the same batch and channel blocks; map fits both from their origins
    - KL2: window is positive; channels fill the blocks

    Example:
    ```mlir
    kernel.lrn ins(%x) outs(%y) {channels = 20 : i64, window = 5 : i64, alpha = 1.0e-4 : f64, beta = 0.75 : f64,
        bias = 1.0 : f64, map = array<i64: 1, 4, 4>, in_origin = array<i64: 0, 0, 0>, out_origin = array<i64: 0, 0, 0>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x2x1x4x4x16xf32>, memref<1x2x1x4x4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$output, Nn_IntAttr:$channels, Nn_IntAttr:$window, F64Attr:$alpha,
      F64Attr:$beta, F64Attr:$bias, DenseI64ArrayAttr:$map, DenseI64ArrayAttr:$in_origin, DenseI64ArrayAttr:$out_origin,
      Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_ResampleOp : Kernel_Op<"resample"> {
  let summary = "Interpolation of a blocked feature map, dimension by dimension";
  let description = [{
    Output pixel (d, h, w) is the sum over the `taps` of D, H and W of the products of their weights with the input pixel at
    their indices. Both tables list D, then H, then W, and for each output position its taps. Without weights there is one
    tap, and pixels are copied.

    Verifier rules:
    - KS1: input and output are blocked f32 with the same batch and channel blocks
    - KS2: taps and out_size have three positive entries, in_origin and out_origin three from 0 up; out_size fits the output
    - KS3: indices are i32 and weights f32, with one entry a tap of each output position; without weights taps are 1

    Example:
    ```mlir
    kernel.resample ins(%x, %indices) outs(%y) {taps = array<i64: 1, 1, 1>, in_origin = array<i64: 0, 0, 0>,
        out_size = array<i64: 1, 4, 4>, out_origin = array<i64: 0, 0, 0>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x1x1x2x2x16xf32>, memref<9xi32>, memref<1x1x1x4x4x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_In:$indices, Kernel_OptionalIn:$weights, Kernel_Out:$output,
      DenseI64ArrayAttr:$taps, DenseI64ArrayAttr:$in_origin, DenseI64ArrayAttr:$out_size, DenseI64ArrayAttr:$out_origin,
      Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $indices (`,` $weights^)? `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Kernel_NonMaxSuppressionOp : Kernel_Op<"non_max_suppression"> {
  let summary = "The best boxes of each class that do not cover each other";
  let description = [{
    As nn.non_max_suppression, on planar buffers: boxes N x B x 4, scores N x C x B, selected M x 3, count 1. `rest` has a number for
    each box and holds what is left of one class.

    Verifier rules:
    - KM1: boxes, scores and rest are f32, selected and count i64, of these shapes

    Example:
    ```mlir
    kernel.non_max_suppression ins(%boxes, %scores) outs(%selected, %count, %rest) {max_per_class = 2 : i64,
        score_threshold = 0.25 : f64, iou_threshold = 0.45 : f64,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x5x4xf32>, memref<1x3x5xf32>, memref<7x3xi64>, memref<1xi64>, memref<5xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$boxes, Kernel_In:$scores, Kernel_Out:$selected, Kernel_Out:$count, Kernel_Out:$rest,
      Nn_IntAttr:$max_per_class, F64Attr:$score_threshold, F64Attr:$iou_threshold,
      DefaultValuedAttr<BoolAttr, "false">:$center_point_box, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $boxes `,` $scores `)` `outs` `(` $selected `,` $count `,` $rest `)` attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Kernel_TopKOp : Kernel_Op<"top_k"> {
  let summary = "The largest or smallest elements along the middle dimension, and where they lie";
  let description = [{
    As nn.top_k, on planar buffers: input A x N x B, values and positions A x K x B. Each of A x B rows is a unit of work.

    Verifier rules:
    - KTK1: the buffers have these shapes, K is from 1 to N, the elements are f32, f64, i32 or i64, positions i64

    Example:
    ```mlir
    kernel.top_k ins(%x) outs(%values, %positions) {
        schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
        : (memref<1x5x1xf32>, memref<1x3x1xf32>, memref<1x3x1xi64>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Scratch:$values, Kernel_Scratch:$positions,
      DefaultValuedAttr<BoolAttr, "true">:$largest, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `)` `outs` `(` $values `,` $positions `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Kernel_RoiAlignOp : Kernel_Op<"roi_align"> {
  let summary = "A small map of each region of a large one";
  let description = [{
    As nn.roi_align, on planar buffers: input N x C x H x W, rois R x 4, images R, output R x C x OH x OW. Each of R x OH rows of bins is
    a unit of work.

    Verifier rules:
    - KRA1: the buffers have these shapes; input, rois and output are f32, images i32 or i64

    Example:
    ```mlir
    kernel.roi_align ins(%x, %rois, %images) outs(%y) {
        schedule = #kernel.schedule<rows = 1, columns = 1, order = filters_outer, tasks = 1>}
        : (memref<2x3x8x8xf32>, memref<5x4xf32>, memref<5xi64>, memref<5x3x2x2xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_In:$rois, Kernel_In:$images, Kernel_Scratch:$output,
      DefaultValuedAttr<Nn_RoiModeAttr, "::kiln::nn::RoiMode::Average">:$mode, DefaultValuedAttr<Nn_IntAttr, "0">:$sampling_ratio,
      DefaultValuedAttr<F64Attr, "1.0">:$spatial_scale, DefaultValuedAttr<BoolAttr, "true">:$half_pixel, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $rois `,` $images `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Kernel_RelayoutOp : Kernel_Op<"relayout"> {
  let summary = "Copies a feature map between planar and blocked buffers";
  let description = [{
    Rank 5 is planar, rank 6 blocked. Lanes that fill the last block of a blocked output become 0. The border of the output is not
    touched.

    Verifier rules:
    - KR1: one buffer is planar and one blocked, of one batch and element type, with `channels` channels
    - KR2: map fits both buffers from their origins

    Example:
    ```mlir
    kernel.relayout ins(%x) outs(%y) {channels = 20 : i64, map = array<i64: 1, 8, 8>, in_origin = array<i64: 0, 0, 0>,
        out_origin = array<i64: 0, 1, 1>, schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<1x20x1x8x8xf32>, memref<1x2x1x10x10x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$output, Nn_IntAttr:$channels, DenseI64ArrayAttr:$map,
      DenseI64ArrayAttr:$in_origin, DenseI64ArrayAttr:$out_origin, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_PackFilterOp : Kernel_Op<"pack_filter"> {
  let summary = "Packs a filter as nn.pack_filter defines";
  let description = [{
    The source has five dimensions K x C/groups x KD x KH x KW, or two (K x N) for gemm. Part of the weights program,
    or of the network where its weights are run-time inputs. An output of i32 has floats of 24 bits.

    Verifier rules:
    - KF1: the output has the shape and element type that nn.pack_filter gives for form, groups and 16 lanes, in 32 or 24 bits

    Example:
    ```mlir
    kernel.pack_filter ins(%w) outs(%packed) {form = #nn.filter_form<gemm>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>}
        : (memref<8x20xf32>, memref<2x8x16xf32>) -> ()
    ```
  }];
  let arguments = (ins Kernel_In:$input, Kernel_Out:$output, Nn_FilterFormAttr:$form,
      DefaultValuedAttr<Nn_IntAttr, "1">:$groups, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`ins` `(` $input `)` `outs` `(` $output `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether the output has floats of 24 bits.
    bool isRounded();
  }];
}

def Kernel_FillBorderOp : Kernel_Op<"fill_border"> {
  let summary = "Writes zeros into the border of a feature map";
  let description = [{
    `border` has the widths in D, H, W: begins, then ends. The producer of a map that a padded convolution reads comes with one.

    Verifier rules:
    - KB1: the buffer is planar or blocked; border has six entries that fit it

    Example:
    ```mlir
    kernel.fill_border outs(%x) {border = array<i64: 0, 1, 1, 0, 1, 1>,
        schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>} : memref<1x2x1x8x8x16xf32>
    ```
  }];
  let arguments = (ins Kernel_Out:$buffer, DenseI64ArrayAttr:$border, Kernel_ScheduleAttr:$schedule);
  let assemblyFormat = "`outs` `(` $buffer `)` attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def Kernel_LaunchOp : Kernel_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel function in tasks";
  let description = [{
    Calls `@callee(operands..., task)` for every task from 0 to `tasks`, in any order and on any thread of the pool, and
    returns when all have ended. Created by outline-kernels, lowered to a call of the runtime's kiln_launch.

    Verifier rules:
    - KX1: callee is a function of the operands' types and an index
    - KX2: tasks is positive

    Example:
    ```mlir
    func.func private @net_kernel(memref<3x8xf32>, index)
    kernel.launch @net_kernel(%x) {tasks = 4 : i64} : (memref<3x8xf32>) -> ()
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<Kernel_Buffer>:$arguments, Nn_IntAttr:$tasks);
  let assemblyFormat = "$callee `(` $arguments `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Kernel_WeightOp : Kernel_Op<"weight", [Symbol]> {
  let summary = "One tensor of the weights section";
  let description = [{
    The tensor at byte `offset` (a multiple of 64) of the weights section. Its content is what function `prepare` makes of
    `sources`, or the only source itself where there is no function. `label` is the layer that uses it. split-weights creates it.

    Verifier rules:
    - KW1: offset is a non-negative multiple of 64
    - KW2: without a function there is one source, of the weight's type

    Example:
    ```mlir
    kernel.weight @w {type = tensor<2xf32>, offset = 64 : i64, sources = [dense<0.0> : tensor<2xf32>], label = "conv1"}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type, Nn_IntAttr:$offset, ArrayAttr:$sources,
      OptionalAttr<FlatSymbolRefAttr>:$prepare, StrAttr:$label);
  let assemblyFormat = "$sym_name attr-dict";
  let hasVerifier = 1;
}

def Kernel_WeightRefOp : Kernel_Op<"weight_ref", [Pure]> {
  let summary = "A tensor of the weights section, as a value";
  let description = [{
    Replaces a constant in an entry function. split-weights creates it; nn-to-kernel turns it into a view of the weights
    buffer.

    Example:
    ```mlir
    kernel.weight @w {type = tensor<2xf32>, offset = 0 : i64, sources = [dense<0.0> : tensor<2xf32>], label = "conv1"}
    %w = kernel.weight_ref @w : tensor<2xf32>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

#endif // KILN_DIALECTS_KERNEL_KERNELOPS_TD
