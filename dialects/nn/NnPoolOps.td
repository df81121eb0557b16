// Pooling over windows and over whole maps.
#ifndef KILN_DIALECTS_NN_NNPOOLOPS_TD
#define KILN_DIALECTS_NN_NNPOOLOPS_TD

include "dialects/nn/NnAttributes.td"

class Nn_PoolOp<string mnemonic, dag extra, Type tensor> : Nn_InferOp<mnemonic> {
  let arguments = !con((ins tensor:$input, DenseI64ArrayAttr:$kernel_shape, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, DefaultValuedAttr<BoolAttr, "false">:$ceil_mode), extra);
  let results = (outs tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_MaxPoolOp : Nn_PoolOp<"max_pool", (ins), Nn_Tensor> {
  let summary = "Maximum over a sliding window";
  let description = [{
    As ONNX MaxPool; padded positions never win, a NaN in the window does. With `ceil_mode` the result size is rounded up, and a
    last window that would start in the end padding is dropped. Where dilation leaves a window without a position inside
    the input, the result is -infinity, or the smallest integer.

    Verifier rules:
    - P1: input rank is 3, 4 or 5
    - P2: kernel_shape, strides and dilations have one positive entry per spatial dimension, pads twice as many, none negative
    - P3: each pad is smaller than the dilated kernel
    - P4: the dilated kernel fits the padded input in each dimension
  }];
}

def Nn_AveragePoolOp : Nn_PoolOp<"average_pool",
    (ins DefaultValuedAttr<BoolAttr, "false">:$count_include_pad), Nn_FloatTensor> {
  let summary = "Mean over a sliding window";
  let description = [{
    As ONNX AveragePool: the divisor counts the positions inside the input, and with `count_include_pad` those in the
    explicit padding too (never those that only ceil_mode adds); a window without any gives NaN. Verifier rules: P1-P4 of
    nn.max_pool.
  }];
}

class Nn_GlobalPoolOp<string mnemonic, string what> : Nn_InferOp<mnemonic> {
  let summary = what # " over all spatial positions";
  let description = [{
    N x C x spatial to N x C x 1 x ... x 1. Verifier rules:
    - GP1: input has rank 3 or more
  }];
  let arguments = (ins Nn_FloatTensor:$input);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
}
def Nn_GlobalAveragePoolOp : Nn_GlobalPoolOp<"global_average_pool", "Mean">;
def Nn_GlobalMaxPoolOp : Nn_GlobalPoolOp<"global_max_pool", "Maximum">;

#endif // KILN_DIALECTS_NN_NNPOOLOPS_TD
