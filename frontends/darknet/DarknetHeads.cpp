// Detection heads. A head's result is the tensor that Darknet's layer gives; beside it the head
// leaves decoded boxes, with x, y (the centre), width and height in parts of the picture and the
// probability of each class:
//
//     [yolo]:      x = (column + s * sigmoid(tx) - (s - 1) / 2) / columns,
//                  w = exp(tw) * anchor / net
//
//     [region]:    x = (column + sigmoid(tx)) / columns, w = exp(tw) * anchor / columns
//
//     [detection]: x = (column + tx) / side, w = tw or tw^2
//
// (Redmon et al. 2016, Redmon and Farhadi 2017 and 2018; s is scale_x_y of Bochkovskiy et al.
// 2020.)
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

namespace {

Value numbers(DarknetLayer &layer, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<float> values) {
  return layer.fixedConstant(
      DenseElementsAttr::get(RankedTensorType::get(shape, layer.element()), values));
}

/// Column and row of each cell, 1 x 2 x H x W.
Value gridOf(DarknetLayer &layer, int64_t height, int64_t width) {
  llvm::SmallVector<float> values;
  for (int64_t row = 0; row < height; ++row)
    for (int64_t column = 0; column < width; ++column)
      values.push_back(static_cast<float>(column));
  for (int64_t row = 0; row < height; ++row)
    values.append(width, static_cast<float>(row));
  return numbers(layer, {1, 2, height, width}, values);
}

/// The tensors of a head with anchors, each A x ... x H x W: entries of an anchor are x, y, width,
/// height, objectness and classes.
struct AnchorMaps {
  FailureOr<Value> centres, sizes, objectness, classes;
  int64_t anchors, classCount, height, width;
};

FailureOr<Value> entries(DarknetLayer &layer, FailureOr<Value> all, const AnchorMaps &maps,
                         int64_t first, int64_t count) {
  return layer.create<nn::SliceOp>(all, Integers{0, first, 0, 0},
                                   Integers{maps.anchors, count, maps.height, maps.width},
                                   Integers{1, 1, 1, 1});
}

constexpr int64_t boxEntries = 4, objectEntry = 4, firstClass = 5;

FailureOr<AnchorMaps> splitAnchors(DarknetLayer &layer, int64_t anchors) {
  MapShape in = layer.shape();
  int64_t classes = layer.integer("classes", 20, 1);
  if (!layer.optionsAreValid())
    return failure();
  if (in.channels != anchors * (firstClass + classes))
    return layer.error("classes") << "the input has " << in.channels << " channels, but " << anchors
                                  << " boxes of 5 + " << classes << " numbers in each cell take "
                                  << anchors * (firstClass + classes)
                                  << "; filters of the layer in front has to be that";
  AnchorMaps maps{{}, {}, {}, {}, anchors, classes, in.height, in.width};
  FailureOr<Value> all =
      layer.reshaped(layer.input(), {anchors, firstClass + classes, in.height, in.width});
  maps.centres = entries(layer, all, maps, 0, 2);
  maps.sizes = entries(layer, all, maps, 2, 2);
  maps.objectness = entries(layer, all, maps, objectEntry, 1);
  maps.classes = entries(layer, all, maps, firstClass, classes);
  return maps;
}

/// The maps side by side again, as the layer's result.
FailureOr<Value> joined(DarknetLayer &layer, const AnchorMaps &maps) {
  for (const FailureOr<Value> &map : {maps.centres, maps.sizes, maps.objectness, maps.classes})
    if (failed(map))
      return failure();
  return layer.create<nn::ConcatOp>(
      ValueRange{*maps.centres, *maps.sizes, *maps.objectness, *maps.classes}, 1);
}

/// Keeps boxes (A x 2 x H x W each) and probabilities (A x C x H x W), in Darknet's order: by cell,
/// then by anchor.
LogicalResult keepBoxes(DarknetLayer &layer, const AnchorMaps &maps, FailureOr<Value> centres,
                        FailureOr<Value> sizes) {
  if (failed(centres) || failed(sizes))
    return failure();
  int64_t cells = maps.height * maps.width, boxes = cells * maps.anchors;
  FailureOr<Value> corners = layer.create<nn::ConcatOp>(ValueRange{*centres, *sizes}, 1);
  FailureOr<Value> byCell = layer.create<nn::TransposeOp>(
      layer.reshaped(corners, {maps.anchors, boxEntries, cells}), Integers{2, 0, 1});
  FailureOr<Value> scores = layer.create<nn::MulOp>(maps.objectness, maps.classes);
  FailureOr<Value> byClass = layer.create<nn::TransposeOp>(
      layer.reshaped(scores, {maps.anchors, maps.classCount, cells}), Integers{1, 2, 0});
  FailureOr<Value> allBoxes = layer.reshaped(byCell, {1, boxes, boxEntries});
  FailureOr<Value> allScores = layer.reshaped(byClass, {1, maps.classCount, boxes});
  if (failed(allBoxes) || failed(allScores))
    return failure();
  layer.getNetwork().heads.push_back({*allBoxes, *allScores});
  return success();
}

/// `(grid + centres) / cells`.
FailureOr<Value> inPicture(DarknetLayer &layer, FailureOr<Value> centres, int64_t height,
                           int64_t width) {
  Value cells =
      numbers(layer, {1, 2, 1, 1}, {static_cast<float>(width), static_cast<float>(height)});
  return layer.create<nn::DivOp>(layer.create<nn::AddOp>(centres, gridOf(layer, height, width)),
                                 cells);
}

/// Widths and heights of the anchors that `mask` names, over the size that they are relative to:
/// A x 2 x 1 x 1.
FailureOr<Value> readAnchors(DarknetLayer &layer, llvm::ArrayRef<int64_t> mask, int64_t total,
                             double width, double height) {
  llvm::SmallVector<double> anchors = layer.reals("anchors");
  if (!layer.optionsAreValid())
    return failure();
  constexpr double whereAbsent = 0.5; // Darknet's
  if (anchors.empty())
    anchors.assign(2 * total, whereAbsent);
  if (static_cast<int64_t>(anchors.size()) < 2 * total)
    return layer.error("anchors") << "two numbers for each of the num=" << total
                                  << " boxes are needed, not " << anchors.size() << " in all";
  llvm::SmallVector<float> values;
  for (int64_t anchor : mask) {
    values.push_back(static_cast<float>(anchors[2 * anchor] / width));
    values.push_back(static_cast<float>(anchors[2 * anchor + 1] / height));
  }
  return numbers(layer, {static_cast<int64_t>(mask.size()), 2, 1, 1}, values);
}

FailureOr<Integers> readMask(DarknetLayer &layer, int64_t total) {
  Integers mask;
  for (double entry : layer.reals("mask")) {
    if (!(entry >= 0 && entry < static_cast<double>(total)))
      return layer.error("mask") << "numbers from 0 to " << total - 1 << " are needed, as num says";
    mask.push_back(static_cast<int64_t>(entry));
  }
  if (mask.empty())
    mask.append(llvm::seq<int64_t>(0, total).begin(), llvm::seq<int64_t>(0, total).end());
  return mask;
}

constexpr int64_t mostAnchors = 1024;

/// new_coords=1 (scaled YOLOv4): x = (column + 2 tx - 1/2) / columns, w = (2 tw)^2 * anchor / net,
/// and no sigmoid: the layer in front has it.
LogicalResult translateYolo(DarknetLayer &layer) {
  int64_t total = layer.integer("num", 1, 1, mostAnchors);
  double scale = layer.real("scale_x_y", 1);
  bool isNew = layer.isSet("new_coords");
  FailureOr<Integers> mask = readMask(layer, total);
  if (failed(mask))
    return failure();
  FailureOr<AnchorMaps> maps = splitAnchors(layer, static_cast<int64_t>(mask->size()));
  if (failed(maps))
    return failure();
  MapShape net = layer.getNetwork().input;
  FailureOr<Value> anchors = readAnchors(layer, *mask, total, static_cast<double>(net.width),
                                         static_cast<double>(net.height));
  if (!isNew) {
    maps->centres = layer.create<nn::SigmoidOp>(maps->centres);
    maps->objectness = layer.create<nn::SigmoidOp>(maps->objectness);
    maps->classes = layer.create<nn::SigmoidOp>(maps->classes);
  }
  if (scale != 1)
    maps->centres =
        layer.create<nn::AddOp>(layer.create<nn::MulOp>(maps->centres, layer.number(scale)),
                                layer.number(-0.5 * (scale - 1)));
  FailureOr<Value> factors =
      isNew ? layer.create<nn::MulOp>(layer.create<nn::MulOp>(maps->sizes, maps->sizes),
                                      layer.number(4))
            : layer.create<nn::ExpOp>(maps->sizes);
  FailureOr<Value> sizes = layer.create<nn::MulOp>(factors, anchors);
  FailureOr<Value> centres = inPicture(layer, maps->centres, maps->height, maps->width);
  if (failed(keepBoxes(layer, *maps, centres, sizes)))
    return failure();
  MapShape in = layer.shape();
  return layer.setResult(
      layer.reshaped(joined(layer, *maps), {1, in.channels, in.height, in.width}));
}

/// The original gives x and y through the sigmoid, one map an entry; AlexeyAB's fork gives them
/// raw, one list of entries a box.
FailureOr<Value> regionResult(DarknetLayer &layer, AnchorMaps maps, FailureOr<Value> rawCentres) {
  MapShape in = layer.shape();
  if (layer.getNetwork().fork == DarknetFork::Original)
    return layer.reshaped(joined(layer, maps), {1, in.channels, in.height, in.width});
  maps.centres = rawCentres;
  FailureOr<Value> rows = layer.reshaped(joined(layer, maps), {in.channels, in.height * in.width});
  FailureOr<Value> boxes = layer.create<nn::TransposeOp>(rows, Integers{1, 0});
  return layer.reshaped(boxes, {1, in.channels * in.height * in.width});
}

LogicalResult translateRegion(DarknetLayer &layer) {
  if (layer.has("tree"))
    return layer.error("tree") << "a tree of classes is not supported; the file of the tree would "
                                  "be needed";
  if (layer.integer("coords", 4) != boxEntries)
    return layer.error("coords") << "boxes have 4 coordinates; masks are not supported";
  int64_t anchorCount = layer.integer("num", 1, 1, mostAnchors);
  bool isSoftmax = layer.isSet("softmax");
  if (failed(layer.refuse({"background"})))
    return failure();
  FailureOr<AnchorMaps> maps = splitAnchors(layer, anchorCount);
  if (failed(maps))
    return failure();
  Integers all(llvm::seq<int64_t>(0, anchorCount).begin(),
               llvm::seq<int64_t>(0, anchorCount).end());
  FailureOr<Value> anchors = readAnchors(layer, all, anchorCount, static_cast<double>(maps->width),
                                         static_cast<double>(maps->height));
  FailureOr<Value> rawCentres = maps->centres;
  maps->centres = layer.create<nn::SigmoidOp>(maps->centres);
  maps->objectness = layer.create<nn::SigmoidOp>(maps->objectness);
  if (isSoftmax)
    maps->classes = layer.create<nn::SoftmaxOp>(maps->classes, 1);
  else if (layer.getNetwork().fork == DarknetFork::Original)
    maps->classes = layer.create<nn::SigmoidOp>(maps->classes);
  FailureOr<Value> sizes = layer.create<nn::MulOp>(layer.create<nn::ExpOp>(maps->sizes), anchors);
  FailureOr<Value> centres = inPicture(layer, maps->centres, maps->height, maps->width);
  if (failed(keepBoxes(layer, *maps, centres, sizes)))
    return failure();
  return layer.setResult(regionResult(layer, *maps, rawCentres));
}

/// The list of [detection]: classes of each cell, then the confidence of each box, then the boxes.
struct CellLists {
  FailureOr<Value> classes, confidences, boxes;
};

FailureOr<Value> part(DarknetLayer &layer, int64_t first, llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return layer.reshaped(layer.create<nn::SliceOp>(layer.list(), Integers{0, first},
                                                  Integers{1, count}, Integers{1, 1}),
                        shape);
}

FailureOr<CellLists> splitCells(DarknetLayer &layer, int64_t cells, int64_t classes,
                                int64_t boxes) {
  MapShape in = layer.shape();
  int64_t found = in.channels * in.height * in.width;
  int64_t needed = cells * (classes + boxes * (1 + boxEntries));
  if (found != needed)
    return layer.error("side") << "the input has " << found << " numbers, but " << cells
                               << " cells with " << boxes << " boxes and " << classes
                               << " classes take " << needed;
  CellLists lists;
  lists.classes = part(layer, 0, {cells, classes});
  lists.confidences = part(layer, cells * classes, {cells, boxes});
  lists.boxes = part(layer, cells * (classes + boxes), {cells, boxes, boxEntries});
  return lists;
}

LogicalResult translateDetection(DarknetLayer &layer) {
  int64_t side = layer.integer("side", 7, 1, 1 << 10),
          boxes = layer.integer("num", 1, 1, mostAnchors);
  int64_t classes = layer.integer("classes", 1, 1), cells = side * side;
  bool isSquared = layer.isSet("sqrt"), isSoftmax = layer.isSet("softmax");
  if (layer.integer("coords", 4) != boxEntries)
    return layer.error("coords") << "boxes have 4 coordinates";
  if (!layer.optionsAreValid())
    return failure();
  FailureOr<CellLists> lists = splitCells(layer, cells, classes, boxes);
  if (failed(lists))
    return failure();
  if (isSoftmax)
    lists->classes = layer.create<nn::SoftmaxOp>(lists->classes, 1);
  auto half = [&](int64_t first) {
    return layer.create<nn::SliceOp>(lists->boxes, Integers{0, 0, first}, Integers{cells, boxes, 2},
                                     Integers{1, 1, 1});
  };
  llvm::SmallVector<float> grid;
  for (int64_t cell = 0; cell < cells; ++cell)
    grid.append({static_cast<float>(cell % side), static_cast<float>(cell / side)});
  FailureOr<Value> centres =
      layer.create<nn::DivOp>(layer.create<nn::AddOp>(half(0), numbers(layer, {cells, 1, 2}, grid)),
                              layer.number(static_cast<double>(side)));
  FailureOr<Value> sizes = half(2);
  if (isSquared)
    sizes = layer.create<nn::MulOp>(sizes, sizes);
  if (failed(centres) || failed(sizes))
    return failure();
  FailureOr<Value> all = layer.reshaped(layer.create<nn::ConcatOp>(ValueRange{*centres, *sizes}, 2),
                                        {1, cells * boxes, boxEntries});
  FailureOr<Value> scores =
      layer.create<nn::MulOp>(layer.reshaped(lists->confidences, {cells, boxes, 1}),
                              layer.reshaped(lists->classes, {cells, 1, classes}));
  FailureOr<Value> byClass = layer.reshaped(
      layer.create<nn::TransposeOp>(scores, Integers{2, 0, 1}), {1, classes, cells * boxes});
  if (failed(all) || failed(byClass))
    return failure();
  layer.getNetwork().heads.push_back({*all, *byClass});
  if (!isSoftmax)
    return layer.setResult(layer.create<nn::IdentityOp>(layer.list()));
  FailureOr<Value> first = layer.reshaped(lists->classes, {1, cells * classes});
  FailureOr<Value> rest = part(layer, cells * classes, {1, cells * boxes * (1 + boxEntries)});
  if (failed(first) || failed(rest))
    return failure();
  return layer.setResult(layer.create<nn::ConcatOp>(ValueRange{*first, *rest}, 1));
}

} // namespace

llvm::ArrayRef<DarknetSection> headSections() {
  static const DarknetSection sections[] = {
      {"detection", translateDetection},
      {"region", translateRegion},
      {"yolo", translateYolo},
  };
  return sections;
}

} // namespace kiln::darknet_frontend
