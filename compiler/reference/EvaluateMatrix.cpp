// Matrix products. Matrices are read row by row, so that large weights are never held twice.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnElements.h"
#include "dialects/nn/NnEvaluate.h"

using namespace mlir;

namespace kiln::reference {

/// One row of a product, a (k numbers) times a k x n matrix that starts at `first` in `b`, or the
/// transpose of an n x k matrix. Integers wrap because unsigned arithmetic does.
template <typename T>
static std::vector<T> rowTimesMatrix(ArrayRef<T> a, const Tensor &b, int64_t first, int64_t n,
                                     bool transposed) {
  using Sum = std::conditional_t<std::is_same_v<T, double>, double, uint64_t>;
  int64_t k = a.size();
  std::vector<Sum> sums(n, 0);
  std::vector<T> row(transposed ? k : n);
  if (transposed)
    for (int64_t j = 0; j < n; ++j) {
      b.load<T>(first + j * k, k, row.data());
      for (int64_t i = 0; i < k; ++i)
        sums[j] += Sum(a[i]) * Sum(row[i]);
    }
  else
    for (int64_t i = 0; i < k; ++i) {
      b.load<T>(first + i * n, n, row.data());
      for (int64_t j = 0; j < n; ++j)
        sums[j] += Sum(a[i]) * Sum(row[j]);
    }
  return std::vector<T>(sums.begin(), sums.end());
}

/// factor * value; an integer is exact for the factor 1 and truncated otherwise.
static double scale(double factor, double value) { return factor * value; }
static int64_t scale(double factor, int64_t value) {
  return factor == 1.0 ? value : nn::truncateToInteger(factor * double(value));
}

static double activate(nn::ActivationAttr activation, double value) {
  return nn::applyActivation(activation, value);
}
static int64_t activate(nn::ActivationAttr activation, int64_t value) {
  return nn::truncateToInteger(nn::applyActivation(activation, double(value)));
}

/// The addend, broadcast to m x n, or zeros.
template <typename T>
static std::vector<T> gemmAddend(nn::GemmOp op, Operands operands, ArrayRef<int64_t> shape) {
  std::vector<T> addend;
  if (!op.getC())
    return std::vector<T>(shape[0] * shape[1], 0);
  std::vector<T> source = operands[2].load<T>();
  nn::StridedView::broadcast(operands[2].shape(), shape)
      .forEachRow([&](int64_t first, int64_t count, int64_t stride) {
        for (int64_t i = 0; i < count; ++i)
          addend.push_back(source[first + i * stride]);
      });
  return addend;
}

template <typename T> static void gemm(nn::GemmOp op, Operands operands, Tensor &result) {
  int64_t m = result.shape()[0], n = result.shape()[1],
          k = operands[0].shape()[op.getTransA() ? 0 : 1];
  double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  std::vector<T> a = operands[0].load<T>(), addend = gemmAddend<T>(op, operands, result.shape()),
                 left(k);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < k; ++j)
      left[j] = op.getTransA() ? a[j * m + i] : a[i * k + j];
    std::vector<T> row = rowTimesMatrix<T>(left, operands[1], 0, n, op.getTransB());
    for (int64_t j = 0; j < n; ++j) {
      row[j] = scale(alpha, row[j]);
      if (op.getC())
        row[j] += scale(beta, addend[i * n + j]);
      if (op.getActivation())
        row[j] = activate(*op.getActivation(), row[j]);
    }
    result.store<T>(i * n, row);
  }
}

void evaluateGemm(nn::GemmOp op, Operands operands, Tensor &result) {
  if (isa<FloatType>(result.elementType()))
    return gemm<double>(op, operands, result);
  gemm<int64_t>(op, operands, result);
}

/// Where each matrix of a broadcast stack starts in an operand of shape `shape`.
static std::vector<int64_t> matrixStarts(ArrayRef<int64_t> shape, ArrayRef<int64_t> batch) {
  ArrayRef<int64_t> own = shape.drop_back(std::min<size_t>(shape.size(), 2));
  int64_t matrix = 1;
  for (int64_t size : shape.drop_front(own.size()))
    matrix *= size;
  std::vector<int64_t> starts;
  nn::StridedView::broadcast(own, batch)
      .forEachRow([&](int64_t first, int64_t count, int64_t stride) {
        for (int64_t i = 0; i < count; ++i)
          starts.push_back((first + i * stride) * matrix);
      });
  return starts;
}

template <typename T> static void matmul(Operands operands, Tensor &result) {
  const Tensor &a = operands[0], &b = operands[1];
  int64_t k = a.shape().back(), m = a.shape().size() == 1 ? 1 : a.shape().drop_back().back();
  int64_t n = b.shape().size() == 1 ? 1 : b.shape().back();
  int64_t kept = (a.shape().size() > 1) + (b.shape().size() > 1);
  ArrayRef<int64_t> batch = result.shape().drop_back(kept);
  std::vector<T> row(k);
  int64_t written = 0;
  for (auto [left, right] :
       llvm::zip_equal(matrixStarts(a.shape(), batch), matrixStarts(b.shape(), batch)))
    for (int64_t i = 0; i < m; ++i, written += n) {
      a.load<T>(left + i * k, k, row.data());
      result.store<T>(written, rowTimesMatrix<T>(row, b, right, n, /*transposed=*/false));
    }
}

void evaluateMatmul(nn::MatmulOp, Operands operands, Tensor &result) {
  if (isa<FloatType>(result.elementType()))
    return matmul<double>(operands, result);
  matmul<int64_t>(operands, result);
}

} // namespace kiln::reference
