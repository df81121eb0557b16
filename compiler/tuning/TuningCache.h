// The file of measured times: JSON that can be read and compared, written whole or not at all, and
// shared by any number of compilations, networks and machines.
#ifndef KILN_COMPILER_TUNING_TUNINGCACHE_H
#define KILN_COMPILER_TUNING_TUNINGCACHE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <map>
#include <string>

namespace kiln {

/// Nanoseconds of the choices for one kernel, by their text.
using ChoiceTimes = std::map<std::string, int64_t>;
/// By the text of the kernel.
using KernelTimes = std::map<std::string, ChoiceTimes>;

/// What times depend on besides the kernel.
struct TuningConditions {
  std::string compiler;   ///< name and version, LLVM's included
  std::string cpu;        ///< as LLVM calls it
  std::string features;   ///< beyond what the CPU implies
  int optimization;       ///< LLVM's level
  int threads;            ///< the most that the artefact uses
  bool weightsFromMemory; ///< the network's weights are too many for the cache
};

/// The times in one file that were measured under the given conditions. What else the file holds is
/// kept.
class TuningCache {
public:
  /// Reads the file; there may be none yet. A file that is damaged or no cache is an error, and
  /// stays as it is.
  static llvm::Expected<TuningCache> read(llvm::StringRef path, const TuningConditions &conditions);

  const KernelTimes &times() const { return known; }

  /// Adds times and writes the file, whose folder is made where it is missing. What another process
  /// has written since is kept, and counts where both measured a kernel.
  llvm::Error add(const std::string &kernel, const ChoiceTimes &times);

private:
  TuningCache(llvm::StringRef path, TuningConditions conditions)
      : path(path), conditions(std::move(conditions)) {}
  llvm::Error load();
  llvm::Error save() const;
  llvm::json::Object describe() const;

  std::string path;
  TuningConditions conditions;
  llvm::json::Array others; ///< what was measured under other conditions
  KernelTimes known;
};

} // namespace kiln

#endif // KILN_COMPILER_TUNING_TUNINGCACHE_H
