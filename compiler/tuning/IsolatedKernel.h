// An op outside of its network: compiled by itself, into this process, and run on buffers of its
// own.
#ifndef KILN_COMPILER_TUNING_ISOLATEDKERNEL_H
#define KILN_COMPILER_TUNING_ISOLATEDKERNEL_H

#include "compiler/Options.h"
#include "compiler/codegen/HostJit.h"
#include "compiler/schedule/KernelChoice.h"

#include "llvm/ADT/DenseSet.h"

#include <memory>
#include <vector>

namespace kiln {

class IsolatedKernel {
public:
  /// Compiles an op that has its layouts once for each choice, at the level and for the target of
  /// `options`; a choice without a schedule stands for an op that has none. The operands among
  /// `fromMemory` are in no cache when it runs.
  static mlir::FailureOr<IsolatedKernel> compile(mlir::Operation *op,
                                                 llvm::ArrayRef<KernelChoice> choices,
                                                 const Options &options,
                                                 const llvm::DenseSet<mlir::Value> &fromMemory);

  /// Runs it once in the way of the choice of this number; without a pool in this thread alone.
  void run(size_t choice, const kiln_pool *pool);

private:
  /// Memory for one tensor, some times over.
  class Buffer {
  public:
    Buffer(int64_t bytes, int64_t copies, bool isFloat);
    /// The copy for call `turn`.
    void *at(int64_t turn) const { return data.get() + turn % copies * step; }

  private:
    struct Free {
      int64_t bytes;
      void operator()(char *data) const;
    };
    int64_t step, copies;
    std::unique_ptr<char, Free> data;
  };

  IsolatedKernel() = default;

  std::unique_ptr<HostJit> jit;
  std::vector<kiln_body> bodies; ///< one a choice
  std::vector<Buffer> arguments;
  std::vector<Buffer> others; ///< the result and the arena
  int64_t turn = 0;
};

} // namespace kiln

#endif // KILN_COMPILER_TUNING_ISOLATEDKERNEL_H
