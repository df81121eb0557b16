// Ops that act on each element: activations, arithmetic with broadcasting, casts; and softmax.
#ifndef KILN_DIALECTS_NN_NNELEMENTWISEOPS_TD
#define KILN_DIALECTS_NN_NNELEMENTWISEOPS_TD

include "dialects/nn/NnAttributes.td"

class Nn_UnaryOp<string mnemonic, string what, Type tensor = Nn_FloatTensor, dag attributes = (ins)>
    : Nn_InferOp<mnemonic, [Nn_PointwiseTrait]> {
  let summary = what;
  let description = "Acts on each element: `" # what # "`. The result has the type of the input.";
  let arguments = !con((ins tensor:$input), attributes);
  let results = (outs tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_ReluOp : Nn_UnaryOp<"relu", "max(x, 0), NaN stays NaN", Nn_Tensor>;
def Nn_LeakyReluOp : Nn_UnaryOp<"leaky_relu", "x < 0 ? alpha * x : x", Nn_FloatTensor, (ins DefaultValuedAttr<F64Attr, "0.01">:$alpha)>;
def Nn_ClipOp : Nn_UnaryOp<"clip", "min(max(x, min), max), NaN stays NaN", Nn_Tensor, (ins F64Attr:$min, F64Attr:$max)>;
def Nn_SigmoidOp : Nn_UnaryOp<"sigmoid", "1 / (1 + exp(-x))">;
def Nn_TanhOp : Nn_UnaryOp<"tanh", "tanh(x)">;
def Nn_EluOp : Nn_UnaryOp<"elu", "x < 0 ? alpha * (exp(x) - 1) : x", Nn_FloatTensor, (ins DefaultValuedAttr<F64Attr, "1.0">:$alpha)>;
def Nn_HardSigmoidOp : Nn_UnaryOp<"hard_sigmoid", "max(0, min(1, alpha * x + beta))", Nn_FloatTensor,
    (ins DefaultValuedAttr<F64Attr, "0.2">:$alpha, DefaultValuedAttr<F64Attr, "0.5">:$beta)>;
def Nn_HardSwishOp : Nn_UnaryOp<"hard_swish", "x * max(0, min(1, x / 6 + 0.5))">;
def Nn_SwishOp : Nn_UnaryOp<"swish", "x / (1 + exp(-x))">;
def Nn_ExpOp : Nn_UnaryOp<"exp", "exp(x)">;
def Nn_LogOp : Nn_UnaryOp<"log", "ln(x)">;
def Nn_SqrtOp : Nn_UnaryOp<"sqrt", "sqrt(x)">;
def Nn_ErfOp : Nn_UnaryOp<"erf", "erf(x)">;
def Nn_AbsOp : Nn_UnaryOp<"abs", "|x|", Nn_Tensor>;
def Nn_NegOp : Nn_UnaryOp<"neg", "-x", Nn_Tensor>;
def Nn_FloorOp : Nn_UnaryOp<"floor", "floor(x)">;
def Nn_CeilOp : Nn_UnaryOp<"ceil", "ceil(x)">;
def Nn_RoundOp : Nn_UnaryOp<"round", "the nearest integer, the even one of two">;
def Nn_IdentityOp : Nn_UnaryOp<"identity", "x; simplify removes it", Nn_Tensor>;
def Nn_DropoutOp : Nn_UnaryOp<"dropout", "x: dropout at inference; simplify removes it", Nn_Tensor>;

class Nn_BinaryOp<string mnemonic, string what> : Nn_InferOp<mnemonic, [Nn_PointwiseTrait]> {
  let summary = what;
  let description = "Acts on each pair of elements: `" # what # [{`, after the multidirectional broadcasting of ONNX.
    Verifier rules:
    - E1: the shapes broadcast
    - E2: both element types are equal
  }];
  let arguments = (ins Nn_Tensor:$lhs, Nn_Tensor:$rhs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $lhs `,` $rhs `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_AddOp : Nn_BinaryOp<"add", "a + b">;
def Nn_SubOp : Nn_BinaryOp<"sub", "a - b">;
def Nn_MulOp : Nn_BinaryOp<"mul", "a * b">;
def Nn_DivOp : Nn_BinaryOp<"div", "a / b, for integers toward zero, and 0 where b is 0">;
def Nn_MinOp : Nn_BinaryOp<"min", "min(a, b), NaN wins">;
def Nn_MaxOp : Nn_BinaryOp<"max", "max(a, b), NaN wins">;
def Nn_PowOp : Nn_BinaryOp<"pow", "a to the power of b">;

def Nn_PreluOp : Nn_InferOp<"prelu", [Nn_PointwiseTrait]> {
  let summary = "x < 0 ? slope * x : x";
  let description = [{
    The slope broadcasts to the input, in one direction (He et al. 2015). Verifier rules:
    - PR1: slope broadcasts to the shape of the input
    - PR2: both element types are equal
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$slope);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `,` $slope `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_CompareOp : Nn_InferOp<"compare", [Nn_PointwiseTrait]> {
  let summary = "Whether a = b, a < b or a <= b";
  let description = [{
    Acts on each pair of elements, after the multidirectional broadcasting of ONNX; a NaN is equal to nothing, and neither less nor
    more than anything. Frontends create it, for masks and choices; nn-to-kernel removes it. Verifier rules:
    - CM1: the shapes broadcast
    - CM2: both element types are equal
  }];
  let arguments = (ins Nn_Tensor:$lhs, Nn_Tensor:$rhs, Nn_PredicateAttr:$predicate);
  let results = (outs Nn_BoolTensor:$result);
  let assemblyFormat = "`(` $lhs `,` $rhs `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_SelectOp : Nn_InferOp<"select", [Nn_PointwiseTrait]> {
  let summary = "condition ? a : b";
  let description = [{
    Acts on each triple of elements, after the multidirectional broadcasting of ONNX (where the operator is called Where). Frontends
    create it; nn-to-kernel removes it. Verifier rules:
    - SE1: the shapes broadcast
    - SE2: both alternatives have one element type
  }];
  let arguments = (ins Nn_BoolTensor:$condition, Nn_Tensor:$lhs, Nn_Tensor:$rhs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $condition `,` $lhs `,` $rhs `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

def Nn_CastOp : Nn_Op<"cast", [Nn_PointwiseTrait]> {
  let summary = "Converts each element to another type";
  let description = [{
    As ONNX Cast: float to integer truncates toward zero, anything to i1 is `x != 0`, narrowing of integers keeps the low bits.
    What an integer type cannot hold at all (NaN, 1e30) gives an integer that is not specified.
    Verifier rules:
    - CA1: input and result have the same shape
  }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

class Nn_SoftmaxLikeOp<string mnemonic, string what> : Nn_InferOp<mnemonic> {
  let summary = what # " along one axis";
  let description = [{
    As ONNX from opset 13; importers write the older, flattening form as a reshape around it. Verifier rules:
    - S1: 0 <= axis < rank
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_IntAttr:$axis);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
}
def Nn_SoftmaxOp : Nn_SoftmaxLikeOp<"softmax", "exp(x - max) / sum(exp(x - max))">;
def Nn_LogSoftmaxOp : Nn_SoftmaxLikeOp<"log_softmax", "x - max - log(sum(exp(x - max)))">;

class Nn_ReduceOp<string mnemonic, string what> : Nn_InferOp<mnemonic> {
  let summary = what # " over some axes";
  let description = [{
    `axes` are ascending and not negative; with `keepdims` each becomes 1, else it goes. Verifier rules:
    - R1: 0 <= axis < rank for every axis, in strictly ascending order
    - R2: a maximum or minimum is not taken over no elements
  }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$axes, DefaultValuedAttr<BoolAttr, "true">:$keepdims);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
}
def Nn_ReduceMeanOp : Nn_ReduceOp<"reduce_mean", "Mean">;
def Nn_ReduceSumOp : Nn_ReduceOp<"reduce_sum", "Sum">;
def Nn_ReduceMaxOp : Nn_ReduceOp<"reduce_max", "Maximum">;
def Nn_ReduceMinOp : Nn_ReduceOp<"reduce_min", "Minimum">;

#endif // KILN_DIALECTS_NN_NNELEMENTWISEOPS_TD
