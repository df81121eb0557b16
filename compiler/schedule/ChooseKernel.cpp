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

/// Of the choices that `times` knows the fastest, handicaps counted; the model's where it knows
/// none.
const KernelChoice &best(ArrayRef<KernelChoice> choices, DictionaryAttr times) {
  const KernelChoice *best = &choices.front();
  std::optional<double> least;
  for (const KernelChoice &choice : choices) {
    auto nanoseconds = times ? times.getAs<IntegerAttr>(choice.text()) : IntegerAttr();
    if (!nanoseconds)
      continue;
    double time = static_cast<double>(nanoseconds.getInt()) * choice.handicap;
    if (!least || time < *least) {
      least = time;
      best = &choice;
    }
  }
  return *best;
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
    applyChoice(op, choice);
    if (choice.winograd)
      remark::passed(op->getLoc(), remark::RemarkOpts::name("ChooseKernel").category("schedule"))
          << remark::metric("Winograd", nn::winogradTile(*choice.winograd))
          << remark::metric("PredictedGain", choice.gain);
  }

  TargetModel model;
  DictionaryAttr times;
};

} // namespace
} // namespace kiln
