// The matrices of Winograd's minimal filtering F(m, 3): y = A^T [(G g) * (B^T d)] gives m outputs of a filter g of 3 taps on m + 2
// inputs d with m + 2 multiplications. In two dimensions each matrix is applied to rows and columns.
//
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015. The matrices follow from the points at which the
// polynomials are evaluated by the construction of Cook and Toom: with points a_0 .. a_m and infinity, N_j = prod (a_j - a_l),
//
//   A^T[i][j] = a_j^i                G[j][k] = a_j^k / N_j      B^T[j] = coefficients of prod (x - a_l) over l != j
//   A^T[i][infinity] = [i = m - 1]   G[infinity] = [0, 0, 1]    B^T[infinity] = coefficients of prod (x - a_l) over all l
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H

#include <cstdint>
#include <vector>

namespace kiln {

/// Rows of coefficients. Those of A^T and B^T are exact, those of G the nearest doubles of their fractions.
using Matrix = std::vector<std::vector<double>>;

struct WinogradMatrices {
  Matrix input;  ///< B^T, (m + 2) x (m + 2)
  Matrix filter; ///< G, (m + 2) x 3
  Matrix output; ///< A^T, m x (m + 2)

  /// For m = 2, 4 or 6.
  static WinogradMatrices forTile(int64_t tile);
};

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_WINOGRAD_WINOGRADMATRICES_H
