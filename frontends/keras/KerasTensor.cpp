// Moves elements as late as possible, and as few as possible.
#include "frontends/keras/KerasTensor.h"

#include <numeric>

using namespace mlir;

namespace kiln::keras_frontend {

Integers identityOrder(int64_t rank) {
  Integers order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Integers channelsFirstOrder(int64_t rank, bool channelsLast) {
  Integers order = identityOrder(rank);
  if (channelsLast && rank > 2)
    std::rotate(order.begin() + 1, order.end() - 1, order.end());
  return order;
}

KerasTensor KerasTensor::plain(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return {value, identityOrder(type.getRank()), Integers(type.getShape())};
}

Integers KerasTensor::unreshaped() const {
  Integers sizes(order.size());
  for (auto [place, axis] : llvm::enumerate(order))
    sizes[axis] = type().getDimSize(static_cast<unsigned>(place));
  return sizes;
}

int64_t KerasTensor::placeOf(int64_t axis) const { return llvm::find(order, axis) - order.begin(); }

FailureOr<Value> KerasBuilder::transposed(FailureOr<Value> value, llvm::ArrayRef<int64_t> perm) {
  if (failed(value) || llvm::is_sorted(perm))
    return value;
  llvm::ArrayRef<int64_t> sizes = cast<RankedTensorType>(value->getType()).getShape();
  Integers moved, shape;
  for (int64_t dim : perm) {
    shape.push_back(sizes[dim]);
    if (sizes[dim] != 1)
      moved.push_back(dim);
  }
  if (llvm::is_sorted(moved))
    return reshaped(value, shape);
  auto key = std::pair(value->getAsOpaquePointer(), std::vector<int64_t>(perm.begin(), perm.end()));
  if (auto known = cache.find(key); known != cache.end())
    return known->second;
  FailureOr<Value> result = create<nn::TransposeOp>(*value, perm);
  if (succeeded(result))
    cache[key] = *result;
  return result;
}

FailureOr<KerasTensor> KerasBuilder::stored(const KerasTensor &tensor,
                                            llvm::ArrayRef<int64_t> order) {
  FailureOr<KerasTensor> from = settled(tensor);
  if (failed(from))
    return failure();
  Integers perm;
  for (int64_t axis : order)
    perm.push_back(from->placeOf(axis));
  FailureOr<Value> value = transposed(from->value, perm);
  if (failed(value))
    return failure();
  return KerasTensor{*value, Integers(order), from->shape};
}

FailureOr<KerasTensor> KerasBuilder::settled(const KerasTensor &tensor) {
  if (!tensor.isReshaped())
    return tensor;
  KerasTensor before{tensor.value, tensor.order, tensor.unreshaped()};
  FailureOr<KerasTensor> inOrder = stored(before, identityOrder(before.rank()));
  if (failed(inOrder))
    return failure();
  FailureOr<Value> value = reshaped(inOrder->value, tensor.shape);
  if (failed(value))
    return failure();
  return KerasTensor::plain(*value);
}

FailureOr<Value> KerasBuilder::plain(const KerasTensor &tensor) {
  FailureOr<KerasTensor> result = stored(tensor, identityOrder(tensor.rank()));
  if (failed(result))
    return failure();
  return result->value;
}

namespace {

/// Dimensions [first, last) of one shape that hold the elements of dimensions [to, toLast) of
/// another.
struct Group {
  size_t first, last, to, toLast;
};

/// Cuts two shapes of as many elements into the smallest groups; nothing for empty tensors.
std::optional<SmallVector<Group>> groupsOf(llvm::ArrayRef<int64_t> from,
                                           llvm::ArrayRef<int64_t> to) {
  if (llvm::is_contained(from, 0) || llvm::is_contained(to, 0))
    return std::nullopt;
  SmallVector<Group> groups;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    Group group{i, i, j, j};
    int64_t left = 1, right = 1;
    if (i < from.size())
      left = from[i++];
    if (j < to.size())
      right = to[j++];
    while (left != right) {
      if (left < right && i < from.size())
        left *= from[i++];
      else if (left > right && j < to.size())
        right *= to[j++];
      else
        return std::nullopt;
    }
    group.last = i;
    group.toLast = j;
    groups.push_back(group);
  }
  return groups;
}

/// Where in storage a group lies: the place of its first dimension; nothing where its dimensions,
/// those of size one aside, do not follow each other.
std::optional<int64_t> placeOf(const Group &group, const KerasTensor &tensor,
                               llvm::ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> places;
  for (size_t axis = group.first; axis < group.last; ++axis)
    if (sizes[axis] != 1)
      places.push_back(tensor.placeOf(static_cast<int64_t>(axis)));
  if (places.empty())
    return group.first < group.last ? tensor.placeOf(static_cast<int64_t>(group.first))
                                    : tensor.rank();
  for (size_t i = 1; i < places.size(); ++i)
    for (int64_t between = places[i - 1] + 1; between <= places[i]; ++between)
      if (places[i] < places[i - 1] || (between < places[i] && sizes[tensor.order[between]] != 1))
        return std::nullopt;
  if (!llvm::is_sorted(places))
    return std::nullopt;
  return places.front();
}

} // namespace

FailureOr<KerasTensor> KerasBuilder::withShape(const KerasTensor &tensor,
                                               llvm::ArrayRef<int64_t> shape) {
  KerasTensor pending{tensor.value, tensor.order, Integers(shape)};
  Integers sizes = tensor.unreshaped();
  std::optional<SmallVector<Group>> groups = groupsOf(sizes, shape);
  if (sizes == shape || !groups)
    return pending;
  KerasTensor before{tensor.value, tensor.order, sizes};
  SmallVector<std::pair<int64_t, Group>> placed;
  for (const Group &group : *groups) {
    std::optional<int64_t> place = placeOf(group, before, sizes);
    if (!place)
      return pending;
    placed.emplace_back(*place, group);
  }
  llvm::sort(placed, [](const auto &a, const auto &b) {
    return std::pair(a.first, a.second.to) < std::pair(b.first, b.second.to);
  });
  KerasTensor result{Value(), {}, Integers(shape)};
  Integers valueShape;
  for (const auto &[place, group] : placed)
    for (size_t axis = group.to; axis < group.toLast; ++axis) {
      result.order.push_back(static_cast<int64_t>(axis));
      valueShape.push_back(shape[axis]);
    }
  FailureOr<Value> value = reshaped(tensor.value, valueShape);
  if (failed(value))
    return failure();
  result.value = *value;
  return result;
}

FailureOr<KerasTensor> KerasBuilder::permuted(const KerasTensor &tensor,
                                              llvm::ArrayRef<int64_t> dims) {
  FailureOr<KerasTensor> result = settled(tensor);
  if (failed(result))
    return failure();
  for (int64_t &axis : result->order)
    axis = llvm::find(dims, axis) - dims.begin();
  result->shape = result->unreshaped();
  return result;
}

LogicalResult KerasBuilder::storeAlike(KerasTensor &first, KerasTensor &second) {
  if (first.order == second.order && first.unreshaped() == second.unreshaped() &&
      first.shape == second.shape)
    return success();
  FailureOr<KerasTensor> a = settled(first), b = settled(second);
  if (failed(a) || failed(b))
    return failure();
  // The larger one stays where it is.
  KerasTensor &still = a->type().getNumElements() >= b->type().getNumElements() ? *a : *b;
  KerasTensor &moving = &still == &*a ? *b : *a;
  FailureOr<KerasTensor> moved = stored(moving, still.order);
  if (failed(moved))
    return failure();
  moving = *moved;
  first = *a;
  second = *b;
  return success();
}

FailureOr<KerasTensor> KerasBuilder::channelsFirst(const KerasTensor &tensor, bool channelsLast) {
  return stored(tensor, channelsFirstOrder(tensor.rank(), channelsLast));
}

KerasTensor KerasBuilder::fromChannelsFirst(Value value, bool channelsLast) {
  KerasTensor result = KerasTensor::plain(value);
  result.order = channelsFirstOrder(result.rank(), channelsLast);
  result.shape = result.unreshaped();
  return result;
}

/// True where a tensor of rank 2 is a map whose positions were flattened, and nothing else.
static bool isFlattenedMap(const KerasTensor &tensor) {
  return tensor.isReshaped() && tensor.rank() == 2 && tensor.order.front() == 0 &&
         tensor.type().getDimSize(0) == tensor.shape[0];
}

FailureOr<Value> KerasBuilder::flattenedAsStored(const KerasTensor &tensor) {
  return isFlattenedMap(tensor) ? reshaped(tensor.value, tensor.shape) : plain(tensor);
}

FailureOr<Value> KerasBuilder::rowsAsStored(const KerasTensor &tensor, Value weights) {
  if (!isFlattenedMap(tensor))
    return weights;
  // F x units -> H x W x C x units -> C x H x W x units -> F x units
  Integers shape(cast<RankedTensorType>(weights.getType()).getShape());
  Integers map = tensor.unreshaped(), perm;
  map.erase(map.begin());
  int64_t positions = static_cast<int64_t>(map.size());
  for (int64_t axis : llvm::ArrayRef(tensor.order).drop_front())
    perm.push_back(axis - 1);
  for (size_t i = 1; i < shape.size(); ++i) {
    map.push_back(shape[i]);
    perm.push_back(positions++);
  }
  return reshaped(transposed(reshaped(weights, map), perm), shape);
}

} // namespace kiln::keras_frontend
