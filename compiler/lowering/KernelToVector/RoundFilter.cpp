// Rounds packed filters to floats of 24 bits, in the weights program.
//
//   for block:                                  the part of this task
//     for four rows:  words = round(rows)       rows that do not exist are 0
#include "compiler/lowering/KernelToVector/Float24.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {

void emitRoundFilter(Emitter &e, kernel::RoundFilterOp op) {
  Value input = e.flat(op.getInput()), output = e.flat(op.getOutput());
  int64_t blocks = shapeOf(op.getInput())[0], rows = shapeOf(op.getInput())[1];
  int64_t fours = rows / kRowsOfWords, rest = rows % kRowsOfWords;
  auto roundRows = [&](Value block, Value four, int64_t count) {
    Value from = e.add(e.mul(block, rows * kLanes), e.mul(four, kRowsOfWords * kLanes));
    Value to = e.add(e.mul(block, shapeOf(op.getOutput())[1] * kWordsOfRows * kLanes),
                     e.mul(four, kWordsOfRows * kLanes));
    SmallVector<Value> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(e.loadVector(input, e.add(from, i * kLanes)));
    values.resize(kRowsOfWords, e.constant(lanesOf(e.getF32Type()), 0.0));
    for (auto [i, words] : llvm::enumerate(emitRounded(e, values)))
      e.store(words, output, e.add(to, static_cast<int64_t>(i) * kLanes));
  };
  e.forEachUnit(op.getSchedule().getTasks(), {blocks}, [&](ArrayRef<Value> unit) {
    e.forEach(fours, [&](Value four) { roundRows(unit[0], four, kRowsOfWords); });
    if (rest != 0)
      roundRows(unit[0], e.index(fours), rest);
  });
}

} // namespace kiln
