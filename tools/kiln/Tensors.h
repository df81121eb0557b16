// Tensors in and out of files: what --input, --output and --expect name.
#ifndef KILN_TOOLS_KILN_TENSORS_H
#define KILN_TOOLS_KILN_TENSORS_H

#include "tools/kiln/CommandLine.h"

#include "kiln/program.h"

#include <memory>

namespace kiln::tool {

/// Memory for one tensor, aligned as compiled networks want it.
class TensorBuffer {
public:
  explicit TensorBuffer(uint64_t bytes);
  void *data() const { return memory.get(); }
  uint64_t bytes() const { return size; }

private:
  struct Free {
    void operator()(void *pointer) const { free(pointer); }
  };
  std::unique_ptr<void, Free> memory;
  uint64_t size;
};

/// "NAME=FILE" or "FILE", settled: which tensor and which file.
struct TensorFile {
  unsigned tensor;
  std::string file;
};

/// Tensors of one role ("input", "output") of a network.
struct TensorList {
  const char *role;
  llvm::ArrayRef<kiln_tensor> tensors;
};

/// Settles inputs: words without a name take the inputs that have none yet, in order. Prints what
/// is wrong.
ExitStatus assignInOrder(TensorList list, llvm::ArrayRef<std::string> words,
                         std::vector<TensorFile> &files);

/// Settles all inputs, as assignInOrder does: `files` gets one for each tensor. Prints what is
/// wrong or missing.
ExitStatus assignToAll(TensorList list, llvm::ArrayRef<std::string> words,
                       std::vector<std::string> &files);

/// Settles outputs: a word without a name is for the only one.
ExitStatus assignToOnly(TensorList list, llvm::ArrayRef<std::string> words,
                        std::vector<TensorFile> &files);

/// Reads .npy, .pb, a picture (with the preprocessing) or `random:SEED` into `data`. Prints what is
/// wrong.
ExitStatus readTensor(llvm::StringRef file, const kiln_tensor &tensor,
                      const kiln_preprocess &preprocess, void *data);

/// Where random numbers of floating-point types lie.
struct Range {
  double low = -1, high = 1;
};

/// Fills with numbers that depend on the seed, type, range and size only; integers are small.
void fillRandom(uint64_t seed, const kiln_tensor &tensor, void *data, Range range = {});

ExitStatus writeTensor(llvm::StringRef file, const kiln_tensor &tensor, const void *data);

/// What max|a-b| / max|b| may be for a type by default: 1e-4 for float32 and float64, more for
/// halves, 0 for integers.
double defaultTolerance(uint32_t dtype);

/// "float32 1x10".
std::string describeTensor(const kiln_tensor &tensor);

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_TENSORS_H
