// A heap is a header, its signature and size, and objects: an index, and the size of what follows.
#include "frontends/keras/Hdf5Heaps.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

namespace kiln::keras_frontend {

static constexpr llvm::StringLiteral signature("GCOL\1");
static constexpr uint64_t headerBytes = 16, sizeAt = 8;

/// The object with index 0 is free space, and its size includes its own header.
static bool isSoundHeap(llvm::StringRef heap) {
  uint64_t size = llvm::support::endian::read64le(heap.data() + sizeAt);
  heap = heap.take_front(size).drop_front(std::min(size, headerBytes));
  while (heap.size() >= headerBytes) {
    auto index = llvm::support::endian::read16le(heap.data());
    uint64_t content = llvm::support::endian::read64le(heap.data() + sizeAt);
    if (content > heap.size())
      return false;
    uint64_t step = index == 0 ? content : headerBytes + llvm::alignTo(content, 8);
    if (step == 0)
      return false;
    heap = heap.drop_front(std::min<uint64_t>(heap.size(), step));
  }
  return true;
}

bool hasSoundHeaps(llvm::StringRef image) {
  while (const void *found =
             memmem(image.data(), image.size(), signature.data(), signature.size())) {
    image = image.drop_front(static_cast<const char *>(found) - image.data());
    if (image.size() < headerBytes)
      return true;
    if (!isSoundHeap(image))
      return false;
    image = image.drop_front(signature.size());
  }
  return true;
}

} // namespace kiln::keras_frontend
