// Chooses how each op is computed: what was measured as fastest, or where nothing was measured what
// the cost model holds for best.
#include "compiler/schedule/KernelChoice.h"
#include "compiler/schedule/Passes.h"

#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_CHOOSEKERNEL
#include "compiler/schedule/Passes.h.inc"

namespace {

std::optional<double> nanosecondsOf(const KernelChoice &choice, DictionaryAttr times) {
  auto nanoseconds = times ? times.getAs<IntegerAttr>(choice.text()) : IntegerAttr();
  return nanoseconds ? std::optional(static_cast<double>(nanoseconds.getInt())) : std::nullopt;
}

/// Of the choices that `times` knows the fastest, handicaps counted; the model's where it knows
/// none, or none that is so much faster that it will be in the network as well.
const KernelChoice &best(ArrayRef<KernelChoice> choices, DictionaryAttr times) {
  constexpr double leastGain = 1.03;
  const KernelChoice *best = &choices.front();
  std::optional<double> least;
  for (const KernelChoice &choice : choices) {
    std::optional<double> nanoseconds = nanosecondsOf(choice, times);
    if (!nanoseconds)
      continue;
    double time = *nanoseconds * choice.handicap / (&choice == choices.begin() ? leastGain : 1);
    if (!least || time < *least) {
      least = time;
      best = &choice;
    }
  }
  return *best;
}

/// Tells where times have overruled the model, and how much faster that is.
void reportGain(Operation *op, const KernelChoice &model, const KernelChoice &choice,
                DictionaryAttr times) {
  std::optional<double> before = nanosecondsOf(model, times), after = nanosecondsOf(choice, times);
  if (before && after && model.text() != choice.text())
    remark::passed(op->getLoc(), remark::RemarkOpts::name("ChooseKernel").category("schedule"))
        << remark::metric("Measured", choice.text()) << remark::metric("InsteadOf", model.text())
        << remark::metric("Gain", *before / *after) << remark::metric("Nanoseconds", *after);
}

struct ChooseKernel : impl::ChooseKernelBase<ChooseKernel> {
  using Base::Base;

  void runOnOperation() override {
    model = TargetModel::forTarget(target);
    times = getOperation()->getAttrOfType<DictionaryAttr>(timesAttribute);
    // Convolutions first: they say how their filters are packed.
    getOperation().walk([&](nn::ConvOp conv) { choose(conv); });
    getOperation().walk([&](Operation *op) { choose(op); });
    getOperation()->removeAttr(timesAttribute);
  }

private:
  void choose(Operation *op) {
    if (op->hasAttr(scheduleAttribute))
      return;
    SmallVector<KernelChoice> choices = choicesFor(op, model, winograd);
    if (choices.empty())
      return;
    DictionaryAttr measured =
        times ? times.getAs<DictionaryAttr>(textOfKernel(op)) : DictionaryAttr();
    const KernelChoice &choice = best(choices, measured);
    reportGain(op, choices.front(), choice, measured);
    applyChoice(op, choice);
    if (choice.winogradTile)
      remark::passed(op->getLoc(), remark::RemarkOpts::name("ChooseKernel").category("schedule"))
          << remark::metric("Winograd", choice.winogradTile)
          << remark::metric("PredictedGain", choice.gain);
  }

  TargetModel model;
  DictionaryAttr times;
};

} // namespace
} // namespace kiln
