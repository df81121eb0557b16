// See TapRow.h.
#include "compiler/lowering/KernelToVector/TapRow.h"

using namespace mlir;

namespace kiln {

IndexRange TapRow::inMap(Emitter &e, Value first, Value last) const {
  auto before = [&](int64_t position, Value firstTap) {
    Value distance = e.atLeast(e.sub(e.index(position), firstTap), e.index(0));
    return e.atMost(e.div(e.add(distance, dilation - 1), dilation), e.index(taps));
  };
  return {before(begin, last), before(end, first)};
}

int64_t TapRow::countInMap(int64_t first, int64_t last) const {
  return llvm::count_if(llvm::seq<int64_t>(0, taps), [&](int64_t tap) {
    return last + tap * dilation >= begin && first + tap * dilation < end;
  });
}

} // namespace kiln
