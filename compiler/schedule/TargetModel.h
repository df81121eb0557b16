// What the schedule knows of the machine that it plans for. No other code asks which instruction
// set that is.
#ifndef KILN_COMPILER_SCHEDULE_TARGETMODEL_H
#define KILN_COMPILER_SCHEDULE_TARGETMODEL_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace kiln {

struct TargetModel {
  std::string name; ///< the CPU's name, or the triple where no CPU was named
  int64_t block =
      16; ///< channels in a block: lanes of one accumulator, as many registers as that takes
  int64_t vectorBits = 128; ///< width of a vector register
  int64_t vectorRegisters = 16;
  int64_t l1Bytes = 32 << 10;  ///< first-level data cache
  int64_t l2Bytes = 512 << 10; ///< second-level cache of one core
  bool foldsBroadcast = false; ///< a multiply-add takes a broadcast element straight from memory
  double multiplyAddsPerCycle = 1; ///< of one accumulator each
  double memoryBytesPerCycle = 3;  ///< that one core reads from memory while others do, too

  /// Vector registers that one accumulator of `block` f32 lanes occupies.
  int64_t registersPerAccumulator() const { return block * 32 / vectorBits; }

  /// Blocks of filters that share each load of a pixel: where two multiply-adds start in a cycle, a
  /// load for each would bind.
  int64_t filtersOfTile() const { return multiplyAddsPerCycle > 1 ? 2 : 1; }

  /// The most pixels whose accumulators for `filters` blocks of filters fit beside the weights and
  /// one broadcast element without a spill.
  int64_t pixelsOfTile(int64_t filters = 1) const;

  /// The most pixels of a tile whose broadcast elements are pairs: no multiply-add takes such a one
  /// from memory, and several are on their way.
  int64_t pixelsOfPairs() const { return std::min(pixelsOfTile(), vectorRegisters - 8); }

  /// The most vectors of 16 pixels whose accumulators for `filters` filters fit beside one vector
  /// of pixels and the weights; one in any case.
  int64_t vectorsOfTile(int64_t filters) const;

  /// The time of a multiply-add of half an accumulator, in multiply-adds: half, where that saves a
  /// register or the width of a pipe.
  double costOfHalf() const { return multiplyAddsPerCycle > 1 ? 1 : 0.5; }

  /// The model of `target`: `native`, a CPU's name as LLVM knows it (x86-64-v3, znver4, ...), or a
  /// triple (aarch64-linux-gnu). An unknown name gives the portable 128-bit model.
  static TargetModel forTarget(llvm::StringRef target);
};

} // namespace kiln

#endif // KILN_COMPILER_SCHEDULE_TARGETMODEL_H
