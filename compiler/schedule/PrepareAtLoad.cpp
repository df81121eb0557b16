// Moves the transforms of Winograd's filters from the compiler to net_open: a transformed filter is
// up to seven times its weights, which an artefact then neither holds nor reads from a file.
//
//   %p = kernel.weight_ref @weight_0
//   ->   an argument of the entry, in the buffer that net_open prepares
//
//   kernel.weight @weight_0, transformed
//   ->   kernel.weight @weight_0, as the model has it, and in func @net_prepare
//        nn.pack_filter(kernel.weight_ref @weight_0)
#include "compiler/schedule/Layout.h"
#include "compiler/schedule/Passes.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {

#define GEN_PASS_DEF_PREPAREATLOAD
#include "compiler/schedule/Passes.h.inc"

namespace {

constexpr int64_t placeAlignment = 64;

int64_t placeBytes(Type type) {
  return llvm::alignTo(bufferBytes(cast<RankedTensorType>(type)), placeAlignment);
}

class LoadPreparation {
public:
  explicit LoadPreparation(ModuleOp module)
      : module(module), symbols(module), builder(module.getContext()) {}

  LogicalResult run(StringRef name);

private:
  nn::PackFilterOp transformOf(kernel::WeightOp weight);
  func::FuncOp startFunction(StringRef name);
  void defer(kernel::WeightOp weight, nn::PackFilterOp pack);
  void finishFunction(func::FuncOp load);
  void shorten(nn::PackFilterOp pack);
  void placeWeights();
  LogicalResult takePrepared(func::FuncOp entry);

  ModuleOp module;
  SymbolTable symbols;
  OpBuilder builder;
  llvm::SetVector<nn::PackFilterOp> packs; ///< that leave their functions
  SmallVector<Value> prepared;             ///< results of the load function
  llvm::DenseMap<StringAttr, std::pair<Type, int64_t>>
      places;        ///< in the prepared buffer, by weight
  int64_t bytes = 0; ///< of the prepared buffer
};

LogicalResult LoadPreparation::run(StringRef name) {
  SmallVector<func::FuncOp> entries = llvm::to_vector(
      llvm::make_filter_range(module.getOps<func::FuncOp>(), [](func::FuncOp function) {
        return !function->hasAttr("kernel.prepare");
      }));
  SmallVector<kernel::WeightOp> weights = llvm::to_vector(
      llvm::make_filter_range(module.getOps<kernel::WeightOp>(),
                              [&](kernel::WeightOp weight) { return bool(transformOf(weight)); }));
  if (weights.empty())
    return success();
  func::FuncOp load = startFunction(name.empty() ? entries.front().getSymName() : name);
  for (kernel::WeightOp weight : weights)
    defer(weight, transformOf(weight));
  finishFunction(load);
  for (nn::PackFilterOp pack : packs)
    shorten(pack);
  placeWeights();
  module->setAttr("kernel.prepared_bytes", builder.getI64IntegerAttr(bytes));
  for (func::FuncOp entry : entries)
    if (failed(takePrepared(entry)))
      return failure();
  return success();
}

/// The Winograd transform with which the weight's prepare function ends, or null.
nn::PackFilterOp LoadPreparation::transformOf(kernel::WeightOp weight) {
  auto function =
      weight.getPrepare() ? symbols.lookup<func::FuncOp>(*weight.getPrepare()) : func::FuncOp();
  if (!function)
    return {};
  auto pack =
      function.getBody().front().getTerminator()->getOperand(0).getDefiningOp<nn::PackFilterOp>();
  return pack && nn::winogradTile(pack.getForm()) ? pack : nn::PackFilterOp();
}

func::FuncOp LoadPreparation::startFunction(StringRef name) {
  builder.setInsertionPointToEnd(module.getBody());
  auto load = func::FuncOp::create(builder, builder.getUnknownLoc(), (name + "_prepare").str(),
                                   builder.getFunctionType({}, {}));
  load->setAttr("kernel.load", builder.getUnitAttr());
  builder.setInsertionPointToStart(load.addEntryBlock());
  return load;
}

/// The weight becomes what is transformed; the load function transforms it.
void LoadPreparation::defer(kernel::WeightOp weight, nn::PackFilterOp pack) {
  places[weight.getSymNameAttr()] = {weight.getType(), bytes};
  bytes += placeBytes(weight.getType());
  packs.insert(pack);
  weight.setType(pack.getFilter().getType());
  if (isa<BlockArgument>(pack.getFilter()))
    weight.removePrepareAttr();
  Value source = kernel::WeightRefOp::create(builder, weight.getLoc(), weight.getType(),
                                             FlatSymbolRefAttr::get(weight.getSymNameAttr()));
  auto transform = cast<nn::PackFilterOp>(builder.clone(*pack));
  transform->setLoc(weight.getLoc());
  transform.getFilterMutable().assign(source);
  prepared.push_back(transform.getResult());
}

void LoadPreparation::finishFunction(func::FuncOp load) {
  func::ReturnOp::create(builder, load.getLoc(), prepared);
  SmallVector<int64_t> offsets;
  for (int64_t next = 0; Value value : prepared) {
    offsets.push_back(next);
    next += placeBytes(value.getType());
  }
  load.setFunctionType(builder.getFunctionType({}, TypeRange(ValueRange(prepared))));
  load->setAttr("kernel.prepared", builder.getDenseI64ArrayAttr(offsets));
}

/// A prepare function returns what was transformed; one that did nothing else is gone.
void LoadPreparation::shorten(nn::PackFilterOp pack) {
  auto function = pack->getParentOfType<func::FuncOp>();
  Value source = pack.getFilter();
  if (isa<BlockArgument>(source))
    return function.erase();
  function.getBody().front().getTerminator()->setOperand(0, source);
  function.setFunctionType(builder.getFunctionType(function.getArgumentTypes(), source.getType()));
  pack.erase();
}

void LoadPreparation::placeWeights() {
  int64_t offset = 0;
  for (auto weight : module.getOps<kernel::WeightOp>()) {
    weight.setOffset(offset);
    offset += placeBytes(weight.getType());
  }
  module->setAttr("kernel.weights_bytes", builder.getI64IntegerAttr(offset));
}

/// References to deferred weights become arguments behind the inputs.
LogicalResult LoadPreparation::takePrepared(func::FuncOp entry) {
  SmallVector<int64_t> offsets;
  for (auto reference :
       llvm::make_early_inc_range(entry.getBody().front().getOps<kernel::WeightRefOp>())) {
    auto place = places.find(reference.getWeightAttr().getAttr());
    if (place == places.end())
      continue;
    auto [type, offset] = place->second;
    if (failed(entry.insertArgument(entry.getNumArguments(), type, {}, reference.getLoc())))
      return failure();
    offsets.push_back(offset);
    reference.replaceAllUsesWith(entry.getArguments().back());
    reference.erase();
  }
  entry->setAttr("kernel.prepared", builder.getDenseI64ArrayAttr(offsets));
  return success();
}

struct PrepareAtLoad : impl::PrepareAtLoadBase<PrepareAtLoad> {
  using Base::Base;
  void runOnOperation() override {
    if (failed(LoadPreparation(getOperation()).run(name)))
      signalPassFailure();
  }
};

} // namespace
} // namespace kiln
