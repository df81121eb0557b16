// Einsum as transposes, sums and batched matrix products, two operands at a time:
//
//   bhid,bhjd->bhij  ->  matmul of b*h matrices i x d and d x j
#include "frontends/support/Einsum.h"

#include "frontends/support/ModelFile.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace kiln::frontend {
namespace {

/// The dimensions of an operand by their letters; those that an ellipsis stands for have numbers
/// behind all letters, counted from the end.
using Labels = llvm::SmallVector<int, 6>;

constexpr int ellipsisLabels = 256;

struct Term {
  FailureOr<Value> value;
  Labels labels;

  llvm::ArrayRef<int64_t> shape() const {
    return cast<RankedTensorType>(value->getType()).getShape();
  }
  int64_t sizeOf(int label) const { return shape()[llvm::find(labels, label) - labels.begin()]; }
};

class Einsum {
public:
  Einsum(NnBuilder &builder, llvm::ArrayRef<Value> operands)
      : builder(builder), operands(operands) {}

  FailureOr<Value> build(llvm::StringRef equation);

private:
  FailureOr<Labels> parse(llvm::StringRef text, int64_t rank);
  LogicalResult readTerms(llvm::StringRef text);
  LogicalResult readResult(llvm::StringRef text, bool isGiven);
  LogicalResult checkSizes();
  FailureOr<Term> summed(Term term, llvm::ArrayRef<int> kept);
  FailureOr<Term> transposed(Term term, llvm::ArrayRef<int> labels);
  FailureOr<Term> product(Term a, Term b, llvm::ArrayRef<int> kept);
  Labels labelsBehind(size_t first) const;

  NnBuilder &builder;
  llvm::ArrayRef<Value> operands;
  llvm::SmallVector<Term> terms;
  Labels result;
  int64_t ellipsisRank = 0;
};

/// `rank` is that of the operand, or -1 for the result, whose ellipsis is as long as the operands'.
FailureOr<Labels> Einsum::parse(llvm::StringRef text, int64_t rank) {
  Labels labels;
  size_t letters = llvm::count_if(text, llvm::isAlpha);
  int64_t dots = rank < 0 ? ellipsisRank : rank - static_cast<int64_t>(letters);
  while (!text.empty()) {
    if (text.consume_front("...")) {
      for (int64_t i = dots; i > 0; --i)
        labels.push_back(ellipsisLabels + static_cast<int>(i));
      ellipsisRank = std::max(ellipsisRank, dots);
      continue;
    }
    if (!llvm::isAlpha(text.front()))
      return builder.error() << "its equation has a term with " << quoted(text);
    if (llvm::is_contained(labels, text.front()))
      return builder.error() << "its equation has a term with " << quoted(text.take_front())
                             << " twice: diagonals are not supported";
    labels.push_back(text.front());
    text = text.drop_front();
  }
  if (rank >= 0 && static_cast<int64_t>(labels.size()) != rank)
    return builder.error() << "its equation has a term of " << labels.size()
                           << " dimensions for an operand of rank " << rank;
  return labels;
}

LogicalResult Einsum::readTerms(llvm::StringRef text) {
  llvm::SmallVector<llvm::StringRef> parts;
  text.split(parts, ',');
  if (parts.size() != operands.size())
    return builder.error() << "its equation has " << parts.size() << " terms for "
                           << operands.size() << " operands";
  for (auto [i, part] : llvm::enumerate(parts)) {
    FailureOr<Labels> labels = parse(part, cast<RankedTensorType>(operands[i].getType()).getRank());
    if (failed(labels))
      return failure();
    terms.push_back({operands[i], *labels});
  }
  return success();
}

/// Without an arrow the result has every letter that occurs once, in the order of the alphabet,
/// behind the dimensions of the ellipsis.
LogicalResult Einsum::readResult(llvm::StringRef text, bool isGiven) {
  if (isGiven) {
    FailureOr<Labels> labels = parse(text, -1);
    if (failed(labels))
      return failure();
    result = *labels;
  } else {
    for (int64_t i = ellipsisRank; i > 0; --i)
      result.push_back(ellipsisLabels + static_cast<int>(i));
    for (int letter = 'A'; letter <= 'z'; ++letter) {
      auto uses = llvm::count_if(
          terms, [&](const Term &term) { return llvm::is_contained(term.labels, letter); });
      if (uses == 1)
        result.push_back(letter);
    }
  }
  for (int label : result)
    if (llvm::none_of(terms,
                      [&](const Term &term) { return llvm::is_contained(term.labels, label); }))
      return builder.error() << "its equation has a result with a dimension of no operand";
  return success();
}

LogicalResult Einsum::checkSizes() {
  llvm::DenseMap<int, int64_t> sizes;
  for (const Term &term : terms)
    for (auto [label, size] : llvm::zip_equal(term.labels, term.shape()))
      if (auto [entry, isNew] = sizes.try_emplace(label, size); !isNew && entry->second != size)
        return builder.error() << "its operands have the sizes " << entry->second << " and " << size
                               << " for one letter";
  return success();
}

FailureOr<Term> Einsum::summed(Term term, llvm::ArrayRef<int> kept) {
  Integers axes;
  Labels rest;
  for (auto [axis, label] : llvm::enumerate(term.labels)) {
    if (llvm::is_contained(kept, label))
      rest.push_back(label);
    else
      axes.push_back(static_cast<int64_t>(axis));
  }
  if (axes.empty())
    return term;
  FailureOr<Value> sum = builder.create<nn::ReduceSumOp>(term.value, axes, /*keepdims=*/false);
  if (failed(sum))
    return failure();
  return Term{sum, rest};
}

FailureOr<Term> Einsum::transposed(Term term, llvm::ArrayRef<int> labels) {
  Integers perm;
  for (int label : labels)
    perm.push_back(llvm::find(term.labels, label) - term.labels.begin());
  FailureOr<Value> value = builder.create<nn::TransposeOp>(term.value, perm);
  if (failed(value))
    return failure();
  return Term{value, Labels(labels)};
}

/// Sums over what both have and nobody else needs.
FailureOr<Term> Einsum::product(Term a, Term b, llvm::ArrayRef<int> kept) {
  Labels keptOrInA(kept), keptOrInB(kept);
  llvm::append_range(keptOrInA, a.labels);
  llvm::append_range(keptOrInB, b.labels);
  FailureOr<Term> left = summed(a, keptOrInB), right = summed(b, keptOrInA);
  if (failed(left) || failed(right))
    return failure();
  Labels batch, rows, inner, columns;
  Integers sizes[4] = {{}, {}, {}, {}}; // of batch, rows, inner and columns
  for (int label : left->labels) {
    bool isShared = llvm::is_contained(right->labels, label);
    size_t kind = !isShared ? 1 : llvm::is_contained(kept, label) ? 0 : 2;
    (kind == 0 ? batch : kind == 1 ? rows : inner).push_back(label);
    sizes[kind].push_back(left->sizeOf(label));
  }
  for (int label : right->labels)
    if (!llvm::is_contained(left->labels, label)) {
      columns.push_back(label);
      sizes[3].push_back(right->sizeOf(label));
    }
  auto joined = [](std::initializer_list<llvm::ArrayRef<int>> parts) {
    Labels all;
    for (llvm::ArrayRef<int> part : parts)
      llvm::append_range(all, part);
    return all;
  };
  left = transposed(*left, joined({batch, rows, inner}));
  right = transposed(*right, joined({batch, inner, columns}));
  if (failed(left) || failed(right))
    return failure();
  int64_t count[4];
  for (size_t kind = 0; kind < 4; ++kind)
    count[kind] = checkedProduct(sizes[kind]).value_or(-1);
  FailureOr<Value> matrices =
      builder.create<nn::MatmulOp>(builder.reshaped(left->value, {count[0], count[1], count[2]}),
                                   builder.reshaped(right->value, {count[0], count[2], count[3]}));
  Integers shape(sizes[0]);
  shape.append(sizes[1]);
  shape.append(sizes[3]);
  FailureOr<Value> value = builder.reshaped(matrices, shape);
  if (failed(value))
    return failure();
  return Term{value, joined({batch, rows, columns})};
}

/// What the result and the terms from `first` on need.
Labels Einsum::labelsBehind(size_t first) const {
  Labels labels(result);
  for (size_t i = first; i < terms.size(); ++i)
    llvm::append_range(labels, terms[i].labels);
  return labels;
}

FailureOr<Value> Einsum::build(llvm::StringRef equation) {
  auto [given, text] = equation.split("->");
  if (failed(readTerms(given)) || failed(readResult(text, equation.contains("->"))) ||
      failed(checkSizes()))
    return failure();
  FailureOr<Term> sum = terms.front();
  for (size_t i = 1; i < terms.size() && succeeded(sum); ++i)
    sum = product(*sum, terms[i], labelsBehind(i + 1));
  if (succeeded(sum))
    sum = summed(*sum, result);
  if (succeeded(sum))
    sum = transposed(*sum, result);
  if (failed(sum))
    return failure();
  return sum->value;
}

} // namespace

FailureOr<Value> buildEinsum(NnBuilder &builder, llvm::StringRef equation,
                             llvm::ArrayRef<Value> operands) {
  return Einsum(builder, operands).build(equation);
}

} // namespace kiln::frontend
