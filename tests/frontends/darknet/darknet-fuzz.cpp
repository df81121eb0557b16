// libFuzzer targets for the Darknet reader: any bytes end in a module or in a message.
//
//     cmake -B build/fuzz -DKILN_FUZZERS=ON ... && ninja -C build/fuzz darknet-fuzz-config
//     darknet-fuzz-weights build/fuzz/tests/unit/darknet-fuzz-config -rss_limit_mb=1024
//     -max_total_time=600 CORPUS
//
// FUZZ_WEIGHTS: the bytes are a weights file for a network of every kind of layer with weights;
// otherwise they are a configuration, and its weights are random.
#include "frontends/darknet/DarknetImport.h"

#include "mlir/IR/Diagnostics.h"

namespace {

[[maybe_unused]] constexpr llvm::StringLiteral everyLayer = R"(
[net]
width=8
height=8
channels=2
[convolutional]
filters=4
size=3
batch_normalize=1
flipped=1
activation=leaky
[deconvolutional]
filters=2
size=2
[batchnorm]
[local]
size=3
pad=1
[shortcut]
from=-1
weights_type=per_channel
weights_normalization=softmax
[connected]
output=70
batch_normalize=1
)";

std::unique_ptr<llvm::MemoryBuffer> asBuffer(const uint8_t *data, size_t size) {
  return llvm::MemoryBuffer::getMemBufferCopy({reinterpret_cast<const char *>(data), size}, "fuzz");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
  kiln::DarknetOptions options;
  options.mostRandomBytes = 1 << 22;
  options.weights = "random:1";
#ifdef FUZZ_WEIGHTS
  auto config = llvm::MemoryBuffer::getMemBuffer(everyLayer, "every.cfg");
  auto weights = asBuffer(data, size);
#else
  auto config = asBuffer(data, size);
  std::unique_ptr<llvm::MemoryBuffer> weights;
#endif
  (void)kiln::importDarknet(context, std::move(config), std::move(weights), options);
  return 0;
}
