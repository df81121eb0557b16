// See KernelName.h.
#include "compiler/lowering/KernelName.h"

#include "dialects/kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln {
namespace {

/// `56x56`; unit sizes in front say nothing.
std::string sizes(ArrayRef<int64_t> shape) {
  while (shape.size() > 1 && shape.front() == 1)
    shape = shape.drop_front();
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(shape, os, "x");
  return text;
}

ArrayRef<int64_t> shapeOf(Value value) { return cast<MemRefType>(value.getType()).getShape(); }

std::string product(int64_t first, int64_t second) { return sizes({first, second}); }

std::string filtersOfTile(int64_t filters) {
  return filters == 1 ? "" : "_f" + std::to_string(filters);
}

/// What tells one schedule from another: rows x columns of the register tile, its blocks of
/// filters, what its lanes are, and the loop order.
std::string blocking(kernel::ScheduleAttr schedule) {
  std::string text = "_r";
  if (schedule.getRows() != 1)
    text += std::to_string(schedule.getRows()) + "x";
  text += std::to_string(schedule.getColumns()) + filtersOfTile(schedule.getFilters());
  if (schedule.getLanes() == kernel::VectorLanes::Pixels)
    text += "_lanes";
  return schedule.getOrder() == kernel::LoopOrder::PixelsOuter ? text + "_pixels" : text;
}

std::string convName(kernel::ConvOp op) {
  bool isDepthwise = op.getForm() == nn::FilterForm::Depthwise;
  std::string name = op.getScale()                            ? "preactivated"
                     : isDepthwise || op.getDepthwiseFilter() ? "dwconv"
                     : op.getForm() == nn::FilterForm::Planar ? "planarconv"
                                                              : "conv";
  name += tapsText(op.getTaps());
  if (llvm::any_of(op.getStrides(), [](int64_t stride) { return stride != 1; }))
    name += "s" + sizes(op.getStrides());
  if (llvm::any_of(op.getDilations(), [](int64_t dilation) { return dilation != 1; }))
    name += "d" + sizes(op.getDilations());
  if (op.getDepthwiseFilter())
    name += "_conv1x1";
  name += "_" + std::to_string(op.getChannels()) + "x" + std::to_string(op.getFilters());
  if (op.getGroups() != 1 && !isDepthwise)
    name += "g" + std::to_string(op.getGroups());
  if (llvm::any_of(op.getOutSteps(), [](int64_t step) { return step != 1; }))
    name += "_every" + sizes(op.getOutSteps());
  return name + "_" + sizes(op.getOutSize()) + blocking(op.getSchedule());
}

/// `winograd4_3x3`: the tile's width and the taps.
template <typename Op> std::string winogradForm(Op op) {
  return "winograd" + std::to_string(nn::winogradTile(op.getForm())) + "_" + tapsText(op.getTaps());
}

/// `winograd4_3x3_64x64_56x56_b28_r28`: channels and filters, the map, tiles in a block and in
/// registers.
std::string winogradName(kernel::WinogradOp op) {
  kernel::WinogradScheduleAttr schedule = op.getSchedule();
  std::string groups = op.getGroups() == 1 ? "" : "g" + std::to_string(op.getGroups());
  return winogradForm(op) + "_" + product(op.getChannels(), op.getFilters()) + groups + "_" +
         sizes(op.getOutSize()) + "_b" + std::to_string(schedule.getBlock()) + "_r" +
         std::to_string(schedule.getRegisters()) + filtersOfTile(schedule.getFilters()) +
         (schedule.getPanel() == 1 ? "" : "_p" + std::to_string(schedule.getPanel())) +
         (op.transformsFilter() ? "_taps" : "") +
         (op.getPool() == 1 ? "" : "_maxpool" + std::to_string(op.getPool()));
}

std::string gemmName(kernel::GemmOp op) {
  ArrayRef<int64_t> a = shapeOf(op.getA());
  std::string tile = "_r" + std::to_string(op.getSchedule().getRows());
  return (a[0] == 1 ? "gemv_" : "gemm_" + std::to_string(a[0]) + "x") +
         product(a[1], shapeOf(op.getOutput())[1]) + (a[0] == 1 ? "" : tile) +
         (op.hasRoundedWeights() ? "_f24" : "");
}

std::string poolName(kernel::PoolOp op) {
  std::string name = op.getKind() == kernel::PoolKind::Max ? "maxpool" : "avgpool";
  return name + sizes(op.getKernel()) + "_" + std::to_string(shapeOf(op.getInput())[1] * 16) + "_" +
         sizes(op.getOutSize());
}

/// The ops of the body, in order: `addf_maximumf`.
std::string linalgName(linalg::LinalgOp op) {
  std::string name;
  for (Operation &inner : *op.getBlock())
    if (!inner.hasTrait<OpTrait::IsTerminator>() && !inner.hasTrait<OpTrait::ConstantLike>() &&
        name.size() < 32)
      name += (name.empty() ? "" : "_") + inner.getName().stripDialect().str();
  if (name.empty())
    name = op.getNumDpsInputs() ? "copy" : "fill";
  return name + "_" + sizes(shapeOf(op.getDpsInits().front()));
}

} // namespace

std::string tapsText(ArrayRef<int64_t> taps) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(taps[0] == 1 ? taps.drop_front() : taps, os, "x");
  return text;
}

std::string kernelName(StringRef prefix, Operation *op) {
  using Text = std::string;
  Text name = llvm::TypeSwitch<Operation *, Text>(op)
                  .Case([](kernel::ConvOp conv) { return convName(conv); })
                  .Case([](kernel::LocalConvOp conv) {
                    return "localconv" + sizes(conv.getKernel()) + "_" +
                           product(conv.getChannels(), shapeOf(conv.getFilter())[2]) + "_" +
                           sizes(conv.getOutSize());
                  })
                  .Case([](kernel::WinogradOp conv) { return winogradName(conv); })
                  .Case([](kernel::WinogradInputOp input) {
                    return winogradForm(input) + "_input_" +
                           std::to_string(shapeOf(input.getInput())[1] * 16) + "_" +
                           sizes(input.getOutSize());
                  })
                  .Case([](kernel::GemmOp gemm) { return gemmName(gemm); })
                  .Case([](kernel::PoolOp pool) { return poolName(pool); })
                  .Case([](kernel::LrnOp lrn) {
                    return "lrn_" + std::to_string(lrn.getChannels()) + "_" + sizes(lrn.getMap());
                  })
                  .Case([](kernel::ResampleOp resample) {
                    return "resample_" + std::to_string(shapeOf(resample.getInput())[1] * 16) +
                           "_" + sizes(resample.getOutSize());
                  })
                  .Case([](kernel::RelayoutOp relayout) {
                    return Text(shapeOf(relayout.getOutput()).size() == 6 ? "block_" : "unblock_") +
                           std::to_string(relayout.getChannels()) + "_" + sizes(relayout.getMap());
                  })
                  .Case([](kernel::PackFilterOp pack) {
                    return ("pack_" + nn::stringifyFilterForm(pack.getForm()) + "_").str() +
                           sizes(shapeOf(pack.getInput())) + (pack.isRounded() ? "_f24" : "");
                  })
                  .Case([](kernel::FillBorderOp fill) {
                    return "border_" + sizes(shapeOf(fill.getBuffer()));
                  })
                  .Case([](linalg::LinalgOp generic) { return linalgName(generic); })
                  .Default([](Operation *other) { return other->getName().stripDialect().str(); });
  std::string element;
  if (op->getNumOperands())
    llvm::raw_string_ostream(element) << getElementTypeOrSelf(op->getOperands().back().getType());
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return (prefix + "_" + element + "_" + name).str();
}

} // namespace kiln
