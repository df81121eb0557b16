// What a translator sees of one ONNX node: its inputs as values, its attributes with their types
// checked, and the builder of nn ops. Every error is reported at the node; no translator ever
// asserts on what the file says.
//
//     LogicalResult translateLrn(OnnxNode &node) {
//       return node.emit<nn::LrnOp>(node.input(0), node.integer("size", 0), ...);
//     }
#ifndef KILN_FRONTENDS_ONNX_ONNXNODE_H
#define KILN_FRONTENDS_ONNX_ONNXNODE_H

#include "frontends/onnx/OnnxFile.h"
#include "frontends/support/NnBuilder.h"

#include <optional>

namespace kiln::onnx_frontend {

using frontend::checkedProduct;
using frontend::Integers;
using mlir::FailureOr;
using mlir::LogicalResult;
using mlir::RankedTensorType;
using mlir::Value;

class OnnxNode : public frontend::NnBuilder {
public:
  OnnxNode(const onnx::NodeProto &proto, int64_t opset, OnnxFile &file, mlir::OpBuilder &builder,
           mlir::Location loc, llvm::SmallVector<Value> inputs,
           llvm::SmallVector<bool> wantedOutputs);

  int64_t opset() const { return version; }
  OnnxFile &getFile() { return file; }
  /// The name of the first result.
  llvm::StringRef outputName() const { return proto.output(0); }

  // Inputs. Absent ones, at the end or as an empty name, are null values.
  size_t numInputs() const { return inputs.size(); }
  Value input(size_t index) const { return index < inputs.size() ? inputs[index] : Value(); }
  RankedTensorType type(size_t index) const {
    return mlir::cast<RankedTensorType>(inputs[index].getType());
  }
  llvm::ArrayRef<int64_t> shape(size_t index) const { return type(index).getShape(); }
  int64_t rank(size_t index) const { return type(index).getRank(); }

  /// The tensors of an input that is a sequence; an error where it is none.
  FailureOr<llvm::SmallVector<Value>> sequence(size_t index) const;
  void addSequence(size_t index, llvm::ArrayRef<Value> tensors) {
    sequences[index] = llvm::to_vector(tensors);
  }

  /// The elements of an integer input that decides the result's shape: an error unless it is
  /// constant.
  FailureOr<Integers> constantIntegers(size_t index, llvm::StringRef what) const;
  /// The error about an input that would have to be constant.
  LogicalResult notConstant(size_t index, llvm::StringRef what) const;

  // Attributes. A wrong type is reported, remembered (see attributesAreValid) and read as the
  // default.
  bool has(llvm::StringRef attribute) const { return find(attribute) != nullptr; }
  int64_t integer(llvm::StringRef attribute, int64_t otherwise);
  double real(llvm::StringRef attribute, double otherwise);
  std::string text(llvm::StringRef attribute, llvm::StringRef otherwise);
  std::optional<Integers> integers(llvm::StringRef attribute);
  std::optional<llvm::SmallVector<float>> reals(llvm::StringRef attribute);
  const onnx::TensorProto *tensor(llvm::StringRef attribute);
  /// The element type that an attribute names by its number in TensorProto.DataType.
  FailureOr<mlir::Type> typeAttribute(llvm::StringRef attribute, mlir::Type otherwise);
  bool attributesAreValid() const { return valid; }

  /// The axes of Squeeze, Reduce and the like: an attribute until opset `inputSince` - 1, then
  /// input 1; nothing where neither is given. Negative ones are counted from `rank`; an error for
  /// one out of range or given twice.
  FailureOr<std::optional<Integers>> axes(int64_t inputSince, int64_t rank);

  /// `axis` counted from the end when negative; an error unless it is then in [0, bound).
  FailureOr<int64_t> checkedAxis(int64_t axis, int64_t bound) const;

  /// The second operand of an arithmetic operator as it broadcasts to the first in numpy's way:
  /// until opset 6 it was aligned at the attribute `axis` of the first, or at its end.
  FailureOr<Value> alignedOperand();

  // Outputs.
  size_t numOutputs() const { return wanted.size(); }
  bool wants(size_t index) const { return index < wanted.size() && wanted[index]; }
  LogicalResult setResult(Value value, size_t index = 0);
  Value result(size_t index) const { return results[index]; }
  /// The first result as a sequence of tensors.
  LogicalResult setSequence(llvm::SmallVector<Value> tensors) {
    resultSequence = std::move(tensors);
    return mlir::success();
  }
  const std::optional<llvm::SmallVector<Value>> &sequenceResult() const { return resultSequence; }

  /// `create`, as the node's first result.
  template <typename OpTy, typename... Args> LogicalResult emit(Args &&...args) {
    return setFirst(create<OpTy>(std::forward<Args>(args)...));
  }
  LogicalResult setFirst(FailureOr<Value> value) {
    return succeeded(value) ? setResult(*value) : mlir::failure();
  }

private:
  const onnx::AttributeProto *find(llvm::StringRef attribute) const;
  const onnx::AttributeProto *findOf(llvm::StringRef attribute,
                                     onnx::AttributeProto::AttributeType type);

  const onnx::NodeProto &proto;
  int64_t version;
  OnnxFile &file;
  llvm::SmallVector<Value> inputs;
  llvm::SmallVector<bool> wanted;
  llvm::SmallVector<Value> results;
  llvm::DenseMap<size_t, llvm::SmallVector<Value>> sequences;
  std::optional<llvm::SmallVector<Value>> resultSequence;
  bool valid = true;
};

/// One form of an operator: from opset `since` until the next entry of the same name.
struct OnnxOperator {
  llvm::StringLiteral name;
  int64_t since;
  int minInputs;
  int maxInputs;
  LogicalResult (*translate)(OnnxNode &node);
  bool takesSequence = false; ///< its first input is one
};

/// For OnnxOperator::maxInputs.
inline constexpr int anyNumber = 1 << 30;

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXNODE_H
