// Buffers, views and linalg ops, as the emission of every op needs them.
#include "compiler/schedule/NnToKernel/KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace kiln {

Type storageType(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer ? IntegerType::get(element.getContext(), integer.getWidth()) : element;
}

kernel::ScheduleAttr scheduleOf(Operation *op) {
  if (auto schedule = op->getAttrOfType<kernel::ScheduleAttr>("kernel.schedule"))
    return schedule;
  return kernel::ScheduleAttr::get(op->getContext(), 1, 1, kernel::LoopOrder::FiltersOuter,
                                   /*tasks=*/1,
                                   /*filters=*/1, kernel::VectorLanes::Filters);
}

Weave KernelBuilder::weaveOf(Value tensor) const {
  auto found = weaves.find(tensor);
  if (found != weaves.end())
    return found->second;
  return {tensor, MapLayout::of(tensorType(tensor)).begin, {1, 1, 1}};
}

Buffer KernelBuilder::allocate(int64_t bytes) {
  auto type = MemRefType::get({bytes}, builder.getI8Type());
  return {memref::AllocOp::create(builder, loc, type), 0};
}

Value KernelBuilder::allocateTemporary(ArrayRef<int64_t> shape, Type element) {
  int64_t bytes = elementBytes(element);
  for (int64_t size : shape)
    bytes *= size;
  return view(allocate(bytes), shape, element);
}

Value KernelBuilder::view(Buffer buffer, ArrayRef<int64_t> shape, Type element) {
  Value offset = arith::ConstantIndexOp::create(builder, loc, buffer.offset);
  auto type = MemRefType::get(shape, storageType(element));
  return memref::ViewOp::create(builder, loc, type, buffer.bytes, offset, ValueRange());
}

Value KernelBuilder::plainView(Value tensor) {
  return plainView(tensor, tensorType(tensor).getShape());
}

Value KernelBuilder::plainView(Value tensor, ArrayRef<int64_t> shape) {
  return view(bufferOf(tensor), shape, bufferElement(tensorType(tensor)));
}

Value KernelBuilder::mapView(Value tensor) {
  return plainView(tensor, MapLayout::of(tensorType(tensor)).bufferShape());
}

Value KernelBuilder::interiorView(Value tensor) {
  MapLayout layout = MapLayout::of(tensorType(tensor));
  Value whole = mapView(tensor);
  if (!layout.hasBorder())
    return whole;
  SmallVector<int64_t> offsets = {0, 0}, sizes = {layout.batch, layout.channelBlocks()};
  llvm::append_range(offsets, layout.begin);
  llvm::append_range(sizes, layout.size);
  if (layout.isBlocked()) {
    offsets.push_back(0);
    sizes.push_back(layout.block);
  }
  return subview(whole, offsets, sizes);
}

Value KernelBuilder::subview(Value memref, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> ones(offsets.size(), 1);
  return memref::SubViewOp::create(builder, loc, memref, offsets, sizes, ones);
}

void KernelBuilder::generic(ValueRange inputs, Value output, ArrayRef<AffineMap> maps,
                            ArrayRef<utils::IteratorType> iterators, Body body) {
  linalg::GenericOp::create(builder, loc, TypeRange(), inputs, ValueRange{output}, maps, iterators,
                            [&](OpBuilder &nested, Location nestedLoc, ValueRange elements) {
                              Value result = body(nested, nestedLoc, elements);
                              linalg::YieldOp::create(nested, nestedLoc, result);
                            });
}

void KernelBuilder::parallel(ValueRange inputs, Value output, ArrayRef<AffineMap> inputMaps,
                             Body body) {
  int64_t rank = cast<MemRefType>(output.getType()).getRank();
  SmallVector<AffineMap> maps(inputMaps);
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  generic(inputs, output, maps, iterators, body);
}

void KernelBuilder::copy(Value from, Value to) {
  AffineMap identity = builder.getMultiDimIdentityMap(cast<MemRefType>(to.getType()).getRank());
  parallel(from, to, identity,
           [](OpBuilder &, Location, ValueRange elements) { return elements[0]; });
}

void KernelBuilder::fill(Value memref, TypedAttr value) {
  parallel({}, memref, {}, [&](OpBuilder &nested, Location nestedLoc, ValueRange) -> Value {
    return arith::ConstantOp::create(nested, nestedLoc, value);
  });
}

void KernelBuilder::fillZero(Value memref) {
  fill(memref, builder.getZeroAttr(cast<MemRefType>(memref.getType()).getElementType()));
}

} // namespace kiln
