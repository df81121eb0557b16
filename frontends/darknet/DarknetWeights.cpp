// The reader of weights.
#include "frontends/darknet/DarknetWeights.h"

#include "frontends/support/Weights.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Endian.h"

#include <cstring>

using namespace mlir;

namespace kiln::darknet_frontend {

using frontend::fileLocation;
using frontend::quoted;

FailureOr<DarknetWeights> DarknetWeights::fromFile(MLIRContext &context,
                                                   std::shared_ptr<llvm::MemoryBuffer> file) {
  constexpr size_t numbersOfVersion = 3, shortSeen = 4, longSeen = 8;
  llvm::StringRef bytes = file->getBuffer();
  Location at = fileLocation(context, file->getBufferIdentifier());
  if (bytes.size() < numbersOfVersion * 4 + shortSeen)
    return emitError(at) << "has " << bytes.size()
                         << " bytes, fewer than the header of a Darknet weights file";
  int32_t version[numbersOfVersion];
  for (size_t i = 0; i < numbersOfVersion; ++i)
    version[i] = llvm::support::endian::read32le(bytes.data() + 4 * i);
  auto [major, minor, revision] = version;
  constexpr int32_t largestVersion = 100000;
  if (major < 0 || minor < 0 || revision < 0 || major > largestVersion || minor > largestVersion)
    return emitError(at) << "begins with version " << major << "." << minor << "." << revision
                         << ": not a Darknet weights file";
  DarknetWeights weights;
  bool hasLongSeen = int64_t(major) * 10 + minor >= 2 && major < 1000 && minor < 1000;
  weights.offset = numbersOfVersion * 4 + (hasLongSeen ? longSeen : shortSeen);
  if (bytes.size() < weights.offset)
    return emitError(at) << "has " << bytes.size() << " bytes, fewer than its header of "
                         << weights.offset;
  weights.header = weights.offset;
  weights.transposed = major > 1000 || minor > 1000;
  constexpr int32_t revisionOfAlexeyAB = 5;
  if (revision >= revisionOfAlexeyAB)
    weights.writer = DarknetFork::AlexeyAB;
  weights.file = std::move(file);
  return weights;
}

DarknetWeights DarknetWeights::drawn(frontend::RandomWeights random) {
  DarknetWeights weights;
  weights.random = random;
  return weights;
}

FailureOr<ElementsAttr> DarknetWeights::take(Location at, const std::string &owner,
                                             llvm::StringRef name, RankedTensorType type,
                                             InitialValue initial,
                                             llvm::function_ref<float(float)> change) {
  taken += type.getNumElements();
  last = owner;
  return file ? read(owner, name, type, change) : random->next(at, name, type, initial, change);
}

FailureOr<ElementsAttr> DarknetWeights::read(const std::string &owner, llvm::StringRef name,
                                             RankedTensorType type,
                                             llvm::function_ref<float(float)> change) {
  uint64_t size = uint64_t(type.getNumElements()) * sizeof(float);
  llvm::StringRef all = file->getBuffer();
  if (!firstMissing.empty() || size > all.size() - offset) {
    if (firstMissing.empty())
      firstMissing = quoted(name) + " of " + owner;
    return ElementsAttr(DenseElementsAttr::get(type, 0.0f));
  }
  llvm::StringRef bytes = all.substr(offset, size);
  offset += size;
  if (!change)
    return frontend::elementsOnFile(type, name, {bytes, file});
  std::vector<float> numbers(type.getNumElements());
  std::memcpy(numbers.data(), bytes.data(), size);
  for (float &number : numbers)
    number = change(number);
  return frontend::elementsFromBytes(
      type, name, {reinterpret_cast<const char *>(numbers.data()), static_cast<size_t>(size)});
}

LogicalResult DarknetWeights::finish(Location config) const {
  if (!file)
    return success();
  Location at = fileLocation(*config.getContext(), file->getBufferIdentifier());
  uint64_t bytes = file->getBufferSize() - header, needed = taken * sizeof(float);
  if (bytes == needed)
    return success();
  InFlightDiagnostic error = emitError(at) << "holds " << bytes / sizeof(float) << " numbers";
  if (bytes % sizeof(float) != 0)
    error << " and " << bytes % sizeof(float) << " bytes";
  error << ", but the network needs " << taken << ": ";
  if (bytes < needed)
    return error << taken - bytes / sizeof(float) << " are missing, from " << firstMissing
                 << " on; give the weights that were trained with this configuration";
  error << (bytes - needed) / sizeof(float) << " are left behind ";
  return error << (last.empty() ? "the header" : last)
               << "; give the configuration that the weights were trained with";
}

} // namespace kiln::darknet_frontend
