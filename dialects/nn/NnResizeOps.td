// Resampling of feature maps.
#ifndef KILN_DIALECTS_NN_NNRESIZEOPS_TD
#define KILN_DIALECTS_NN_NNRESIZEOPS_TD

include "dialects/nn/NnAttributes.td"

def Nn_ResizeMode : I32EnumAttr<"ResizeMode", "how nn.resize interpolates", [
    I32EnumAttrCase<"Nearest", 0, "nearest">,
    I32EnumAttrCase<"Linear", 1, "linear">,
    I32EnumAttrCase<"Cubic", 2, "cubic">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_ResizeModeAttr : EnumAttr<Nn_Dialect, Nn_ResizeMode, "resize_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_Coordinates : I32EnumAttr<"Coordinates", "which input position an output position stands for", [
    I32EnumAttrCase<"HalfPixel", 0, "half_pixel">,
    I32EnumAttrCase<"HalfPixelSymmetric", 1, "half_pixel_symmetric">,
    I32EnumAttrCase<"PytorchHalfPixel", 2, "pytorch_half_pixel">,
    I32EnumAttrCase<"AlignCorners", 3, "align_corners">,
    I32EnumAttrCase<"Asymmetric", 4, "asymmetric">,
    I32EnumAttrCase<"TfHalfPixelForNn", 5, "tf_half_pixel_for_nn">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_CoordinatesAttr : EnumAttr<Nn_Dialect, Nn_Coordinates, "coordinates"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_Rounding : I32EnumAttr<"Rounding", "which neighbour is the nearest", [
    I32EnumAttrCase<"PreferFloor", 0, "prefer_floor">,
    I32EnumAttrCase<"PreferCeil", 1, "prefer_ceil">,
    I32EnumAttrCase<"Floor", 2, "floor">,
    I32EnumAttrCase<"Ceil", 3, "ceil">]> {
  let cppNamespace = "::kiln::nn";
  let genSpecializedAttr = 0;
}
def Nn_RoundingAttr : EnumAttr<Nn_Dialect, Nn_Rounding, "rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def Nn_ResizeOp : Nn_InferOp<"resize", [AttrSizedOperandSegments]> {
  let summary = "Resamples the spatial dimensions of a feature map";
  let description = [{
    N x C x spatial to N x C x `sizes`, one dimension after the other, with the formulas of ONNX Resize: the position
    in the input by `coordinates`, with `scales` (outputs per input position; `sizes` over the input's where absent), then the nearest
    pixel by `rounding`, or the two or four pixels around it. Positions outside mean the pixel at the edge; with
    `exclude_outside` they take no part. With `antialias` a filter that is as wide as a reduced pixel is used.

    Frontends create it without tables; decompose-ops gives it those of resizeTable: for depth, height and width in turn
    and each output position as many indices and weights as there are taps. A dimension that the map does not have takes one entry.

    Verifier rules:
    - RZ1: input has rank 3, 4 or 5 and no empty spatial dimension
    - RZ2: sizes have one positive entry per spatial dimension, and scales, where they are given, one that leads to it;
      the tables have at most 2^24 entries
    - RZ3: linear and cubic interpolation need floating-point elements
    - RZ4: tables are given together, i32 and f32, with one entry a tap of each output position

    Example:
    ```mlir
    %y = nn.resize(%x) {sizes = array<i64: 38, 38>, mode = #nn.resize_mode<nearest>, coordinates = #nn.coordinates<asymmetric>,
        rounding = #nn.rounding<floor>} : (tensor<1x8x19x19xf32>) -> tensor<1x8x38x38xf32>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, Optional<Nn_IndexTensor>:$indices, Optional<Nn_FloatTensor>:$weights,
      DenseI64ArrayAttr:$sizes, OptionalAttr<DenseF64ArrayAttr>:$scales, Nn_ResizeModeAttr:$mode,
      DefaultValuedAttr<Nn_CoordinatesAttr, "::kiln::nn::Coordinates::HalfPixel">:$coordinates,
      DefaultValuedAttr<Nn_RoundingAttr, "::kiln::nn::Rounding::PreferFloor">:$rounding,
      DefaultValuedAttr<F64Attr, "-0.75">:$cubic_coeff,
      DefaultValuedAttr<BoolAttr, "false">:$exclude_outside, DefaultValuedAttr<BoolAttr, "false">:$antialias);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    `(` $input (`,` `tables` $indices^ `,` $weights)? `)` attr-dict `:` functional-type(operands, results)
  }];
}

#endif // KILN_DIALECTS_NN_NNRESIZEOPS_TD
