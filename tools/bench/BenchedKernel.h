// A layer as the compiler makes it today: layouts, the cost model's choice, machine code in this
// process.
#ifndef KILN_TOOLS_BENCH_BENCHEDKERNEL_H
#define KILN_TOOLS_BENCH_BENCHEDKERNEL_H

#include "tools/bench/BenchedLayer.h"

#include "compiler/tuning/IsolatedKernel.h"

#include <optional>

namespace kiln::bench {

struct BenchedKernel {
  std::optional<IsolatedKernel> code;
  std::string
      choice; ///< the schedule that the cost model chose; empty where there is none to choose
  int64_t multiplyAdds = 0; ///< of the direct algorithm
  int64_t bytes = 0;        ///< of everything that is read and written once
  std::string problem;      ///< why there is no code
};

/// `options` say for which target and at which level.
BenchedKernel compileLayer(const BenchedLayer &layer, Options options);

} // namespace kiln::bench

#endif // KILN_TOOLS_BENCH_BENCHEDKERNEL_H
