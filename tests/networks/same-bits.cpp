// same-bits LIBRARY NAME: whether a compiled network gives the same bits whatever the arena held
// and with any number of threads.
//
// Inputs are fixed numbers. Arenas are filled with zeros, with NaN (all bits set) and with what the
// run before left; 1, 2 and 3 threads. Prints how many runs agreed; exit status 1 when one
// differed.
#include "kiln/hosted.h"
#include "kiln/program.h"
#include "runtime/hosted/files.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <memory>
#include <string>
#include <vector>

namespace {

using Bytes = std::vector<unsigned char>;

/// Numbers from -1 to 1 for floating-point types, 0 to 7 for integers.
void fill(const kiln_tensor &tensor, void *data) {
  uint32_t state = 12345;
  bool isFloat = tensor.dtype <= KILN_F64;
  for (uint64_t i = 0; i < tensor.bytes / kiln_dtype_bytes(tensor.dtype); ++i) {
    state = state * 1664525u + 1013904223u;
    kiln_store_element(data, tensor.dtype, i,
                       isFloat ? static_cast<int32_t>(state) * 0x1p-31 : state >> 29);
  }
}

struct Free {
  void operator()(void *data) const { std::free(data); }
};
using Memory = std::unique_ptr<void, Free>;

Memory allocate(uint64_t bytes) {
  return Memory(std::aligned_alloc(KILN_ALIGNMENT, (bytes + 2 * KILN_ALIGNMENT) / 64 * 64));
}

struct Network {
  const kiln_program *program;
  kiln_model model;
  std::vector<const void *> inputs;
  kiln_buffer arena;

  /// All outputs of one run, one after the other.
  Bytes run(const kiln_pool *pool) {
    std::vector<Memory> memory;
    std::vector<void *> outputs;
    for (uint32_t i = 0; i < program->output_count; ++i) {
      uint64_t bytes = program->outputs[i].bytes;
      memory.push_back(allocate(bytes));
      outputs.push_back(std::memset(memory.back().get(), 0x5a, bytes));
    }
    kiln_status status = kiln_run(program, &model, inputs.data(), outputs.data(), arena, pool);
    if (status != KILN_OK) {
      fprintf(stderr, "%s\n", kiln_status_message(status));
      std::exit(1);
    }
    Bytes bytes;
    for (uint32_t i = 0; i < program->output_count; ++i) {
      auto *data = static_cast<unsigned char *>(outputs[i]);
      bytes.insert(bytes.end(), data, data + program->outputs[i].bytes);
    }
    return bytes;
  }
};

} // namespace

int main(int argc, char **argv) {
  void *library = argc == 3 ? dlopen(argv[1], RTLD_NOW) : nullptr;
  void *symbol = library ? dlsym(library, (std::string(argv[2]) + "_program").c_str()) : nullptr;
  if (!symbol) {
    fprintf(stderr, "usage: same-bits LIBRARY NAME\n%s\n", argc == 3 ? dlerror() : "");
    return 2;
  }
  Network network = {static_cast<const kiln_program *>(symbol), {}, {}, {}};
  if (kiln_open(network.program, &network.model, {}, {}, nullptr) != KILN_OK)
    return 1;
  std::vector<Memory> inputs;
  for (uint32_t i = 0; i < network.program->input_count; ++i) {
    inputs.push_back(allocate(network.program->inputs[i].bytes));
    fill(network.program->inputs[i], inputs.back().get());
    network.inputs.push_back(inputs.back().get());
  }
  size_t arenaBytes = network.program->arena_bytes;
  Memory arena = allocate(arenaBytes);
  network.arena = {arena.get(), arenaBytes};
  std::memset(network.arena.data, 0, arenaBytes);
  Bytes expected = network.run(nullptr);
  int runs = 0, agreed = 0;
  for (int threads = 1; threads <= 3; ++threads) {
    kiln_pool *pool = kiln_pool_create(threads);
    for (int contents : {0, 0xff, -1}) {
      if (contents >= 0)
        std::memset(network.arena.data, contents, arenaBytes);
      agreed += network.run(pool) == expected;
      ++runs;
    }
    kiln_pool_destroy(pool);
  }
  printf("%d of %d runs agree\n", agreed, runs);
  return agreed == runs ? 0 : 1;
}
