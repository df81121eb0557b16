// Convolution, matrix product and normalisation: the ops with weights.
#ifndef KILN_DIALECTS_NN_NNCONVOPS_TD
#define KILN_DIALECTS_NN_NNCONVOPS_TD

include "dialects/nn/NnAttributes.td"

def Nn_ConvOp : Nn_InferOp<"conv", [AttrSizedOperandSegments]> {
  let summary = "1-D, 2-D or 3-D convolution with optional bias, residual and activation";
  let description = [{
    `activation(conv(input, filter) + bias + residual)`, where conv is the cross-correlation of ONNX Conv with explicit
    pads. Depthwise is `groups` equal to the number of input channels. Frontends create it with a bias at most;
    fuse-conv adds residual and activation; nn-to-kernel removes it.

    Shapes: input N x C x spatial, filter K x C/groups x kernel, bias K, residual the shape of the result, result
    N x K x `floor((in + pad_begin + pad_end - dilation * (kernel - 1) - 1) / stride) + 1`.

    Verifier rules:
    - C1: input rank is 3, 4 or 5 and equals the filter's rank
    - C2: strides and dilations have one positive entry per spatial dimension, pads twice as many, none negative
    - C3: input channels = filter channels * groups; filter count is a multiple of groups; groups > 0
    - C4: bias has one entry per filter
    - C5: the dilated kernel fits the padded input in each dimension
    - C6: residual has the shape of the result
    - C7: all element types are equal

    Example:
    ```mlir
    %y = nn.conv(%x, %w, bias %b) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>,
        dilations = array<i64: 1, 1>, groups = 1 : i64}
        : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>, tensor<4xf32>) -> tensor<1x4x8x8xf32>
    ```
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$filter, Optional<Nn_FloatTensor>:$bias,
      Optional<Nn_FloatTensor>:$residual, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads,
      DenseI64ArrayAttr:$dilations, DefaultValuedAttr<Nn_IntAttr, "1">:$groups,
      OptionalAttr<Nn_ActivationAttr>:$activation);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = [{
    `(` $input `,` $filter `` custom<Addends>($bias, $residual) `)` attr-dict `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The number of spatial dimensions: 1, 2 or 3.
    int64_t getSpatialRank() { return getStrides().size(); }
    /// True where every group has one input channel and one filter.
    bool isDepthwise();
  }];
}

def Nn_ConvTransposeOp : Nn_InferOp<"conv_transpose"> {
  let summary = "1-D, 2-D or 3-D transposed convolution with optional bias and activation";
  let description = [{
    The transpose of the linear map that a convolution is, as ONNX ConvTranspose: input pixel i adds its value times tap t
    to output pixel `i * stride - pad_begin + t * dilation`. Frontends create it; fuse-conv adds the activation;
    decompose-ops turns it into one nn.conv for each residue of the output position modulo the strides, and nn.interleave.

    Shapes: input N x C x spatial, filter C x K/groups x kernel, bias K, result
    N x K x `(in - 1) * stride - pad_begin - pad_end + dilation * (kernel - 1) + 1 + output_padding`.

    Verifier rules:
    - CT1: input rank is 3, 4 or 5 and equals the filter's rank
    - CT2: strides and dilations have one positive entry per spatial dimension, pads twice as many and output_padding as
      many, none negative
    - CT3: input channels equal the filter's first size and are a multiple of groups; groups > 0; the filter is not empty
    - CT4: bias has one entry per output channel
    - CT5: the result is not empty in any spatial dimension
    - CT6: all element types are equal
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$filter, Optional<Nn_FloatTensor>:$bias,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
      DenseI64ArrayAttr:$output_padding, DefaultValuedAttr<Nn_IntAttr, "1">:$groups,
      OptionalAttr<Nn_ActivationAttr>:$activation);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `,` $filter (`,` `bias` $bias^)? `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_LocalConvOp : Nn_InferOp<"local_conv"> {
  let summary = "Convolution whose filters differ from position to position";
  let description = [{
    A locally connected layer (Taigman et al. 2014, DeepFace): output pixel p has filters of its own. A bias, which has its own
    entry for each element, is an nn.add behind it. Frontends create it; nn-to-kernel removes it.

    Shapes: input N x C x spatial; filter P x T x K, where P counts the output pixels in row-major order and
    T = C * kernel the taps of a pixel, channel by channel; result N x K x spatial as of nn.conv.

    Verifier rules:
    - LC1: input rank is 3, 4 or 5, and the filter has rank 3
    - LC2: kernel_shape, strides and dilations have one positive entry per spatial dimension, pads twice as many, none negative
    - LC3: the dilated kernel fits the padded input in each dimension
    - LC4: the filter has as many positions as the result has pixels and as many taps as a pixel has
    - LC5: both element types are equal
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$filter, DenseI64ArrayAttr:$kernel_shape,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `,` $filter `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_InstanceNormOp : Nn_InferOp<"instance_norm"> {
  let summary = "Normalisation of each channel of each image";
  let description = [{
    `scale * (input - mean) / sqrt(variance + epsilon) + offset` with mean and variance over the spatial positions of one
    channel of one image (Ulyanov et al. 2016). Created for ONNX InstanceNormalization; decompose-ops turns it into pools
    and arithmetic.

    Verifier rules:
    - IN1: input has rank 3, 4 or 5
    - IN2: scale and offset are 1-D with one entry per channel
    - IN3: epsilon is not negative; all element types are equal
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$scale, Nn_FloatTensor:$offset,
      DefaultValuedAttr<F64Attr, "1e-5">:$epsilon);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `,` $scale `,` $offset `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_GemmOp : Nn_InferOp<"gemm"> {
  let summary = "General matrix product with optional addend and activation";
  let description = [{
    `activation(alpha * A' * B' + beta * C)` as ONNX Gemm, with A' of shape M x K, B' of shape K x N and C broadcast to
    M x N. Frontends create it; fc-to-conv may turn it into a convolution; nn-to-kernel removes it.

    Verifier rules:
    - G1: a and b have rank 2
    - G2: the inner sizes of A' and B' agree
    - G3: c broadcasts to M x N
    - G4: all element types are equal
  }];
  let arguments = (ins Nn_Tensor:$a, Nn_Tensor:$b, Optional<Nn_Tensor>:$c,
      DefaultValuedAttr<BoolAttr, "false">:$transA, DefaultValuedAttr<BoolAttr, "false">:$transB,
      DefaultValuedAttr<F64Attr, "1.0">:$alpha, DefaultValuedAttr<F64Attr, "1.0">:$beta,
      OptionalAttr<Nn_ActivationAttr>:$activation);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $a `,` $b (`,` $c^)? `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_MatmulOp : Nn_InferOp<"matmul"> {
  let summary = "Matrix product with the broadcasting of numpy.matmul";
  let description = [{
    The last two dimensions are multiplied, the leading ones broadcast; a 1-D operand gets a unit dimension that the
    result loses again. Created for ONNX MatMul and Keras Dense on sequences.

    Verifier rules:
    - M1: operands have rank 1 or more
    - M2: the inner sizes agree
    - M3: the leading dimensions broadcast
    - M4: both element types are equal
  }];
  let arguments = (ins Nn_Tensor:$a, Nn_Tensor:$b);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $a `,` $b `)` attr-dict `:` functional-type(operands, results)";
}

def Nn_BatchNormOp : Nn_InferOp<"batch_norm"> {
  let summary = "Batch normalisation with fixed statistics";
  let description = [{
    `scale * (input - mean) / sqrt(variance + epsilon) + offset`, per channel (Ioffe and Szegedy 2015, inference form).
    fuse-conv folds it into a convolution; what is left becomes a multiply-add per channel.

    Verifier rules:
    - B1: input has rank 2 or more
    - B2: scale, offset, mean and variance are 1-D with one entry per channel
    - B3: epsilon is not negative
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$scale, Nn_FloatTensor:$offset, Nn_FloatTensor:$mean,
      Nn_FloatTensor:$variance, DefaultValuedAttr<F64Attr, "1e-5">:$epsilon);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = [{
    `(` $input `,` $scale `,` $offset `,` $mean `,` $variance `)` attr-dict `:` functional-type(operands, results)
  }];
}

def Nn_LrnOp : Nn_InferOp<"lrn"> {
  let summary = "Local response normalisation across channels";
  let description = [{
    `x / (bias + alpha / size * sum(x_j^2))^beta` with j over the window of `size` channels from
    `c - floor((size - 1) / 2)` to `c + ceil((size - 1) / 2)`, cut at the ends (Krizhevsky et al. 2012, in the form of ONNX).

    Verifier rules:
    - L1: input has rank 3 or more
    - L2: size is positive
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_IntAttr:$size, DefaultValuedAttr<F64Attr, "1e-4">:$alpha,
      DefaultValuedAttr<F64Attr, "0.75">:$beta, DefaultValuedAttr<F64Attr, "1.0">:$bias);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
}

#endif // KILN_DIALECTS_NN_NNCONVOPS_TD
