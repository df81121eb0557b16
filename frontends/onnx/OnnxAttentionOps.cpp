// Scaled dot-product attention (Vaswani et al. 2017) as matrix products around a softmax.
//
//   Attention(q, k, v)  ->  matmul(softmax(matmul(q * s, transpose(k * s)) + mask), v)
#include "frontends/onnx/OnnxOperators.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace kiln::onnx_frontend {
namespace {

constexpr int64_t heads = 1, rows = 2, features = 3; // of batch x heads x rows x features

llvm::ArrayRef<int64_t> shapeOf(const FailureOr<Value> &value) {
  return cast<RankedTensorType>(value->getType()).getShape();
}

/// An operand as batch x heads x rows x features; one of rank 3 has the heads among its features.
FailureOr<Value> splitHeads(OnnxNode &node, size_t index, llvm::StringRef countName) {
  llvm::ArrayRef<int64_t> shape = node.shape(index);
  if (shape.size() == 4)
    return node.input(index);
  int64_t count = node.integer(countName, 0);
  if (shape.size() != 3 || count < 1 || shape[2] % count != 0)
    return node.error() << "its input " << index << " of shape " << nn::shapeText(shape) << " with "
                        << countName << " " << count << " has no heads";
  return node.create<nn::TransposeOp>(
      node.reshaped(node.input(index), {shape[0], shape[1], count, shape[2] / count}),
      Integers{0, 2, 1, 3});
}

/// Each head of keys and values serves several heads of queries in a row.
FailureOr<Value> repeatHeads(OnnxNode &node, FailureOr<Value> value, int64_t count) {
  if (failed(value) || shapeOf(value)[heads] == count)
    return value;
  Integers shape(shapeOf(value));
  if (count % shape[heads] != 0)
    return node.error() << "it has " << count << " heads of queries and " << shape[heads]
                        << " of keys or values";
  Integers apart{shape[0], shape[heads], 1, shape[rows], shape[features]}, wide = apart;
  wide[2] = count / shape[heads];
  shape[heads] = count;
  return node.reshaped(node.expanded(node.reshaped(value, apart), wide), shape);
}

/// Adds minus infinity where a key must not be seen.
FailureOr<Value> masked(OnnxNode &node, FailureOr<Value> scores) {
  if (failed(scores))
    return failure();
  auto type = cast<RankedTensorType>(scores->getType());
  Value hidden = node.scalar(-std::numeric_limits<double>::infinity(), type.getElementType());
  if (Value mask = node.input(3)) {
    if (node.type(3).getElementType().isInteger(1))
      scores = node.create<nn::SelectOp>(mask, scores, hidden);
    else
      scores = node.create<nn::AddOp>(scores, node.converted(mask, type.getElementType()));
  }
  if (node.integer("is_causal", 0) == 0)
    return scores;
  Type i32 = node.getBuilder().getI32Type();
  int64_t queries = type.getDimSize(rows), keys = type.getDimSize(features);
  FailureOr<Value> isSeen = node.create<nn::CompareOp>(
      node.ramp(2, 1, keys, i32), node.ramp(2, 0, queries, i32), nn::Predicate::LessEqual);
  return node.create<nn::SelectOp>(isSeen, scores, hidden);
}

FailureOr<Value> capped(OnnxNode &node, FailureOr<Value> scores, Type element) {
  double limit = node.real("softcap", 0.0);
  if (limit == 0)
    return scores;
  Value factor = node.scalar(limit, element);
  return node.create<nn::MulOp>(node.create<nn::TanhOp>(node.create<nn::DivOp>(scores, factor)),
                                factor);
}

LogicalResult translateAttention(OnnxNode &node) {
  if (node.input(4) || node.input(5) || node.input(6) || node.wants(1) || node.wants(2) ||
      node.wants(3))
    return node.error() << "its past keys and values and its outputs beyond the first are not "
                           "supported; export the model without a cache";
  FailureOr<Value> query = splitHeads(node, 0, "q_num_heads");
  FailureOr<Value> key = splitHeads(node, 1, "kv_num_heads");
  FailureOr<Value> value = splitHeads(node, 2, "kv_num_heads");
  if (failed(query) || failed(key) || failed(value))
    return failure();
  Integers shape(shapeOf(query));
  key = repeatHeads(node, key, shape[heads]);
  value = repeatHeads(node, value, shape[heads]);
  if (failed(key) || failed(value))
    return failure();
  Type element = node.type(0).getElementType();
  double scale = node.real("scale", 1.0 / std::sqrt(static_cast<double>(shape[features])));
  Value root = node.scalar(std::sqrt(scale), element);
  FailureOr<Value> scores = node.create<nn::MatmulOp>(
      node.create<nn::MulOp>(query, root),
      node.create<nn::TransposeOp>(node.create<nn::MulOp>(key, root), Integers{0, 1, 3, 2}));
  FailureOr<Value> weights =
      node.create<nn::SoftmaxOp>(masked(node, capped(node, scores, element)), features);
  FailureOr<Value> result = node.create<nn::MatmulOp>(weights, value);
  if (failed(result) || node.rank(0) == 4)
    return node.setFirst(result);
  int64_t width = shapeOf(result)[features];
  return node.setFirst(node.reshaped(node.create<nn::TransposeOp>(result, Integers{0, 2, 1, 3}),
                                     {shape[0], shape[rows], shape[heads] * width}));
}

} // namespace

llvm::ArrayRef<OnnxOperator> attentionOperators() {
  static const OnnxOperator operators[] = {
      {"Attention", 23, 3, 7, translateAttention},
  };
  return operators;
}

} // namespace kiln::onnx_frontend
