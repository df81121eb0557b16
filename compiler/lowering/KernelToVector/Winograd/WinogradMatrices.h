// The matrices of Winograd's minimal filtering F(m, r): y = A^T [(G g) * (B^T d)] gives m outputs
// of a filter g of r taps on m + r - 1 inputs d with as many multiplications. In two dimensions
// each matrix is applied to rows and columns.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. The matrices follow
// from the points at which the polynomials are evaluated by the construction of Cook and Toom: with
// m + r - 2 points a_j and infinity, N_j = prod (a_j - a_l),
//
//   A^T[i][j] = a_j^i                G[j][k] = a_j^k / N_j      B^T[j] = coefficients of prod (x -
//   a_l) over l != j A^T[i][infinity] = [i = m - 1]   G[infinity] = [0, .., 0, 1]   B^T[infinity] =
//   coefficients of prod (x - a_l) over all l
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H

#include <cstdint>
#include <vector>

namespace kiln {

/// Rows of coefficients. Those of A^T and B^T are exact, those of G the nearest doubles of their
/// fractions.
using Matrix = std::vector<std::vector<double>>;

struct WinogradMatrices {
  Matrix input;  ///< B^T, (m + r - 1) x (m + r - 1)
  Matrix filter; ///< G, (m + r - 1) x r
  Matrix output; ///< A^T, m x (m + r - 1)

  /// F(outputs, taps), for at most eight inputs. F(1, 1) is the identity.
  static WinogradMatrices of(int64_t outputs, int64_t taps);

  /// The same with rows of G that begin with 1 (or are [0, .., 0, 1]): mostly sums, for filters
  /// that are transformed while they are used. A^T makes up for it.
  WinogradMatrices withSimpleFilter() const;
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H
