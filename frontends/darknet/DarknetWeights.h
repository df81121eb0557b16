// Where the numbers of a network come from: a .weights file, read front to back in the order in
// which Darknet writes it, or a generator.
//
// A file is a header, {int32 major, minor, revision; seen}, and then nothing but float32. `seen`
// has 64 bits from version 0.2 on, as long as major and minor are below 1000; files with larger
// ones hold the matrices of [connected] transposed.
#ifndef KILN_FRONTENDS_DARKNET_DARKNETWEIGHTS_H
#define KILN_FRONTENDS_DARKNET_DARKNETWEIGHTS_H

#include "frontends/darknet/DarknetImport.h"
#include "frontends/support/ModelFile.h"
#include "frontends/support/RandomWeights.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <functional>

namespace kiln::darknet_frontend {

using frontend::InitialValue;

class DarknetWeights {
public:
  /// A mapped file; the identifier is its path. Fails with a message where the header is cut off.
  static mlir::FailureOr<DarknetWeights> fromFile(mlir::MLIRContext &context,
                                                  std::shared_ptr<llvm::MemoryBuffer> file);
  static DarknetWeights drawn(frontend::RandomWeights random);

  /// Whether the matrices of [connected] are stored input by input.
  bool isTransposed() const { return transposed; }
  /// The fork that wrote the file.
  DarknetFork fork() const { return writer; }

  /// The next tensor. `owner` tells the layer in messages, `at` is its line; `change` is applied to
  /// every number. What a file lacks is zero here, and reported by finish.
  mlir::FailureOr<mlir::ElementsAttr> take(mlir::Location at, const std::string &owner,
                                           llvm::StringRef name, mlir::RankedTensorType type,
                                           InitialValue initial,
                                           llvm::function_ref<float(float)> change = nullptr);

  /// To be called behind the last layer: whether the file held exactly what was taken.
  mlir::LogicalResult finish(mlir::Location config) const;

private:
  mlir::FailureOr<mlir::ElementsAttr> read(const std::string &owner, llvm::StringRef name,
                                           mlir::RankedTensorType type,
                                           llvm::function_ref<float(float)> change);

  std::shared_ptr<llvm::MemoryBuffer> file; ///< null: drawn
  uint64_t header = 0, offset = 0;          ///< bytes of the header; of the next tensor
  uint64_t taken = 0;                       ///< numbers so far
  std::string firstMissing, last;           ///< owner and name of tensors
  bool transposed = false;
  DarknetFork writer = DarknetFork::Original;
  std::optional<frontend::RandomWeights> random;
};

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETWEIGHTS_H
