// Attributes of the nn dialect: activation epilogues and tensor layouts.
#ifndef KILN_DIALECTS_NN_NNATTRIBUTES_TD
#define KILN_DIALECTS_NN_NNATTRIBUTES_TD

include "dialects/nn/NnBase.td"

def Nn_ActivationKind : I32EnumAttr<"ActivationKind", "activation function", [
    I32EnumAttrCase<"Relu", 0, "relu">,
    I32EnumAttrCase<"LeakyRelu", 1, "leaky_relu">,
    I32EnumAttrCase<"Clip", 2, "clip">,
    I32EnumAttrCase<"Sigmoid", 3, "sigmoid">,
    I32EnumAttrCase<"Tanh", 4, "tanh">,
    I32EnumAttrCase<"Elu", 5, "elu">,
    I32EnumAttrCase<"HardSigmoid", 6, "hard_sigmoid">,
    I32EnumAttrCase<"HardSwish", 7, "hard_swish">,
    I32EnumAttrCase<"Swish", 8, "swish">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}

def Nn_ActivationAttr : AttrDef<Nn_Dialect, "Activation"> {
  let mnemonic = "activation";
  let summary = "The activation that ends a fused op";
  let description = [{
    `alpha` and `beta` are the parameters of the function: leaky_relu slope alpha; clip to [alpha, beta]; elu alpha;
    hard_sigmoid max(0, min(1, alpha * x + beta)). Verifier rules:
    - A1: the function has as many parameters as it takes: one for leaky_relu and elu, two for clip and hard_sigmoid,
      none for the others

    Example: `#nn.activation<relu>`, `#nn.activation<clip, 0.0, 6.0>`.
  }];
  let parameters = (ins EnumParameter<Nn_ActivationKind>:$kind, OptionalParameter<"::mlir::FloatAttr">:$alphaAttr,
                    OptionalParameter<"::mlir::FloatAttr">:$betaAttr);
  let assemblyFormat = "`<` $kind (`,` $alphaAttr^)? (`,` $betaAttr^)? `>`";
  let genVerifyDecl = 1;
  let skipDefaultBuilders = 1;
  let builders = [AttrBuilder<(ins "ActivationKind":$kind), [{
    return $_get($_ctxt, kind, ::mlir::FloatAttr(), ::mlir::FloatAttr());
  }]>, AttrBuilder<(ins "ActivationKind":$kind, "double":$alpha), [{
    ::mlir::Builder b($_ctxt);
    return $_get($_ctxt, kind, b.getF64FloatAttr(alpha), ::mlir::FloatAttr());
  }]>, AttrBuilder<(ins "ActivationKind":$kind, "double":$alpha, "double":$beta), [{
    ::mlir::Builder b($_ctxt);
    return $_get($_ctxt, kind, b.getF64FloatAttr(alpha), b.getF64FloatAttr(beta));
  }]>, AttrBuilder<(ins "ActivationKind":$kind, "::mlir::FloatAttr":$alpha, "::mlir::FloatAttr":$beta), [{
    return $_get($_ctxt, kind, alpha, beta);
  }]>];
  let extraClassDeclaration = [{
    double getAlpha() const { return getAlphaAttr() ? getAlphaAttr().getValueAsDouble() : 0.0; }
    double getBeta() const { return getBetaAttr() ? getBetaAttr().getValueAsDouble() : 0.0; }
  }];
}

def Nn_BlockedAttr : AttrDef<Nn_Dialect, "Blocked", [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "blocked";
  let summary = "The layout of a feature map: channels in blocks, with a border of zeros";
  let description = [{
    The encoding of a tensor of logical shape N x C x spatial whose buffer is
    `[N][ceil(C / block)][spatial, border included][block]`, or `[N][C][spatial, border included]` for block 1.
    `border` has twice as many entries as there are spatial dimensions, begins then ends, and is empty where there is
    no border. The channels that fill the last block hold finite values; the border holds zeros. A vector (rank 1) is
    filled with zeros to whole blocks. Set by assign-layout; upstream tensor ops must never see it.

    Verifier rules:
    - BL1: block is from 1 to 1024
    - BL2: border is empty or has two entries per spatial dimension, none negative
    - BL3: the tensor is no scalar

    Example: `tensor<1x64x56x56xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>`.
  }];
  let parameters = (ins "int64_t":$block, OptionalArrayRefParameter<"int64_t">:$border);
  let assemblyFormat = "`<` $block (`,` `border` `=` `[` $border^ `]`)? `>`";
  let genVerifyDecl = 1;
}

def Nn_PadMode : I32EnumAttr<"PadMode", "how nn.pad fills", [
    I32EnumAttrCase<"Constant", 0, "constant">,
    I32EnumAttrCase<"Reflect", 1, "reflect">,
    I32EnumAttrCase<"Edge", 2, "edge">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_PadModeAttr : EnumAttr<Nn_Dialect, Nn_PadMode, "pad_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_Predicate : I32EnumAttr<"Predicate", "what nn.compare asks", [
    I32EnumAttrCase<"Equal", 0, "equal">,
    I32EnumAttrCase<"Less", 1, "less">,
    I32EnumAttrCase<"LessEqual", 2, "less_equal">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_PredicateAttr : EnumAttr<Nn_Dialect, Nn_Predicate, "predicate"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_RoiMode : I32EnumAttr<"RoiMode", "what nn.roi_align makes of the samples of a bin", [
    I32EnumAttrCase<"Average", 0, "average">,
    I32EnumAttrCase<"Max", 1, "max">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_RoiModeAttr : EnumAttr<Nn_Dialect, Nn_RoiMode, "roi_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_DepthMode : I32EnumAttr<"DepthMode", "order of the channels in nn.depth_to_space", [
    I32EnumAttrCase<"DCR", 0, "dcr">,
    I32EnumAttrCase<"CRD", 1, "crd">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_DepthModeAttr : EnumAttr<Nn_Dialect, Nn_DepthMode, "depth_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_FilterForm : I32EnumAttr<"FilterForm", "how a filter is packed", [
    I32EnumAttrCase<"Blocked", 0, "blocked">,
    I32EnumAttrCase<"Planar", 1, "planar">,
    I32EnumAttrCase<"Depthwise", 2, "depthwise">,
    I32EnumAttrCase<"Gemm", 3, "gemm">,
    I32EnumAttrCase<"Tail", 4, "tail">,
    I32EnumAttrCase<"WinogradF2", 5, "winograd_f2">,
    I32EnumAttrCase<"WinogradF3", 6, "winograd_f3">,
    I32EnumAttrCase<"WinogradF4", 7, "winograd_f4">,
    I32EnumAttrCase<"WinogradF5", 8, "winograd_f5">,
    I32EnumAttrCase<"WinogradF6", 9, "winograd_f6">,
    I32EnumAttrCase<"Grouped", 10, "grouped">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_FilterFormAttr : EnumAttr<Nn_Dialect, Nn_FilterForm, "filter_form"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_PackedAttr : AttrDef<Nn_Dialect, "Packed", [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "packed";
  let summary = "The layout of a filter that a kernel reads";
  let description = [{
    The encoding of a filter of logical shape K x C/groups x kernel, or of a K x N matrix for gemm. With b = `block`, always three
    kernel dimensions, and zeros in what fills a block, its buffer is
    - blocked: `[ceil(K/b)][CB][KD][KH][KW][b input][b output]`. CB is the largest number of input blocks that the channels of one
      output block need; output block k starts reading at input block `min((k*b / (K/groups)) * (C/groups) / b, ceil(C/b) - CB)`
    - planar: `[ceil(K/b)][C/groups][KD][KH][KW][b output]`; of an N x K matrix it is `[ceil(N/b)][K][1][1][1][b]`
    - depthwise: `[ceil(K/b)][KD][KH][KW][b]`, for K = C = groups
    - grouped: `[ceil(K/b)][KD][KH][KW][C/groups][b]`, for several groups in each block of filters. Row r of a tap has in lane l the
      weight of its group's channel `r xor (l and 4 and (C/groups - 1))`: of groups of eight, either half of the lanes begins with the
      channels that lie in the same half, so that few have to cross
    - gemm: `[ceil(N/b)][K][b]`
    - tail: as blocked, but with one group a block that is not full, with several one that has at most b/2 filters or those of
      several groups, has for the b x b elements of a tap two halves, for b/2 filters each: pairs of channels
      `[b/2 input][b/2 output][2 input]`, or with one group, where so few of these filters exist that times ceil(C/b) they are less
      than C/2, `[b/2 output][b input]`
    - winograd_f2 to winograd_f6: `[ceil(K/b)][(m+KH-1)*(m+KW-1)][KD*C/groups][b]`, the channels of a tap in depth together, for output
      tiles of m x m, with KH or KW in the place of m+KH-1 or m+KW-1 where it is 1: a row or column of taps has tiles of 1 x m or
      m x 1. Each KH x KW taps g are G g G^T (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015), computed
      in f64 and rounded once

    With `bits = 24` the matrix `[blocks][rows][b]` that a blocked, planar or gemm buffer is, of one group, has its rows in fours, as
    `[blocks][ceil(rows/4)][3][b]` words of 32 bits: word i has in its upper 24 bits the element of row i, in its low 8 bits the
    eight bits from 16 - 8 * i on of the element of row 3. An element is a float of 24 bits: a sign, 6 bits of exponent, of which 0
    stands for zero and e for 2^(e - 47), and 17 bits of fraction.

    Verifier rules: PF1, PF2 and PF4 to PF6 of nn.pack_filter.

    Example: `tensor<64x32x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>`.
  }];
  let parameters = (ins EnumParameter<Nn_FilterForm>:$form, "int64_t":$groups, "int64_t":$block,
      DefaultValuedParameter<"int64_t", "32">:$bits);
  let assemblyFormat = "`<` $form `,` `groups` `=` $groups `,` `block` `=` $block (`,` `bits` `=` $bits^)? `>`";
  let skipDefaultBuilders = 1;
  let builders = [AttrBuilder<(ins "FilterForm":$form, "int64_t":$groups, "int64_t":$block, CArg<"int64_t", "32">:$bits),
      "return $_get($_ctxt, form, groups, block, bits);">];
  let extraClassDeclaration = [{
    /// Whether elements are stored as floats of 24 bits, in words of 32.
    bool isRounded() const { return getBits() == 24; }
    /// The shape of the buffer that holds a filter of this logical shape.
    llvm::SmallVector<int64_t> bufferShape(llvm::ArrayRef<int64_t> filter) const;
  }];
}

#endif // KILN_DIALECTS_NN_NNATTRIBUTES_TD
