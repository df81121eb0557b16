// Lookup of operators, and the advice for those that are missing.
#include "frontends/onnx/OnnxOperators.h"

#include "frontends/onnx/OnnxImport.h"

#include "llvm/ADT/StringSwitch.h"

namespace kiln::onnx_frontend {

using OperatorTable = llvm::StringMap<llvm::SmallVector<const OnnxOperator *, 2>>;

static OperatorTable buildTable() {
  OperatorTable table;
  for (auto family :
       {arithmeticOperators,    activationOperators, attentionOperators, constantOperators,
        convOperators,          detectionOperators,  einsumOperators,    gridSampleOperators,
        indexOperators,         layerNormOperators,  layoutOperators,    logicOperators,
        normalizationOperators, poolOperators,       quantizedOperators, reductionOperators,
        resizeOperators,        scatterOperators,    sequenceOperators,  sliceOperators,
        trigonometricOperators})
    for (const OnnxOperator &op : family())
      table[op.name].push_back(&op);
  return table;
}

const OnnxOperator *findOperator(llvm::StringRef name, int64_t opset) {
  static const OperatorTable table = buildTable();
  auto forms = table.find(name);
  if (forms == table.end())
    return nullptr;
  const OnnxOperator *best = nullptr;
  for (const OnnxOperator *form : forms->second)
    if (form->since <= opset && (!best || form->since > best->since))
      best = form;
  return best;
}

static llvm::StringRef adviceFor(llvm::StringRef op) {
  return llvm::StringSwitch<llvm::StringRef>(op)
      .Cases({"Loop", "Scan", "SequenceMap"},
             "export the model with its control flow unrolled (tracing) or simplify it first "
             "(onnxsim), or end it before this node (--end-at=TENSOR)")
      .Cases({"LSTM", "GRU", "RNN"}, "recurrent layers are outside of what Kiln compiles")
      .Case("Unique", "export the model without its post-processing and do that in the application")
      .Default("replace it in the model by supported operators, or end the model before this node "
               "(--end-at=TENSOR)");
}

std::string describeUnsupported(const onnx::NodeProto &node, int64_t opset) {
  bool isDefault = node.domain().empty() || node.domain() == "ai.onnx";
  std::string text =
      quoted(node.name().empty() && node.output_size() ? node.output(0) : node.name());
  text += ": " + quoted(node.op_type()).substr(1);
  text.pop_back();
  if (!isDefault)
    text += " of domain " + quoted(node.domain());
  else
    text += " (opset " + std::to_string(opset) + ")";
  text += "; ";
  if (node.domain() == "ai.onnx.ml")
    return text + "classical machine learning is outside of what Kiln compiles: end the model "
                  "before this node";
  if (!isDefault)
    return text + "it is a custom operator: export with standard ONNX operators only";
  if (findOperator(node.op_type(), newestOnnxOpset))
    return text + "it exists only in newer opsets: convert the model (onnx.version_converter)";
  return text + adviceFor(node.op_type()).str();
}

} // namespace kiln::onnx_frontend
