// A layer to be measured: a network of one op.
#ifndef KILN_TOOLS_BENCH_BENCHEDLAYER_H
#define KILN_TOOLS_BENCH_BENCHEDLAYER_H

#include "compiler/Options.h"

#include <string>
#include <vector>

namespace kiln::bench {

struct BenchedLayer {
  std::string name;    ///< FAMILY/SHAPE
  std::string network; ///< MLIR text of a function on plain tensors
  std::string op;      ///< the op in it that is measured, after the layouts have been assigned
  std::string winograd = "off"; ///< as --winograd
  DenseWeights denseWeights = DenseWeights::F32;
};

/// Every family of kernels in shapes of published networks.
std::vector<BenchedLayer> benchedLayers();

} // namespace kiln::bench

#endif // KILN_TOOLS_BENCH_BENCHEDLAYER_H
