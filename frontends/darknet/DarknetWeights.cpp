// The reader and the generator of weights.
#include "frontends/darknet/DarknetWeights.h"

#include "frontends/support/Weights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"

#include <cmath>
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

DarknetWeights DarknetWeights::fromSeed(uint64_t seed, uint64_t mostBytes) {
  DarknetWeights weights;
  weights.seed = seed;
  weights.mostBytes = mostBytes;
  return weights;
}

FailureOr<ElementsAttr> DarknetWeights::take(Location at, const std::string &owner,
                                             llvm::StringRef name, RankedTensorType type,
                                             InitialValue initial,
                                             llvm::function_ref<float(float)> change) {
  taken += type.getNumElements();
  last = owner;
  return file ? read(owner, name, type, change) : generate(at, name, type, initial, change);
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

/// SplitMix64 (Steele, Lea, Flood 2014) as a source of normal numbers (Box and Muller 1958).
namespace {
class NormalNumbers {
public:
  explicit NormalNumbers(uint64_t seed) : state(seed) {}

  void fill(llvm::MutableArrayRef<float> numbers, double deviation) {
    constexpr double fullCircle = 6.283185307179586;
    for (size_t i = 0; i < numbers.size(); i += 2) {
      double radius = deviation * std::sqrt(-2 * std::log(1 - uniform()));
      double angle = fullCircle * uniform();
      numbers[i] = static_cast<float>(radius * std::cos(angle));
      if (i + 1 < numbers.size())
        numbers[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
  }

private:
  /// In [0, 1).
  double uniform() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }
  uint64_t state;
};
} // namespace

FailureOr<ElementsAttr> DarknetWeights::generate(Location at, llvm::StringRef name,
                                                 RankedTensorType type, InitialValue initial,
                                                 llvm::function_ref<float(float)> change) {
  constexpr uint64_t distance = 0xd1342543de82ef95;
  uint64_t tensorSeed = seed + distance * ++tensors;
  if (initial.fanIn == 0)
    return ElementsAttr(
        DenseElementsAttr::get(type, change ? change(initial.constant) : initial.constant));
  uint64_t size = uint64_t(type.getNumElements()) * sizeof(float);
  generatedBytes += size;
  if (generatedBytes > mostBytes)
    return emitError(at) << "random weights up to here take " << generatedBytes
                         << " bytes, more than " << mostBytes << "; check the sizes of the layers";
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(size, /*align=*/64, /*dataIsMutable=*/true);
  auto *numbers = reinterpret_cast<float *>(blob.getMutableData().data());
  NormalNumbers(tensorSeed)
      .fill({numbers, static_cast<size_t>(type.getNumElements())},
            std::sqrt(2.0 / static_cast<double>(initial.fanIn)));
  return ElementsAttr(DenseResourceElementsAttr::get(type, name, std::move(blob)));
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
