// See KernelHarness.h.
#include "KernelHarness.h"

#include "compiler/lowering/Passes.h"
#include "compiler/lowering/TranslateToLLVM.h"
#include "dialects/kernel/KernelDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <cstdlib>

using namespace mlir;

namespace kiln::test {

/// A quiet NaN that no computation produces.
constexpr uint32_t guardBits = 0x7fc5a5a5;
constexpr int64_t guardElements = 256;

int64_t elementsOf(const Shape &shape) {
  int64_t elements = 1;
  for (int64_t size : shape)
    elements *= size;
  return elements;
}

static std::string join(const Shape &values, const std::string &separator) {
  std::string text;
  for (int64_t value : values)
    text += (text.empty() ? "" : separator) + std::to_string(value);
  return text;
}

std::string textOf(const Shape &shape) { return join(shape, "x"); }

std::string arrayOf(const Shape &values) { return "array<i64: " + join(values, ", ") + ">"; }

GuardedBuffer::GuardedBuffer(const Shape &shape)
    : dims(shape), elements(elementsOf(shape)),
      storage(elements + 2 * guardElements + 16, std::bit_cast<float>(guardBits)) {
  auto misaligned = reinterpret_cast<uintptr_t>(storage.data()) % 64 / sizeof(float);
  offset = guardElements + (16 - static_cast<int64_t>(misaligned)) % 16;
}

GuardedBuffer::GuardedBuffer(const Shape &shape, float value) : GuardedBuffer(shape) {
  std::fill_n(data(), elements, value);
}

bool GuardedBuffer::guardsAreIntact() const {
  for (int64_t i = 0; i < static_cast<int64_t>(storage.size()); ++i)
    if ((i < offset || i >= offset + elements) && std::bit_cast<uint32_t>(storage[i]) != guardBits)
      return false;
  return true;
}

void Random::fill(GuardedBuffer &buffer) {
  for (int64_t i = 0; i < buffer.size(); ++i)
    buffer[i] = real();
}

static MLIRContext &context() {
  static MLIRContext context = [] {
    DialectRegistry registry;
    registerAllDialects(registry);
    registry.insert<kernel::KernelDialect, nn::NnDialect>();
    return MLIRContext(registry);
  }();
  return context;
}

CompiledKernel::CompiledKernel(const std::string &module, const std::string &cpu) {
  compile(module, cpu);
}

CompiledKernel::CompiledKernel(const std::vector<Shape> &buffers, const std::string &operations,
                               const std::string &cpu) {
  std::string signature, views;
  for (size_t i = 0; i < buffers.size(); ++i) {
    std::string number = std::to_string(i),
                bytes = "memref<" + std::to_string(4 * elementsOf(buffers[i])) + "xi8>";
    signature += "%a" + number + ": " + bytes + ", ";
    views += "%b" + number + " = memref.view %a" + number + "[%c0][] : " + bytes + " to memref<" +
             textOf(buffers[i]) + "xf32>\n";
  }
  compile("func.func @net(" + signature +
              "%weights: memref<0xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {\n"
              "%c0 = arith.constant 0 : index\n" +
              views + operations + "\nreturn\n}\n",
          cpu);
}

void CompiledKernel::compile(const std::string &text, const std::string &cpu) {
  ParserConfig config(&context());
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, config);
  ASSERT_TRUE(module) << text;
  PassManager passes(&context());
  passes.addPass(createOutlineKernels());
  passes.addNestedPass<func::FuncOp>(createKernelToVector());
  passes.addNestedPass<func::FuncOp>(createLinalgToLoops());
  passes.addNestedPass<func::FuncOp>(createExpandMath());
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createKernelToLLVM());
  ASSERT_TRUE(succeeded(passes.run(*module))) << text;
  llvm::LLVMContext llvmContext;
  auto translated = translateToLLVM(*module, llvmContext);
  ASSERT_TRUE(succeeded(translated)) << text;
  if (jit.compile(std::move(*translated), cpu))
    body = jit.lookup("net_body");
}

void CompiledKernel::run(const std::vector<GuardedBuffer *> &buffers) {
  std::vector<void *> pointers;
  for (GuardedBuffer *buffer : buffers)
    pointers.push_back(buffer->data());
  runRaw(pointers);
  for (size_t i = 0; i < buffers.size(); ++i)
    EXPECT_TRUE(buffers[i]->guardsAreIntact()) << "written outside of buffer " << i;
}

void CompiledKernel::runRaw(const std::vector<void *> &buffers, void *weights, void *arena) {
  ASSERT_TRUE(isValid());
  std::vector<const void *> inputs(buffers.begin(), buffers.end() - 1);
  void *output = buffers.back();
  body(inputs.data(), &output, weights, arena, nullptr);
}

int64_t mapIndex(const Shape &shape, int64_t batch, int64_t channel, const Shape &p) {
  bool isBlocked = shape.size() == 6;
  int64_t block = isBlocked ? channel / 16 : channel;
  int64_t pixel =
      (((batch * shape[1] + block) * shape[2] + p[0]) * shape[3] + p[1]) * shape[4] + p[2];
  return isBlocked ? pixel * 16 + channel % 16 : pixel;
}

Shape shifted(Shape p, const Shape &by) {
  for (size_t d = 0; d < p.size(); ++d)
    p[d] += by[d];
  return p;
}

void runKernel(const std::vector<GuardedBuffer *> &buffers, const std::string &operations,
               const std::string &cpu) {
  std::vector<Shape> shapes;
  for (GuardedBuffer *buffer : buffers)
    shapes.push_back(buffer->shape());
  CompiledKernel kernel(shapes, operations, cpu);
  ASSERT_TRUE(kernel.isValid());
  kernel.run(buffers);
}

int seedCount(int usual) {
  const char *more = std::getenv("KILN_TEST_SEEDS");
  return more ? std::atoi(more) : usual;
}

std::string scheduleText(int64_t rows, int64_t columns, int64_t tasks, bool pixelsOuter,
                         int64_t filters, const std::string &lanes) {
  return "schedule = #kernel.schedule<rows = " + std::to_string(rows) +
         ", columns = " + std::to_string(columns) +
         ", order = " + (pixelsOuter ? "pixels_outer" : "filters_outer") +
         ", tasks = " + std::to_string(tasks) + ", filters = " + std::to_string(filters) +
         ", lanes = " + lanes + ">";
}

double relativeError(const std::vector<double> &expected, const std::vector<double> &actual) {
  double difference = 0, largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i]) != std::isnan(actual[i]))
      return INFINITY;
    if (std::isnan(expected[i]) || expected[i] == actual[i])
      continue;
    difference = std::max(difference, std::abs(expected[i] - actual[i]));
    largest = std::max(largest, std::abs(expected[i]));
  }
  return difference == 0 ? 0 : difference / largest;
}

} // namespace kiln::test
