// mlir-opt with the dialects, passes and stages of Kiln: what the lit tests run.
#include "compiler/Pipeline.h"

#include "mlir/InitAllDialects.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  kiln::registerDialects(registry);
  kiln::registerPassesAndStages();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Kiln's optimizer driver\n", registry));
}
