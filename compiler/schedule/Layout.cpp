// The physical side of layout encodings.
#include "compiler/schedule/Layout.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {

Spatial toSpatial(ArrayRef<int64_t> values, int64_t fill) {
  Spatial result = {fill, fill, fill};
  llvm::copy(values, result.begin() + (3 - values.size()));
  return result;
}

nn::BlockedAttr layoutOf(RankedTensorType type) {
  return dyn_cast_if_present<nn::BlockedAttr>(type.getEncoding());
}

SmallVector<int64_t> bufferShape(RankedTensorType type) {
  if (auto packed = dyn_cast_if_present<nn::PackedAttr>(type.getEncoding()))
    return packed.bufferShape(type.getShape());
  nn::BlockedAttr layout = layoutOf(type);
  if (!layout)
    return SmallVector<int64_t>(type.getShape());
  if (type.getRank() == 1)
    return {static_cast<int64_t>(llvm::alignTo(type.getDimSize(0), layout.getBlock()))};
  return MapLayout::of(type).bufferShape();
}

Type bufferElement(RankedTensorType type) {
  auto packed = dyn_cast_if_present<nn::PackedAttr>(type.getEncoding());
  return packed && packed.isRounded() ? IntegerType::get(type.getContext(), 32)
                                      : type.getElementType();
}

RankedTensorType withLayout(RankedTensorType type, nn::BlockedAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

MapLayout MapLayout::of(RankedTensorType type) {
  nn::BlockedAttr layout = layoutOf(type);
  ArrayRef<int64_t> border = layout ? layout.getBorder() : ArrayRef<int64_t>();
  size_t half = border.size() / 2;
  return {layout ? layout.getBlock() : 1,
          type.getDimSize(0),
          type.getDimSize(1),
          toSpatial(type.getShape().drop_front(2), 1),
          toSpatial(border.take_front(half), 0),
          toSpatial(border.drop_front(half), 0)};
}

bool MapLayout::hasBorder() const {
  auto isZero = [](int64_t width) { return width == 0; };
  return !llvm::all_of(begin, isZero) || !llvm::all_of(end, isZero);
}

SmallVector<int64_t> MapLayout::bufferShape() const {
  SmallVector<int64_t> shape = {batch, channelBlocks()};
  for (int i = 0; i < 3; ++i)
    shape.push_back(begin[i] + size[i] + end[i]);
  if (isBlocked())
    shape.push_back(block);
  return shape;
}

int64_t elementBytes(Type element) { return std::max(1u, element.getIntOrFloatBitWidth() / 8); }

int64_t bufferBytes(RankedTensorType type) {
  int64_t bytes = elementBytes(bufferElement(type));
  for (int64_t size : bufferShape(type))
    bytes *= size;
  return bytes;
}

bool sameMemory(RankedTensorType from, RankedTensorType to) {
  if (from == to)
    return true;
  if (from.getRank() < 3 || from.getRank() > 5 || isa_and_present<nn::PackedAttr>(to.getEncoding()))
    return false;
  MapLayout a = MapLayout::of(from), b = MapLayout::of(to);
  if (a.hasBorder() || b.hasBorder())
    return false;
  if (a.block == b.block)
    return true;
  bool onePixel = a.size == Spatial{1, 1, 1};
  return onePixel && a.channels % channelBlock == 0;
}

nn::FilterForm formOf(nn::ConvOp conv) {
  auto packed = dyn_cast_if_present<nn::PackedAttr>(
      cast<RankedTensorType>(conv.getFilter().getType()).getEncoding());
  return packed ? packed.getForm() : nn::FilterForm::Blocked;
}

bool isDense(nn::ConvOp conv) {
  auto input = cast<RankedTensorType>(conv.getInput().getType());
  auto filter = cast<RankedTensorType>(conv.getFilter().getType());
  auto isZero = [](int64_t pad) { return pad == 0; };
  auto isOne = [](int64_t dilation) { return dilation == 1; };
  return conv.getGroups() == 1 && !conv.getResidual() && llvm::all_of(conv.getPads(), isZero) &&
         input.getShape().drop_front(2) == filter.getShape().drop_front(2) &&
         llvm::all_of(conv.getDilations(), isOne);
}

} // namespace kiln
