// Builds the module from a parsed configuration: input, one translator call a section, outputs.
#ifndef KILN_FRONTENDS_DARKNET_DARKNETIMPORTER_H
#define KILN_FRONTENDS_DARKNET_DARKNETIMPORTER_H

#include "frontends/darknet/DarknetDetections.h"
#include "frontends/darknet/DarknetLayers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace kiln::darknet_frontend {

class DarknetImporter {
public:
  DarknetImporter(mlir::MLIRContext &context, const DarknetConfig &config, DarknetWeights &weights,
                  const DarknetOptions &options);

  mlir::OwningOpRef<mlir::ModuleOp> import();

private:
  LogicalResult checkSections() const;
  LogicalResult addInput();
  LogicalResult addLayer(const ConfigSection &section, size_t index);
  LogicalResult addOutputs();
  /// Calls what was built since `before` after the layer: its result "layer3", the rest
  /// "layer3.conv".
  void nameOps(const ConfigSection &section, size_t index, mlir::Operation *before, Value result);
  mlir::Location at(unsigned line) const { return config.location(context, line); }

  mlir::MLIRContext &context;
  const DarknetConfig &config;
  DarknetNetwork network;
  DetectionThresholds thresholds;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
};

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETIMPORTER_H
