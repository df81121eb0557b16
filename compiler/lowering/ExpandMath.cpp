#include "compiler/lowering/Passes.h"
using namespace mlir;
namespace kiln {
#define GEN_PASS_DEF_EXPANDMATH
#include "compiler/lowering/Passes.h.inc"
namespace {
struct ExpandMath : impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {}
};
}
}
