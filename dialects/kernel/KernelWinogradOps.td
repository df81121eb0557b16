// Winograd convolution, in the kernel dialect.
#ifndef KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD
#define KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD

include "dialects/kernel/KernelBase.td"

def Kernel_WinogradOp : Kernel_Op<"winograd", [AttrSizedOperandSegments]> {
  let summary = "3x3 convolution by Winograd's minimal filtering, with a fused epilogue";
  let description = [{
    `out = activation(A^T [ sum over channels (G g G^T) (B^T d B) ] A + bias + residual)` for tiles of m x m output pixels, where d are
    the (m+2) x (m+2) input pixels that a tile needs and `filter` holds G g G^T as nn.pack_filter makes it for `form`, which says
    m. Strides, dilations and groups are 1. Buffers and origins are those of kernel.conv; where the last tiles overhang the
    map, what they would read outside does not matter and what they would write is dropped.

    Tiles are numbered row by row, image after image. For a block of tiles at a time, B^T d B goes to a slice of `transformed`,
    `[tasks][(m+2)^2][channel blocks * block, or more][16]`, the products of one block of filters to one of `products`,
    `[tasks][(m+2)^2][block, or more][16]`. Both are scratch memory of this op.

    A NaN or an infinity in the input reaches every pixel of the tiles that read it, and rounding errors are some times those of
    kernel.conv. choose-kernel decides for it, nn-to-kernel creates it.

    Verifier rules:
    - KN1: buffers have identity layouts, the ranks of their roles, f32 elements and no empty dimension
    - KN2: form is a Winograd form; out_size has three positive entries, origin, out_origin, residual_origin three from 0 up;
      the depth of the output is 1
    - KN3: every tap of every output pixel lies inside the input buffer
    - KN4: output, residual and bias agree with the filter's blocks and the batch; out_size fits output and residual
    - KN5: the input and the filter agree with channels and filters
    - KN6: transformed and products have a slice for each task, with room for a block of tiles
  }];
  let arguments = (ins Kernel_In:$input, Kernel_In:$filter, Kernel_OptionalIn:$bias, Kernel_OptionalIn:$residual,
      Kernel_Out:$output, Kernel_Scratch:$transformed, Kernel_Scratch:$products, Nn_FilterFormAttr:$form,
      Nn_IntAttr:$channels, Nn_IntAttr:$filters, DenseI64ArrayAttr:$origin, DenseI64ArrayAttr:$out_size,
      DenseI64ArrayAttr:$out_origin, DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0}">:$residual_origin,
      OptionalAttr<Nn_ActivationAttr>:$activation, Kernel_WinogradScheduleAttr:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $filter `)` (`bias` `(` $bias^ `)`)? (`residual` `(` $residual^ `)`)? `outs` `(` $output `)`
    `scratch` `(` $transformed `,` $products `)` attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

#endif // KILN_DIALECTS_KERNEL_KERNELWINOGRADOPS_TD
