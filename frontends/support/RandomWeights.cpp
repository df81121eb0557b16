// SplitMix64 (Steele, Lea, Flood 2014) as a source of normal numbers (Box and Muller 1958).
#include "frontends/support/RandomWeights.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cmath>

using namespace mlir;

namespace kiln::frontend {
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

FailureOr<RandomWeights> RandomWeights::parse(Location at, llvm::StringRef option,
                                              uint64_t mostBytes) {
  uint64_t seed;
  llvm::StringRef number = option;
  number.consume_front("random:");
  if (number.getAsInteger(10, seed))
    return emitError(at) << "the weights " << option
                         << " are unknown; the form is random:SEED with a whole number";
  return RandomWeights(seed, mostBytes);
}

RandomWeights RandomWeights::shapesOnly() {
  RandomWeights weights(/*seed=*/0, /*mostBytes=*/0);
  weights.hasNumbers = false;
  return weights;
}

FailureOr<ElementsAttr> RandomWeights::next(Location at, llvm::StringRef name,
                                            RankedTensorType type, InitialValue initial,
                                            llvm::function_ref<float(float)> change) {
  constexpr uint64_t distance = 0xd1342543de82ef95;
  uint64_t tensorSeed = seed + distance * ++tensors;
  if (initial.fanIn == 0)
    return ElementsAttr(
        DenseElementsAttr::get(type, change ? change(initial.constant) : initial.constant));
  constexpr float standIn = 0.5f;
  if (!hasNumbers)
    return ElementsAttr(DenseElementsAttr::get(type, standIn));
  uint64_t size = uint64_t(type.getNumElements()) * sizeof(float);
  bytes += size;
  if (bytes > mostBytes)
    return emitError(at) << "random weights up to here take " << bytes << " bytes, more than "
                         << mostBytes << "; check the sizes of the layers";
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(size, /*align=*/64, /*dataIsMutable=*/true);
  auto *numbers = reinterpret_cast<float *>(blob.getMutableData().data());
  NormalNumbers(tensorSeed)
      .fill({numbers, static_cast<size_t>(type.getNumElements())},
            std::sqrt(2.0 / static_cast<double>(initial.fanIn)));
  return ElementsAttr(DenseResourceElementsAttr::get(type, name, std::move(blob)));
}

} // namespace kiln::frontend
