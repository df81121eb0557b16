// What follows the heads of a detector.
#ifndef KILN_DIALECTS_NN_NNDETECTIONOPS_TD
#define KILN_DIALECTS_NN_NNDETECTIONOPS_TD

include "dialects/nn/NnAttributes.td"

def Nn_NonMaxSuppressionOp : Nn_Op<"non_max_suppression"> {
  let summary = "The best boxes of each class that do not cover each other";
  let description = [{
    For each image and class, boxes of a score above `score_threshold` are taken by falling score, of equal ones the first
    first, at most `max_per_class` of them; each drops those whose intersection over union with it is above `iou_threshold`. As ONNX
    NonMaxSuppression, but the number of rows is a bound: `selected` has rows (image, class, box) in the order of images, classes and
    scores, those of the highest scores where more are left than fit, and -1 in the rest; `count` is the number of rows that are
    filled. Boxes are two opposite corners (y, x, y, x), or with `center_point_box` (x, y, width, height). Computed in f32; a NaN is
    above nothing. Frontends create it behind decoded boxes; nn-to-kernel removes it.

    Verifier rules:
    - NM1: boxes are N x B x 4, scores N x C x B, of one element type
    - NM2: selected is M x 3 and count 1, of i64
    - NM3: max_per_class is positive

    Example:
    ```mlir
    %selected, %count = nn.non_max_suppression(%boxes, %scores) {max_per_class = 20 : i64, score_threshold = 0.25 : f64,
        iou_threshold = 0.45 : f64} : (tensor<1x845x4xf32>, tensor<1x80x845xf32>) -> (tensor<100x3xi64>, tensor<1xi64>)
    ```
  }];
  let arguments = (ins Nn_FloatTensor:$boxes, Nn_FloatTensor:$scores, Nn_IntAttr:$max_per_class, F64Attr:$score_threshold,
      F64Attr:$iou_threshold, DefaultValuedAttr<BoolAttr, "false">:$center_point_box);
  let results = (outs Nn_IndexTensor:$selected, Nn_IndexTensor:$count);
  let assemblyFormat = "`(` $boxes `,` $scores `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Nn_TopKOp : Nn_Op<"top_k"> {
  let summary = "The largest or smallest elements along one axis, and where they lie";
  let description = [{
    Along `axis`, the first k elements by falling value (by rising value where `largest` is false), of equal ones the first first;
    `positions` are counted along the axis. k is the size of the results there. A NaN is above every number. As ONNX TopK with
    sorted = 1. Frontends create it; nn-to-kernel removes it.

    Verifier rules:
    - TK1: 0 <= axis < rank
    - TK2: values and positions have the shape of the input with at most as many elements along the axis, values its element type,
      positions i64

    Example:
    ```mlir
    %values, %positions = nn.top_k(%scores) {axis = 1 : i64} : (tensor<1x8400xf32>) -> (tensor<1x300xf32>, tensor<1x300xi64>)
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_IntAttr:$axis, DefaultValuedAttr<BoolAttr, "true">:$largest);
  let results = (outs Nn_Tensor:$values, Nn_IndexTensor:$positions);
  let assemblyFormat = "`(` $input `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Nn_RoiAlignOp : Nn_Op<"roi_align"> {
  let summary = "A small map of each region of a large one (He et al. 2017)";
  let description = [{
    Each row (x1, y1, x2, y2) of `rois`, times `spatial_scale`, is a region of the map of the image that `images` names. It is cut into
    OH x OW bins of equal size. A bin is sampled bilinearly at the centres of a grid of `sampling_ratio` squared places, or where that
    is 0 of as many as there are pixels, rounded up, at most 4096 in each dimension; the result is the samples' average, or with `max`
    the largest corner of any sample times its weight, as in ONNX. A place more than a pixel outside the map counts as 0. With
    `half_pixel` the centre of the first pixel is at 0.5, otherwise at 0, and regions are then at least one pixel large. Places are
    computed in f32. Frontends create it; nn-to-kernel removes it.

    Verifier rules:
    - RA1: the input is N x C x H x W, without empty dimensions, rois R x 4 of its element type, images R
    - RA2: the result is R x C x OH x OW with the input's channels and element type, OH and OW positive
    - RA3: sampling_ratio is from 0 to 4096

    Example:
    ```mlir
    %1 = nn.roi_align(%map, %rois, %images) {sampling_ratio = 2 : i64, spatial_scale = 0.25 : f64, half_pixel = false}
        : (tensor<1x256x200x304xf32>, tensor<100x4xf32>, tensor<100xi64>) -> tensor<100x256x7x7xf32>
    ```
  }];
  let arguments = (ins Nn_FloatTensor:$input, Nn_FloatTensor:$rois, Nn_IndexTensor:$images,
      DefaultValuedAttr<Nn_RoiModeAttr, "::kiln::nn::RoiMode::Average">:$mode, DefaultValuedAttr<Nn_IntAttr, "0">:$sampling_ratio,
      DefaultValuedAttr<F64Attr, "1.0">:$spatial_scale, DefaultValuedAttr<BoolAttr, "true">:$half_pixel);
  let results = (outs Nn_FloatTensor:$result);
  let assemblyFormat = "`(` $input `,` $rois `,` $images `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The most samples of a bin in one dimension.
    static constexpr int64_t mostSamples = 4096;
  }];
}

#endif // KILN_DIALECTS_NN_NNDETECTIONOPS_TD
