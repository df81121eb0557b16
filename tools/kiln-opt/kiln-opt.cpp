// mlir-opt with the dialects, passes and stages of Kiln: what the lit tests run.
#include "compiler/lowering/Passes.h"
#include "compiler/schedule/Passes.h"
#include "dialects/kernel/KernelDialect.h"
#include "dialects/nn/NnDialect.h"

#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<kiln::kernel::KernelDialect, kiln::nn::NnDialect>();
  mlir::registerTransformsPasses();
  kiln::registerKilnSchedulePasses();
  kiln::registerKilnLoweringPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Kiln's optimizer driver\n", registry));
}
