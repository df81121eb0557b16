// Buffers of tensors and access to their elements.
#include "compiler/reference/Tensor.h"

#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnRules.h"

#include <cstdlib>
#include <cstring>

using namespace mlir;

namespace kiln::reference {

static RankedTensorType withoutLayout(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

int64_t tensorBytes(RankedTensorType type) {
  return type.getNumElements() * nn::elementBytes(type.getElementType());
}

FailureOr<Tensor> Tensor::allocate(Location loc, RankedTensorType type) {
  size_t bytes = tensorBytes(type);
  auto *memory = static_cast<char *>(std::calloc(std::max<size_t>(bytes, 1), 1));
  if (!memory)
    return emitError(loc) << "not enough memory for a tensor of " << bytes << " bytes";
  Tensor tensor;
  tensor.tensorType = withoutLayout(type);
  tensor.owner = std::shared_ptr<char>(memory, std::free);
  tensor.contents = {memory, bytes};
  return tensor;
}

FailureOr<Tensor> Tensor::copy(Location loc, RankedTensorType type, ArrayRef<char> bytes) {
  if (int64_t(bytes.size()) != tensorBytes(type))
    return emitError(loc) << "a tensor of type " << type << " takes " << tensorBytes(type)
                          << " bytes, but has " << bytes.size();
  FailureOr<Tensor> tensor = allocate(loc, type);
  if (succeeded(tensor) && !bytes.empty())
    std::memcpy(tensor->mutableData(), bytes.data(), bytes.size());
  return tensor;
}

FailureOr<Tensor> Tensor::fromAttribute(Location loc, ElementsAttr elements) {
  auto type = dyn_cast<RankedTensorType>(elements.getShapedType());
  SmallVector<char> storage;
  auto bytes = type ? nn::readBytes(elements, storage) : std::nullopt;
  if (!bytes)
    return emitError(loc) << "the constant of type " << elements.getShapedType()
                          << " has no contents to read";
  if (!storage.empty())
    return copy(loc, type, *bytes);
  Tensor tensor;
  tensor.tensorType = withoutLayout(type);
  tensor.contents = *bytes;
  return tensor;
}

Tensor Tensor::withType(RankedTensorType other) const {
  assert(tensorBytes(other) == int64_t(contents.size()) && "another size");
  Tensor tensor = *this;
  tensor.tensorType = withoutLayout(other);
  return tensor;
}

template <> void Tensor::load(int64_t first, int64_t count, double *out) const {
  nn::loadFloats(elementType(), data() + first * nn::elementBytes(elementType()), count, out);
}

template <> void Tensor::load(int64_t first, int64_t count, int64_t *out) const {
  nn::loadIntegers(elementType(), data() + first * nn::elementBytes(elementType()), count, out);
}

template <> void Tensor::store(int64_t first, ArrayRef<double> values) {
  nn::storeFloats(elementType(), values.data(), values.size(),
                  mutableData() + first * nn::elementBytes(elementType()));
}

template <> void Tensor::store(int64_t first, ArrayRef<int64_t> values) {
  nn::storeIntegers(elementType(), values.data(), values.size(),
                    mutableData() + first * nn::elementBytes(elementType()));
}

} // namespace kiln::reference
