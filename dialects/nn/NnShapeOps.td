// Constants and ops that move elements without computing on them.
#ifndef KILN_DIALECTS_NN_NNSHAPEOPS_TD
#define KILN_DIALECTS_NN_NNSHAPEOPS_TD

include "dialects/nn/NnAttributes.td"

def Nn_ConstantOp : Nn_Op<"constant", [ConstantLike]> {
  let summary = "A constant tensor";
  let description = [{
    Weights are `dense_resource` blobs, small tensors `dense`. Frontends create it; split-weights moves it into the weights section.
    Verifier rules:
    - K1: the value has the shape and element type of the result
    - K2: a resource is there and holds exactly as many bytes as the tensor, one for an i1
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Nn_Tensor:$result);
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{
    build($_builder, $_state, value.getType(), value);
  }]>];
  let assemblyFormat = "`(` $value `)` attr-dict `:` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Nn_ConcatOp : Nn_InferOp<"concat"> {
  let summary = "Joins tensors along one axis";
  let description = [{
    Verifier rules:
    - CC1: at least one input, all of one rank above 0 and one element type
    - CC2: 0 <= axis < rank
    - CC3: sizes agree in every other dimension
  }];
  let arguments = (ins Variadic<Nn_Tensor>:$inputs, Nn_IntAttr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_InterleaveOp : Nn_InferOp<"interleave"> {
  let summary = "Feature maps woven into one, pixel by pixel";
  let description = [{
    Input r of `steps` s has the pixels of the result whose positions p have the residues of r: with r written as one digit a
    spatial dimension (the last one fastest), `result[.., q * s + r] = input_r[.., q]`. decompose-ops creates it; nn-to-kernel computes
    the parts in their place.

    Verifier rules:
    - IL1: steps has one positive entry per spatial dimension of inputs of rank 3, 4 or 5, and there are as many inputs
      as its product
    - IL2: inputs have one batch, one channel count and one element type
    - IL3: in each dimension the sizes are those of one result: none is smaller than a later one, or larger by more than 1
  }];
  let arguments = (ins Variadic<Nn_Tensor>:$inputs, DenseI64ArrayAttr:$steps);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $inputs `)` attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    /// The residues of an input: where in the result its first pixel lies, one entry per spatial dimension.
    llvm::SmallVector<int64_t> residues(int64_t input);
  }];
}

def Nn_SplitOp : Nn_Op<"split"> {
  let summary = "Cuts a tensor into parts along one axis";
  let description = [{
    The sizes are those of the results. Verifier rules:
    - SP1: 0 <= axis < rank; at least one result
    - SP2: the results' sizes along the axis add up to the input's; all other sizes and the element type agree
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_IntAttr:$axis);
  let results = (outs Variadic<Nn_Tensor>:$outputs);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Nn_SliceOp : Nn_InferOp<"slice"> {
  let summary = "A regular selection of elements";
  let description = [{
    `result[i] = input[starts + i * steps]` for i below `sizes`; one entry per dimension, steps may be negative.
    Verifier rules:
    - SL1: starts, sizes and steps have one entry per dimension; no step is 0; no size is negative
    - SL2: the first and last selected position lie inside the input
  }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_PadOp : Nn_InferOp<"pad"> {
  let summary = "Adds elements around a tensor";
  let description = [{
    `pads` has all begins, then all ends, one of each per dimension. Verifier rules:
    - PD1: two pads per dimension, none negative
    - PD2: a reflect pad is smaller than the dimension; edge and reflect need a non-empty dimension
  }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$pads,
      DefaultValuedAttr<Nn_PadModeAttr, "::kiln::nn::PadMode::Constant">:$mode, DefaultValuedAttr<F64Attr, "0.0">:$value);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_ReshapeOp : Nn_Op<"reshape"> {
  let summary = "The same elements in row-major order under another shape";
  let description = [{
    Flatten, squeeze and unsqueeze are written with it. Verifier rules:
    - RS1: input and result have as many elements and one element type
  }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Nn_TransposeOp : Nn_InferOp<"transpose"> {
  let summary = "Permutes the dimensions";
  let description = [{
    Dimension i of the result is dimension `perm[i]` of the input. Verifier rules:
    - T1: perm is a permutation of the dimensions
  }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$perm);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_ExpandOp : Nn_Op<"expand"> {
  let summary = "Broadcasts a tensor to a larger shape";
  let description = [{
    Verifier rules:
    - EX1: the input's shape broadcasts to the result's; one element type
  }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Nn_ShapeOp : Nn_InferOp<"shape"> {
  let summary = "The sizes of a tensor, as i64";
  let description = "Types are static, so it folds to a constant at once.";
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_GatherOp : Nn_InferOp<"gather"> {
  let summary = "Selects slices along one axis by index";
  let description = [{
    As ONNX Gather: the result's shape is the data's with the axis replaced by the indices' shape; a negative index counts
    from the end; an index out of range is clamped. Verifier rules:
    - GA1: data has rank 1 or more and 0 <= axis < rank
    - GA2: the gathered dimension is not empty
  }];
  let arguments = (ins Nn_Tensor:$data, Nn_IndexTensor:$indices, Nn_IntAttr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $data `,` $indices `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_SpaceToDepthOp : Nn_InferOp<"space_to_depth"> {
  let summary = "Moves blocks of pixels into channels";
  let description = [{
    N x C x H x W to N x C*b*b x H/b x W/b in the channel order of ONNX. Verifier rules:
    - SD1: input has rank 4; blocksize is positive and divides height and width
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_IntAttr:$blocksize);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_DepthToSpaceOp : Nn_InferOp<"depth_to_space"> {
  let summary = "Moves channels into blocks of pixels";
  let description = [{
    N x C x H x W to N x C/(b*b) x H*b x W*b; `mode` says in which order the channels are read. Verifier rules:
    - DS1: input has rank 4; blocksize is positive and its square divides the channels
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_IntAttr:$blocksize,
      DefaultValuedAttr<Nn_DepthModeAttr, "::kiln::nn::DepthMode::DCR">:$mode);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

#endif // KILN_DIALECTS_NN_NNSHAPEOPS_TD
