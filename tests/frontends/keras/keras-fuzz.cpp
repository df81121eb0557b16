// libFuzzer targets for the Keras reader: any bytes end in a module or in a message.
//
//     python3 tests/frontends/keras/fuzz_seeds.py CORPUS
//     cmake -DKILN_FUZZERS=ON build/dev && ninja -C build/dev keras-fuzz-json keras-fuzz-model
//     build/dev/tests/unit/keras-fuzz-model -rss_limit_mb=1024 -malloc_limit_mb=1024 -timeout=10
//     -max_total_time=600 CORPUS/hdf5
//
// keras-fuzz-model takes the bytes for a model: an .h5 file (CORPUS/hdf5) or a .keras archive
// (zip). FUZZ_ARCHITECTURE (keras-fuzz-json): they are an architecture, and its weights are those
// in the file that the environment variable KILN_FUZZ_WEIGHTS names (CORPUS/weights.h5).
#include "frontends/keras/KerasImport.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/MathExtras.h"

#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
extern uint8_t __start___sancov_cntrs[];
extern uint8_t __stop___sancov_cntrs[];
}

/// The counters of edges are shared with child processes, so that what the walk over an HDF5 file
/// visits in its own process counts too. Whole pages of them: others hold variables besides.
static void shareCounters() {
  auto pageBytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  uintptr_t begin = llvm::alignTo(reinterpret_cast<uintptr_t>(__start___sancov_cntrs), pageBytes);
  uintptr_t end = llvm::alignDown(reinterpret_cast<uintptr_t>(__stop___sancov_cntrs), pageBytes);
  if (begin >= end)
    return;
  auto *pages = reinterpret_cast<void *>(begin);
  std::vector<uint8_t> before(end - begin);
  std::memcpy(before.data(), pages, before.size());
  if (mmap(pages, before.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1,
           0) == MAP_FAILED)
    std::abort();
  std::memcpy(pages, before.data(), before.size());
}

#ifdef FUZZ_ARCHITECTURE
static std::shared_ptr<llvm::MemoryBuffer> weightsFile() {
  const char *path = std::getenv("KILN_FUZZ_WEIGHTS");
  auto file = llvm::MemoryBuffer::getFile(path ? path : "");
  if (!file) {
    llvm::errs() << "KILN_FUZZ_WEIGHTS names no file of weights\n";
    std::abort();
  }
  return std::move(*file);
}
#else
static std::shared_ptr<llvm::MemoryBuffer> weightsFile() { return nullptr; }
#endif

extern "C" int LLVMFuzzerInitialize(int *, char ***) {
  shareCounters();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::shared_ptr<llvm::MemoryBuffer> weights = weightsFile();
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
  std::shared_ptr<llvm::MemoryBuffer> model =
      llvm::MemoryBuffer::getMemBufferCopy({reinterpret_cast<const char *>(data), size}, "fuzz");
  (void)kiln::importKeras(context, std::move(model), weights);
  return 0;
}
