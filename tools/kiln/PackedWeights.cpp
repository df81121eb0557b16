// Packed tensors are found by the names and offsets in the manifest.
#include "tools/kiln/PackedWeights.h"
#include "tools/kiln/Messages.h"

#include "runtime/hosted/files.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <cstring>

namespace kiln::tool {
namespace {

/// The tensor called `which`, or the one of that number.
const WeightInfo *findWeight(const std::vector<WeightInfo> &weights, llvm::StringRef which) {
  auto named =
      llvm::find_if(weights, [&](const WeightInfo &weight) { return weight.name == which; });
  if (named != weights.end())
    return &*named;
  size_t number;
  return !which.getAsInteger(10, number) && number < weights.size() ? &weights[number] : nullptr;
}

/// The element of the largest magnitude.
uint64_t largestElement(const WeightInfo &weight, const char *data) {
  uint64_t best = 0, count = weight.bytes / kiln_dtype_bytes(weight.dtype);
  for (uint64_t i = 1; i < count; ++i)
    if (std::fabs(kiln_element(data, weight.dtype, i)) >
        std::fabs(kiln_element(data, weight.dtype, best)))
      best = i;
  return best;
}

} // namespace

PackedWeights::PackedWeights(LoadedNetwork &network)
    : network(network), bytes(network.program().weights_bytes) {
  if (bytes.bytes() != 0)
    std::memcpy(bytes.data(), network.weights(), bytes.bytes());
  network.useWeights(bytes.data());
}

ExitStatus PackedWeights::takeFrom(const LoadedNetwork &other) {
  const std::vector<WeightInfo> &theirs = other.manifest().weights;
  unsigned taken = 0;
  for (const WeightInfo &weight : network.manifest().weights) {
    auto match = llvm::find_if(theirs, [&](const WeightInfo &candidate) {
      return candidate.name == weight.name && candidate.bytes == weight.bytes &&
             candidate.shape == weight.shape;
    });
    if (match == theirs.end()) {
      warn("the artefact has no packed weight '" + weight.name +
           "' of this shape; it is not checked");
      continue;
    }
    std::memcpy(static_cast<char *>(bytes.data()) + weight.offset,
                static_cast<const char *>(other.weights()) + match->offset, weight.bytes);
    ++taken;
  }
  if (taken == 0 && !network.manifest().weights.empty())
    return fault("the artefact has no packed weight of this model: another model, or compiled for "
                 "another CPU or with other --winograd or --dense-weights?");
  network.useWeights(bytes.data());
  return Done;
}

ExitStatus PackedWeights::alter(llvm::StringRef which) {
  const std::vector<WeightInfo> &weights = network.manifest().weights;
  const WeightInfo *weight = findWeight(weights, which);
  if (!weight)
    return fault("no packed weight is called or numbered '" + which + "'; there are " +
                 llvm::Twine(weights.size()) +
                 (weights.empty() ? "" : ", such as '" + weights.front().name + "'"));
  char *data = static_cast<char *>(bytes.data()) + weight->offset;
  uint64_t element = largestElement(*weight, data);
  double before = kiln_element(data, weight->dtype, element), after = before == 0 ? 1 : -before;
  kiln_store_element(data, weight->dtype, element, after);
  llvm::errs() << "altered '" << weight->name << "' (packed weight " << weight - weights.data()
               << " of " << weights.size() << ")"
               << llvm::format(": element %llu from %g to %g\n",
                               static_cast<unsigned long long>(element), before, after);
  network.useWeights(bytes.data());
  return Done;
}

} // namespace kiln::tool
