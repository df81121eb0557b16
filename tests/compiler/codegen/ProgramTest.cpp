// The descriptor in LLVM IR has the layout of kiln_program in C.
#include "compiler/codegen/Program.h"
#include "compiler/codegen/Target.h"
#include "tests/compiler/codegen/TestNetwork.h"

#include "llvm/IR/DataLayout.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/Target/TargetMachine.h"

#include <gtest/gtest.h>

#include <cstddef>

using namespace kiln;
using namespace kiln::test;

TEST(Program, LayoutIsThatOfC) {
  llvm::LLVMContext context;
  llvm::StructType *type = programType(context);
  auto machine = valueOf(createTargetMachine(valueOf(resolveTarget("x86_64")), 0));
  llvm::DataLayout dataLayout = machine->createDataLayout();
  const llvm::StructLayout *layout = dataLayout.getStructLayout(type);
  const size_t offsets[] = {
      offsetof(kiln_program, api_version),    offsetof(kiln_program, threads),
      offsetof(kiln_program, name),           offsetof(kiln_program, cpu),
      offsetof(kiln_program, cpu_features),   offsetof(kiln_program, arena_bytes),
      offsetof(kiln_program, weights_bytes),  offsetof(kiln_program, prepared_bytes),
      offsetof(kiln_program, weights_digest), offsetof(kiln_program, weights),
      offsetof(kiln_program, weights_file),   offsetof(kiln_program, body),
      offsetof(kiln_program, prepare),        offsetof(kiln_program, input_count),
      offsetof(kiln_program, output_count),   offsetof(kiln_program, inputs),
      offsetof(kiln_program, outputs),        offsetof(kiln_program, preprocess),
      offsetof(kiln_program, labels),         offsetof(kiln_program, label_count),
      offsetof(kiln_program, manifest),       offsetof(kiln_program, manifest_bytes)};
  ASSERT_EQ(type->getNumElements(), std::size(offsets));
  for (unsigned i = 0; i < std::size(offsets); ++i)
    EXPECT_EQ(layout->getElementOffset(i).getFixedValue(), offsets[i]) << i;
  EXPECT_EQ(layout->getSizeInBytes().getFixedValue(), sizeof(kiln_program));
}
