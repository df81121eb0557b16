// Ops that the schedule adds: they change how a tensor is stored, never its elements.
#ifndef KILN_DIALECTS_NN_NNLAYOUTOPS_TD
#define KILN_DIALECTS_NN_NNLAYOUTOPS_TD

include "dialects/nn/NnAttributes.td"

def Nn_RelayoutOp : Nn_Op<"relayout"> {
  let summary = "The same tensor in another layout";
  let description = [{
    Converts between encodings: plain, planar with a border, channel blocks. assign-layout creates it; nn-to-kernel removes it.
    Verifier rules:
    - RL1: input and result differ in their encoding only
  }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Nn_PackFilterOp : Nn_InferOp<"pack_filter"> {
  let summary = "A filter in the order in which a kernel reads it";
  let description = [{
    The result has the shape of the filter and the encoding `#nn.packed`, which describes the buffer.
    assign-layout creates it; on constants it becomes part of the weights program. Verifier rules:
    - PF1: filter rank is from 3 to 5; 2 for gemm; from 2 for planar, where rank 2 is an N x K matrix; block is from 1
      to 1024; no size is 0
    - PF2: groups divides the number of filters; it is 1 for gemm, the number of filters for depthwise; for planar a
      group has a multiple of half a block of filters, for grouped several groups fill a block and the filters of one are a
      multiple of its channels, for Winograd multiples of a block of filters and of channels, or is the only one
    - PF3: the result has the layout that form, groups and block say
    - PF4: a tail has a block that is split in halves: with one group one that is not full; with several, which then have an even
      number of channels each, one that has at most half its filters or those of several groups
    - PF5: for Winograd the filter has from 1 to 9 - m taps in height and width each, and not 1 in both
    - PF6: bits is 32; or 24 for f32, packed in one group as planar, gemm, or blocked with whole blocks of channels

    With 24 bits each element is rounded to the nearest float that `#nn.packed` describes, ties to even: 18 significant bits, an error of
    at most 2^-18 of the element. Below 2^-46 elements become 0, also where they meet an infinity; none may reach 2^16, be infinite or
    no number. round-weights asks for it.
  }];
  let arguments = (ins Nn_FloatTensor:$filter, Nn_FilterFormAttr:$form, DefaultValuedAttr<Nn_IntAttr, "1">:$groups, Nn_IntAttr:$block,
      DefaultValuedAttr<Nn_IntAttr, "32">:$bits);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $filter `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // KILN_DIALECTS_NN_NNLAYOUTOPS_TD
