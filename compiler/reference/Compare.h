// The one measure of how far a result is from the expected one.
#ifndef KILN_COMPILER_REFERENCE_COMPARE_H
#define KILN_COMPILER_REFERENCE_COMPARE_H

#include "compiler/reference/Tensor.h"

namespace kiln::reference {

/// `max|actual - expected| / max|expected|` over all elements of two tensors of one shape. Equal
/// values (infinities, NaN with NaN) do not differ; a NaN or an infinity against anything else is
/// infinitely far. Where every expected element is 0 the difference itself counts.
double relativeError(const Tensor &actual, const Tensor &expected);

/// `sqrt(sum (actual - expected)^2 / sum expected^2)` over the finite elements of two tensors of
/// one shape; the numerator alone where every expected element is 0.
double relativeRms(const Tensor &actual, const Tensor &expected);

} // namespace kiln::reference

#endif // KILN_COMPILER_REFERENCE_COMPARE_H
