// kiln summary: the layers of a model as it was written, with their parameters, work and receptive
// fields.
#include "tools/kiln/Commands.h"
#include "tools/kiln/ImportModel.h"
#include "tools/kiln/LayerTable.h"
#include "tools/kiln/Messages.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>

namespace kiln::tool {
namespace {

struct Totals {
  int64_t trainable = 0, nonTrainable = 0, multiplyAdds = 0, weightBytes = 0;

  explicit Totals(llvm::ArrayRef<LayerRow> rows) {
    for (const LayerRow &row : rows) {
      if (row.isInside)
        continue;
      trainable += row.trainable - row.repeatedTrainable;
      nonTrainable += row.nonTrainable - row.repeatedNonTrainable;
      multiplyAdds += row.multiplyAdds;
      weightBytes += row.weightBytes;
    }
  }
};

std::string withCommas(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), 1, ',');
  return digits;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "scalar" : text;
}

/// One number where all dimensions have the same, else one a dimension: `7`, `3x5`.
std::string fieldText(const ReceptiveField &field, double FieldExtent::*member) {
  std::vector<std::string> parts;
  for (const FieldExtent &extent : field)
    parts.push_back(llvm::formatv("{0}", llvm::format("%g", extent.*member)));
  bool isUniform =
      llvm::all_of(parts, [&](const std::string &part) { return part == parts.front(); });
  return parts.empty() ? "-" : isUniform ? parts.front() : llvm::join(parts, "x");
}

/// Columns as wide as their widest cell; the last one is not filled up.
void printColumns(llvm::ArrayRef<std::vector<std::string>> table,
                  llvm::ArrayRef<bool> rightAligned) {
  std::vector<size_t> widths(rightAligned.size(), 0);
  for (const std::vector<std::string> &row : table)
    for (auto [width, cell] : llvm::zip_equal(widths, row))
      width = std::max(width, cell.size());
  for (const std::vector<std::string> &row : table) {
    std::string line;
    for (auto [i, cell] : llvm::enumerate(row)) {
      std::string fill(widths[i] - cell.size(), ' ');
      line += (i ? "  " : "") + (rightAligned[i] ? fill + cell : cell + fill);
    }
    llvm::outs() << llvm::StringRef(line).rtrim() << "\n";
  }
}

void printText(llvm::ArrayRef<LayerRow> rows) {
  std::vector<std::vector<std::string>> layers{
      {"layer (type)", "output shape", "parameters", "connected to"}};
  std::vector<std::vector<std::string>> costs{
      {"layer", "multiply-adds", "field", "stride", "offset", "activation bytes", "weight bytes"}};
  for (const LayerRow &row : rows) {
    layers.push_back({row.name + " (" + row.type + ")", shapeText(row.shape),
                      withCommas(row.parameters()), llvm::join(row.connectedTo, ", ")});
    costs.push_back(
        {row.name, withCommas(row.multiplyAdds), fieldText(row.field, &FieldExtent::size),
         fieldText(row.field, &FieldExtent::stride), fieldText(row.field, &FieldExtent::offset),
         withCommas(row.activationBytes), withCommas(row.weightBytes)});
  }
  Totals totals(rows);
  printColumns(layers, {false, false, true, false});
  llvm::outs() << "\ntotal parameters: " << withCommas(totals.trainable + totals.nonTrainable)
               << "\ntrainable parameters: " << withCommas(totals.trainable)
               << "\nnon-trainable parameters: " << withCommas(totals.nonTrainable) << "\n\n";
  printColumns(costs, {false, true, true, true, true, true, true});
  llvm::outs() << "\nmultiply-adds: " << withCommas(totals.multiplyAdds)
               << "\nweight bytes: " << withCommas(totals.weightBytes) << "\n";
}

llvm::json::Value fieldJson(const ReceptiveField &field) {
  if (field.empty())
    return nullptr;
  llvm::json::Array dims;
  for (const FieldExtent &extent : field)
    dims.push_back(llvm::json::Object{
        {"size", extent.size}, {"stride", extent.stride}, {"offset", extent.offset}});
  return dims;
}

void printJson(llvm::ArrayRef<LayerRow> rows) {
  llvm::json::Array layers;
  for (const LayerRow &row : rows)
    layers.push_back(llvm::json::Object{{"name", row.name},
                                        {"type", row.type},
                                        {"shape", llvm::json::Array(row.shape)},
                                        {"parameters", row.parameters()},
                                        {"trainable", row.trainable},
                                        {"connected_to", llvm::json::Array(row.connectedTo)},
                                        {"multiply_adds", row.multiplyAdds},
                                        {"receptive_field", fieldJson(row.field)},
                                        {"activation_bytes", row.activationBytes},
                                        {"weight_bytes", row.weightBytes}});
  Totals totals(rows);
  llvm::json::Object summary{{"layers", std::move(layers)},
                             {"parameters", totals.trainable + totals.nonTrainable},
                             {"trainable", totals.trainable},
                             {"non_trainable", totals.nonTrainable},
                             {"multiply_adds", totals.multiplyAdds},
                             {"weight_bytes", totals.weightBytes}};
  llvm::outs() << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(summary)));
}

} // namespace

ExitStatus summaryCommand(const CommandLine &line) {
  ExitStatus status;
  std::optional<Request> request = readRequest(line, status);
  if (!request)
    return status;
  request->needsOnlyShapes = true;
  Session session(*request, status);
  if (status != Done)
    return status;
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(session, *request, status);
  if (!module)
    return status;
  for (auto function : module->getOps<mlir::func::FuncOp>()) {
    std::vector<LayerRow> rows = layerTable(
        function, line.has(OPT_expand_nested) ? NestedModels::Expanded : NestedModels::OneRow);
    line.has(OPT_json) ? printJson(rows) : printText(rows);
  }
  return Done;
}

} // namespace kiln::tool
