// Elements of tensors as plain numbers: how each element type is stored in memory, rounded and read
// back. Constant folding and the reference evaluator share these definitions, so they cannot
// disagree.
#ifndef KILN_DIALECTS_NN_NNELEMENTS_H
#define KILN_DIALECTS_NN_NNELEMENTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace kiln::nn {

/// The bits of an f16 or bf16 (little-endian value), and the double that equals them.
double halfToDouble(uint16_t bits);
double bfloatToDouble(uint16_t bits);

/// The nearest f16 or bf16, ties to even, in one rounding; overflow gives infinity, NaN stays a
/// (quiet) NaN.
uint16_t doubleToHalf(double value);
uint16_t doubleToBfloat(double value);

/// The nearest float of 24 bits, ties to even, as `#nn.packed` defines it: 18 significant bits, and
/// zero below 2^-46. For finite values below 2^16.
double roundToFloat24(double value);

/// Reads `count` elements of a float type from memory.
void loadFloats(mlir::Type elementType, const char *data, size_t count, double *out);
/// Reads `count` elements of an integer type from memory; ui8 and i1 are not negative.
void loadIntegers(mlir::Type elementType, const char *data, size_t count, int64_t *out);
/// Writes elements of a float type, each rounded once.
void storeFloats(mlir::Type elementType, const double *values, size_t count, char *out);
/// Writes elements of an integer type: the low bits; i1 is whether the value is odd.
void storeIntegers(mlir::Type elementType, const int64_t *values, size_t count, char *out);

/// The integer that a cast of a float gives: truncated toward zero and saturated to 64 bits, 0 for
/// NaN.
int64_t truncateToInteger(double value);

/// The elements of a constant attribute of integers or floats, in row-major order; nothing for
/// another kind of attribute, another type, or a resource whose size does not fit.
std::optional<llvm::SmallVector<int64_t>> readIntegers(mlir::ElementsAttr elements);
std::optional<llvm::SmallVector<double>> readFloats(mlir::ElementsAttr elements);

/// The elements of a constant attribute as they lie in memory (a byte for an i1); `storage` takes
/// them where they have to be written out. Nothing where readIntegers and readFloats give nothing.
std::optional<llvm::ArrayRef<char>> readBytes(mlir::ElementsAttr elements,
                                              llvm::SmallVectorImpl<char> &storage);

/// A dense attribute of elements as they lie in memory.
mlir::DenseElementsAttr makeElements(mlir::RankedTensorType type, llvm::ArrayRef<char> bytes);

/// A dense attribute of these elements, rounded or truncated as they are stored.
mlir::DenseElementsAttr makeElements(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> values);
mlir::DenseElementsAttr makeElements(mlir::RankedTensorType type, llvm::ArrayRef<double> values);

} // namespace kiln::nn

#endif // KILN_DIALECTS_NN_NNELEMENTS_H
