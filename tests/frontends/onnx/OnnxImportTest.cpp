// What lit cannot see of an import: that weights are views on the mapped file, that these views
// outlive everything but the context, and that a tensor's file is read in each of its forms.
#include "frontends/onnx/OnnxImport.h"
#include "dialects/nn/NnDialect.h"
#include "frontends/onnx/OnnxProto.h"
#include "frontends/onnx/OnnxWire.h"

#include "mlir/IR/DialectResourceBlobManager.h"

#include <gtest/gtest.h>

using namespace kiln;
using namespace mlir;

namespace {

constexpr int elements = 1000;

/// A model that returns one initializer of a thousand floats: 0, 1, 2, ...; the name shifts its
/// position in the file.
std::string modelWithWeights(const std::string &name) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  onnx::GraphProto &graph = *model.mutable_graph();
  graph.add_output()->set_name(name);
  onnx::TensorProto &tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.add_dims(elements);
  std::vector<float> values(elements);
  for (int i = 0; i < elements; ++i)
    values[i] = static_cast<float>(i);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return model.SerializeAsString();
}

AsmResourceBlob *onlyBlob(ModuleOp module) {
  AsmResourceBlob *blob = nullptr;
  module.walk([&](nn::ConstantOp constant) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant.getValue()))
      blob = resource.getRawHandle().getBlob();
  });
  return blob;
}

TEST(OnnxImport, WeightsAreViewsOnTheFileWhereverTheyLie) {
  for (const char *name : {"w", "ww", "www", "wwww"}) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    std::string bytes = modelWithWeights(name);
    auto buffer =
        llvm::MemoryBuffer::getMemBuffer(bytes, "model.onnx", /*RequiresNullTerminator=*/false);
    OwningOpRef<ModuleOp> module = importOnnx(context, std::move(buffer));
    ASSERT_TRUE(module);
    AsmResourceBlob *blob = onlyBlob(*module);
    ASSERT_NE(blob, nullptr);
    const char *data = blob->getData().data();
    EXPECT_GE(data, bytes.data());
    EXPECT_LE(data + blob->getData().size(), bytes.data() + bytes.size());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % blob->getDataAlignment(), 0u);
    float last = 0;
    std::memcpy(&last, data + (elements - 1) * sizeof(float), sizeof(float));
    EXPECT_EQ(last, elements - 1);
  }
}

/// A buffer that notes when it is destroyed.
class NotingBuffer : public llvm::MemoryBuffer {
public:
  NotingBuffer(llvm::StringRef bytes, bool &destroyed) : destroyed(destroyed) {
    init(bytes.begin(), bytes.end(), /*RequiresNullTerminator=*/false);
  }
  ~NotingBuffer() override { destroyed = true; }
  BufferKind getBufferKind() const override { return MemoryBuffer_Malloc; }

private:
  bool &destroyed;
};

TEST(OnnxImport, TheFileLivesAsLongAsTheContextWhenWeightsPointIntoIt) {
  bool destroyed = false;
  std::string bytes = modelWithWeights("w");
  {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    {
      OwningOpRef<ModuleOp> module =
          importOnnx(context, std::make_unique<NotingBuffer>(bytes, destroyed));
      ASSERT_TRUE(module);
    }
    EXPECT_FALSE(destroyed);
  }
  EXPECT_TRUE(destroyed);
}

TEST(OnnxWire, StrippingKeepsAllButThePayloads) {
  std::string bytes = modelWithWeights("w");
  onnx_frontend::StrippedMessage stripped = onnx_frontend::stripModel(bytes);
  EXPECT_EQ(stripped.error, "");
  ASSERT_EQ(stripped.payloads.size(), 1u);
  EXPECT_EQ(stripped.payloads[0].size(), elements * sizeof(float));
  EXPECT_LT(stripped.message.size(), 100u);
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(stripped.message));
  EXPECT_EQ(model.graph().initializer(0).dims(0), elements);
  EXPECT_EQ(onnx_frontend::payloadOf(model.graph().initializer(0).raw_data(), stripped.payloads),
            stripped.payloads[0]);
}

TEST(OnnxWire, APayloadIsFoundOnlyByAnIndex) {
  llvm::StringRef payload = "data";
  EXPECT_EQ(onnx_frontend::payloadOf("raw", payload), "");
  EXPECT_EQ(onnx_frontend::payloadOf(llvm::StringRef("\1\0\0\0\0\0\0\0", 8), payload), "");
  EXPECT_EQ(onnx_frontend::payloadOf(llvm::StringRef("\0\0\0\0\0\0\0\0", 8), payload), "data");
}

TEST(OnnxWire, AMillionEmptyPartsAreRefused) {
  std::string nodes, bytes;
  for (int i = 0; i < (1 << 20) + 1; ++i)
    nodes += std::string("\012\0", 2);    // GraphProto.node, empty
  bytes = "\072\202\200\200\001" + nodes; // ModelProto.graph
  EXPECT_NE(onnx_frontend::stripModel(bytes).error.find("more than a million parts"),
            std::string::npos);
}

} // namespace
