// See TuneKernels.h.
#include "compiler/tuning/TuneKernels.h"

#include "compiler/Pipeline.h"
#include "compiler/codegen/Target.h"
#include "compiler/schedule/KernelChoice.h"
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Weights.h"
#include "compiler/tuning/KernelTimer.h"
#include "compiler/tuning/TuningCache.h"

#include "mlir/IR/Builders.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln {
namespace {

/// A kernel that can be computed in several ways; equal ones count once.
struct Kernel {
  Operation *op;
  SmallVector<KernelChoice> choices;
};

/// `conv 1x64x56x56`: the op and its result.
std::string describe(Operation *op) {
  std::string text = (op->getName().stripDialect() + " ").str();
  llvm::raw_string_ostream os(text);
  llvm::interleave(cast<RankedTensorType>(op->getResult(0).getType()).getShape(), os, "x");
  return text;
}

/// The choices that are worth measuring: without threads the number of tasks makes no difference.
SmallVector<KernelChoice> choicesToMeasure(Operation *op, const TargetModel &target,
                                           const Options &options) {
  SmallVector<KernelChoice> choices = choicesFor(op, target, winogradName(options.winograd));
  if (options.threads == 1)
    llvm::erase_if(choices, [](const KernelChoice &choice) { return choice.differsInTasks; });
  return choices;
}

class KernelTuner {
public:
  KernelTuner(ModuleOp module, const Options &options)
      : module(module), options(options), weights(weightsUnder(module)) {}

  LogicalResult run();

private:
  void collectKernels();
  llvm::Expected<TuningConditions> conditions();
  std::vector<std::string> missing(const TuningCache &cache) const;
  LogicalResult measure(TuningCache &cache, ArrayRef<std::string> names);
  void attach(const KernelTimes &times);
  LogicalResult fail(llvm::Error error);

  ModuleOp module;
  const Options &options;
  llvm::DenseSet<Value> weights;
  std::map<std::string, Kernel> kernels; ///< by their text
};

/// The kernels that run in an inference. One whose result others weave into a map is not the same
/// by itself.
void KernelTuner::collectKernels() {
  TargetModel target = TargetModel::forTarget(options.target);
  module.walk([&](Operation *op) {
    if (op->getNumResults() != 1 || weights.contains(op->getResult(0)) ||
        isa<nn::PackFilterOp>(op) || llvm::any_of(op->getUsers(), llvm::IsaPred<nn::InterleaveOp>))
      return;
    SmallVector<KernelChoice> choices = choicesToMeasure(op, target, options);
    if (choices.size() > 1)
      kernels.try_emplace(textOfKernel(op), Kernel{op, std::move(choices)});
  });
}

llvm::Expected<TuningConditions> KernelTuner::conditions() {
  llvm::Expected<TargetSpec> target = resolveTarget(options.target);
  if (!target)
    return target.takeError();
  return TuningConditions{"Kiln " KILN_VERSION ", LLVM " LLVM_VERSION_STRING,
                          target->cpu,
                          target->features,
                          options.optimization,
                          options.threads,
                          comeFromMemory(weights)};
}

std::vector<std::string> KernelTuner::missing(const TuningCache &cache) const {
  std::vector<std::string> names;
  for (const auto &[name, kernel] : kernels) {
    auto known = cache.times().find(name);
    auto isKnown = [&](const KernelChoice &choice) { return known->second.count(choice.text()); };
    if (known == cache.times().end() || !llvm::all_of(kernel.choices, isKnown))
      names.push_back(name);
  }
  return names;
}

LogicalResult KernelTuner::measure(TuningCache &cache, ArrayRef<std::string> names) {
  bool fromMemory = comeFromMemory(weights);
  KernelTimer timer(options, fromMemory ? weights : llvm::DenseSet<Value>());
  for (auto [i, name] : llvm::enumerate(names)) {
    const Kernel &kernel = kernels.find(name)->second;
    if (options.tuning.progress)
      options.tuning.progress(i + 1, names.size(), describe(kernel.op));
    FailureOr<ChoiceTimes> times = timer.measure(kernel.op, kernel.choices);
    if (failed(times) || failed(fail(cache.add(name, *times))))
      return failure();
  }
  return success();
}

void KernelTuner::attach(const KernelTimes &times) {
  Builder builder(module.getContext());
  SmallVector<NamedAttribute> entries;
  for (const auto &[name, kernel] : kernels) {
    auto known = times.find(name);
    if (known == times.end())
      continue;
    SmallVector<NamedAttribute> choices;
    for (const auto &[choice, nanoseconds] : known->second)
      choices.push_back(builder.getNamedAttr(choice, builder.getI64IntegerAttr(nanoseconds)));
    entries.push_back(builder.getNamedAttr(name, builder.getDictionaryAttr(choices)));
  }
  DictionaryAttr all = builder.getDictionaryAttr(entries);
  for (auto function : module.getOps<func::FuncOp>())
    function->setAttr(timesAttribute, all);
}

LogicalResult KernelTuner::fail(llvm::Error error) {
  if (!error)
    return success();
  return emitError(module.getLoc(), llvm::toString(std::move(error)));
}

LogicalResult KernelTuner::run() {
  collectKernels();
  llvm::Expected<TuningConditions> known = conditions();
  if (!known)
    return fail(known.takeError());
  llvm::Expected<TuningCache> cache = TuningCache::read(options.tuning.cacheFile, *known);
  if (!cache)
    return fail(cache.takeError());
  std::vector<std::string> names = missing(*cache);
  if (options.tuning.measures && failed(measure(*cache, names)))
    return failure();
  if (!options.tuning.measures && !names.empty())
    emitWarning(module.getLoc()) << "'" << options.tuning.cacheFile << "' has no times for "
                                 << names.size() << " of " << kernels.size() << " kernels on "
                                 << known->cpu
                                 << "; the cost model chooses these (--tune measures them)";
  attach(cache->times());
  return success();
}

} // namespace

LogicalResult tuneKernels(ModuleOp module, const Options &options) {
  return KernelTuner(module, options).run();
}

} // namespace kiln
