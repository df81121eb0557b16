// See LinearTransform.h.
#include "compiler/lowering/KernelToVector/Winograd/LinearTransform.h"

using namespace mlir;

namespace kiln {
namespace {

/// A value and its factor.
struct Term {
  double factor;
  Value value;
};

/// The sum of the terms; one with factor 1, where there is one, begins it, so that every other
/// costs one instruction.
Value sumOf(Emitter &e, ArrayRef<Term> terms) {
  assert(!terms.empty() && "a row of zeros has no sum");
  const Term *first = llvm::find_if(terms, [](const Term &term) { return term.factor == 1.0; });
  if (first == terms.end())
    first = terms.begin();
  Type type = first->value.getType();
  Value sum = first->value;
  if (first->factor != 1.0)
    sum = arith::MulFOp::create(e, sum, e.constant(type, first->factor));
  for (const Term &term : terms) {
    if (&term == first)
      continue;
    if (term.factor == 1.0)
      sum = arith::AddFOp::create(e, sum, term.value);
    else if (term.factor == -1.0)
      sum = arith::SubFOp::create(e, sum, term.value);
    else
      sum = e.multiplyAdd(e.constant(type, term.factor), term.value, sum);
  }
  return sum;
}

/// What two lists of coefficients share: positions with equal and with opposite entries.
struct Mirror {
  SmallVector<size_t> equal, opposite;
};

/// Null where some entries are neither, or where there is nothing to share.
std::optional<Mirror> mirrorOf(ArrayRef<double> a, ArrayRef<double> b) {
  Mirror mirror;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 0.0 && b[i] == 0.0)
      continue;
    if (a[i] == b[i])
      mirror.equal.push_back(i);
    else if (a[i] == -b[i])
      mirror.opposite.push_back(i);
    else
      return std::nullopt;
  }
  if (mirror.equal.empty() || mirror.opposite.empty())
    return std::nullopt;
  return mirror;
}

SmallVector<Term> termsOf(ArrayRef<double> row, ArrayRef<size_t> positions, ValueRange x,
                          double divisor) {
  return llvm::map_to_vector(positions, [&](size_t i) { return Term{row[i] / divisor, x[i]}; });
}

/// Both rows of a mirrored pair: even + odd and even - odd.
void useMirroredRows(Emitter &e, ArrayRef<double> row, const Mirror &mirror, ValueRange x,
                     llvm::function_ref<void(Value)> use) {
  Value even = sumOf(e, termsOf(row, mirror.equal, x, 1.0));
  double factor = row[mirror.opposite.back()];
  Value odd = sumOf(e, termsOf(row, mirror.opposite, x, factor));
  use(sumOf(e, {{1.0, even}, {factor, odd}}));
  use(sumOf(e, {{1.0, even}, {-factor, odd}}));
}

bool hasMirroredRows(const Matrix &matrix) {
  for (size_t i = 0; i + 1 < matrix.size(); ++i)
    if (mirrorOf(matrix[i], matrix[i + 1]))
      return true;
  return false;
}

std::vector<double> columnOf(const Matrix &matrix, size_t column) {
  std::vector<double> entries;
  for (const std::vector<double> &row : matrix)
    entries.push_back(row[column]);
  return entries;
}

/// Sum and difference of two values whose columns mirror each other take the place of the values.
Matrix shareColumns(Emitter &e, Matrix matrix, SmallVectorImpl<Value> &x) {
  for (size_t j = 0; j + 1 < x.size(); ++j) {
    std::optional<Mirror> mirror = mirrorOf(columnOf(matrix, j), columnOf(matrix, j + 1));
    if (!mirror)
      continue;
    Value sum = sumOf(e, {{1.0, x[j]}, {1.0, x[j + 1]}});
    Value difference = sumOf(e, {{1.0, x[j]}, {-1.0, x[j + 1]}});
    x[j] = sum, x[j + 1] = difference;
    for (size_t i : mirror->equal)
      matrix[i][j + 1] = 0.0;
    for (size_t i : mirror->opposite)
      matrix[i][j + 1] = matrix[i][j], matrix[i][j] = 0.0;
    ++j;
  }
  return matrix;
}

} // namespace

void forEachRow(Emitter &e, const Matrix &matrix, ValueRange x,
                llvm::function_ref<void(int64_t, Value)> use) {
  SmallVector<Value> values(x);
  Matrix rows = hasMirroredRows(matrix) ? matrix : shareColumns(e, matrix, values);
  int64_t count = static_cast<int64_t>(rows.size()), i = 0;
  auto useNext = [&](Value value) { use(i++, value); };
  while (i < count) {
    const std::vector<double> &row = rows[i];
    if (i + 1 < count)
      if (auto mirror = mirrorOf(row, rows[i + 1])) {
        useMirroredRows(e, row, *mirror, values, useNext);
        continue;
      }
    SmallVector<Term> terms;
    for (auto [factor, value] : llvm::zip_equal(row, values))
      if (factor != 0.0)
        terms.push_back({factor, value});
    useNext(sumOf(e, terms));
  }
}

SmallVector<Value> applyMatrix(Emitter &e, const Matrix &matrix, ValueRange x) {
  SmallVector<Value> result;
  forEachRow(e, matrix, x, [&](int64_t, Value value) { result.push_back(value); });
  return result;
}

} // namespace kiln
