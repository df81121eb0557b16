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
    scores, as far as they fit, and -1 in the rest; `count` is the number of rows that are filled. Boxes are two opposite corners
    (y, x, y, x), or with `center_point_box` (x, y, width, height). Computed in f32; a NaN is above nothing. Frontends create it
    behind decoded boxes; nn-to-kernel removes it.

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

#endif // KILN_DIALECTS_NN_NNDETECTIONOPS_TD
