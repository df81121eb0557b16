// Max and average pooling over windows.
#include "compiler/reference/Kernels.h"

#include "dialects/nn/NnEvaluate.h"

#include "llvm/Support/MathExtras.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace kiln::reference {

namespace {
/// The windows of a pool in one spatial dimension.
struct Dimension {
  int64_t in, out, kernel, stride, begin, end, dilation;
};

/// The windows of a pool, in three spatial dimensions of which the first may be units.
struct PoolGeometry {
  Dimension dims[3];

  template <typename PoolOp> explicit PoolGeometry(PoolOp op) {
    int64_t rank = op.getStrides().size();
    for (int64_t dim = 0; dim < 3; ++dim) {
      int64_t i = dim - (3 - rank);
      dims[dim] = i < 0 ? Dimension{1, 1, 1, 1, 0, 0, 1}
                        : Dimension{op.getInput().getType().getDimSize(2 + i),
                                    op.getResult().getType().getDimSize(2 + i),
                                    op.getKernelShape()[i],
                                    op.getStrides()[i],
                                    op.getPads()[i],
                                    op.getPads()[rank + i],
                                    op.getDilations()[i]};
    }
  }

  int64_t inputSize() const { return dims[0].in * dims[1].in * dims[2].in; }
  int64_t outputSize() const { return dims[0].out * dims[1].out * dims[2].out; }
};

/// What a window covers in one dimension: the input positions of its taps, and how many taps lie in
/// input or pads.
struct Taps {
  SmallVector<int64_t> inside;
  int64_t padded = 0;

  Taps(const Dimension &dim, int64_t output) {
    for (int64_t tap = 0; tap < dim.kernel; ++tap) {
      int64_t position = output * dim.stride - dim.begin + tap * dim.dilation;
      padded += position < dim.in + dim.end;
      if (position >= 0 && position < dim.in)
        inside.push_back(position);
    }
  }
};
} // namespace

/// Calls visit(position in the map) for every tap of a window that lies in the input; returns how
/// many taps lie in the input or its pads.
static int64_t forEachTap(const PoolGeometry &g, const Taps (&taps)[3],
                          llvm::function_ref<void(int64_t)> visit) {
  for (int64_t d : taps[0].inside)
    for (int64_t h : taps[1].inside)
      for (int64_t w : taps[2].inside)
        visit((d * g.dims[1].in + h) * g.dims[2].in + w);
  return taps[0].padded * taps[1].padded * taps[2].padded;
}

/// Fills each map of the result with what `pool(map, taps)` says of its windows.
template <typename T>
static void poolMaps(const PoolGeometry &g, const Tensor &input, Tensor &result,
                     llvm::function_ref<T(ArrayRef<T> map, const Taps (&taps)[3])> pool) {
  std::vector<T> map(g.inputSize()), values(g.outputSize());
  for (int64_t i = 0; i < result.shape()[0] * result.shape()[1]; ++i) {
    input.load<T>(i * map.size(), map.size(), map.data());
    auto out = values.begin();
    for (int64_t d = 0; d < g.dims[0].out; ++d)
      for (int64_t h = 0; h < g.dims[1].out; ++h)
        for (int64_t w = 0; w < g.dims[2].out; ++w) {
          const Taps taps[3] = {Taps(g.dims[0], d), Taps(g.dims[1], h), Taps(g.dims[2], w)};
          *out++ = pool(map, taps);
        }
    result.store<T>(i * values.size(), values);
  }
}

static int64_t smallestInteger(Type type) {
  bool isSigned = !type.isUnsignedInteger() && !type.isInteger(1);
  return isSigned ? llvm::minIntN(type.getIntOrFloatBitWidth()) : 0;
}

void evaluateMaxPool(nn::MaxPoolOp op, Operands operands, Tensor &result) {
  PoolGeometry g(op);
  if (isa<FloatType>(result.elementType()))
    return poolMaps<double>(
        g, operands[0], result, [&](ArrayRef<double> map, const Taps(&taps)[3]) {
          double largest = -std::numeric_limits<double>::infinity();
          forEachTap(g, taps,
                     [&](int64_t position) { largest = nn::maxOrNan(largest, map[position]); });
          return largest;
        });
  poolMaps<int64_t>(g, operands[0], result, [&](ArrayRef<int64_t> map, const Taps(&taps)[3]) {
    int64_t largest = smallestInteger(result.elementType());
    forEachTap(g, taps, [&](int64_t position) { largest = std::max(largest, map[position]); });
    return largest;
  });
}

void evaluateAveragePool(nn::AveragePoolOp op, Operands operands, Tensor &result) {
  PoolGeometry g(op);
  poolMaps<double>(g, operands[0], result, [&](ArrayRef<double> map, const Taps(&taps)[3]) {
    double sum = 0;
    int64_t inside = 0;
    int64_t padded = forEachTap(g, taps, [&](int64_t position) {
      sum += map[position];
      ++inside;
    });
    return sum / (op.getCountIncludePad() ? padded : inside);
  });
}

} // namespace kiln::reference
