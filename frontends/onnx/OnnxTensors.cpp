// Conversion of TensorProto to attributes.
#include "frontends/onnx/OnnxTensors.h"

#include "frontends/onnx/OnnxImport.h"
#include "frontends/onnx/OnnxWire.h"

#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln::onnx_frontend {

/// No network has a tensor with more dimensions; a hostile file may.
static constexpr int maxRank = 64;

Type elementType(MLIRContext &context, int32_t dataType) {
  Builder builder(&context);
  switch (dataType) {
  case onnx::TensorProto::FLOAT:
    return builder.getF32Type();
  case onnx::TensorProto::FLOAT16:
    return builder.getF16Type();
  case onnx::TensorProto::BFLOAT16:
    return builder.getBF16Type();
  case onnx::TensorProto::DOUBLE:
    return builder.getF64Type();
  case onnx::TensorProto::INT8:
    return builder.getI8Type();
  case onnx::TensorProto::UINT8:
    return builder.getIntegerType(8, /*isSigned=*/false);
  case onnx::TensorProto::INT16:
    return builder.getI16Type();
  case onnx::TensorProto::INT32:
    return builder.getI32Type();
  case onnx::TensorProto::INT64:
    return builder.getI64Type();
  case onnx::TensorProto::BOOL:
    return builder.getI1Type();
  default:
    return Type();
  }
}

std::string dataTypeName(int32_t dataType) {
  return onnx::TensorProto::DataType_IsValid(dataType)
             ? onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(dataType))
             : "number " + std::to_string(dataType);
}

FailureOr<RankedTensorType> tensorType(MLIRContext &context, const onnx::TensorProto &tensor,
                                       EmitError emitError) {
  Type element = elementType(context, tensor.data_type());
  if (!element)
    return emitError() << "has elements of type " << dataTypeName(tensor.data_type())
                       << ", which is not supported; convert the model to float or int32";
  if (tensor.has_segment())
    return emitError() << "is stored in segments, which is not supported; save the model again "
                          "with a newer exporter";
  if (tensor.dims_size() > maxRank)
    return emitError() << "has " << tensor.dims_size() << " dimensions, more than " << maxRank;
  int64_t bytes = elementBytes(element);
  constexpr int64_t limit = int64_t(1) << 40;
  for (int64_t dim : tensor.dims()) {
    if (dim < 0)
      return emitError() << "has the negative dimension " << dim;
    if (llvm::MulOverflow(bytes, dim, bytes) || bytes > limit)
      return emitError() << "is larger than 2^40 bytes";
  }
  return RankedTensorType::get(
      llvm::to_vector(llvm::ArrayRef(tensor.dims().data(), tensor.dims_size())), element);
}

template <typename To, typename From> static std::vector<char> narrowed(const From &values) {
  std::vector<char> bytes(values.size() * sizeof(To));
  char *to = bytes.data();
  for (auto value : values) {
    auto element = static_cast<To>(value);
    std::memcpy(to, &element, sizeof(To));
    to += sizeof(To);
  }
  return bytes;
}

static std::vector<char> typedFieldBytes(const onnx::TensorProto &tensor, unsigned width) {
  switch (tensor.data_type()) {
  case onnx::TensorProto::FLOAT:
    return narrowed<float>(tensor.float_data());
  case onnx::TensorProto::DOUBLE:
    return narrowed<double>(tensor.double_data());
  case onnx::TensorProto::INT64:
    return narrowed<int64_t>(tensor.int64_data());
  case onnx::TensorProto::BOOL: {
    std::vector<char> bytes;
    for (int32_t value : tensor.int32_data())
      bytes.push_back(value != 0);
    return bytes;
  }
  default: // INT32, the narrow integers, and the bits of FLOAT16 and BFLOAT16
    return width == 4   ? narrowed<int32_t>(tensor.int32_data())
           : width == 2 ? narrowed<uint16_t>(tensor.int32_data())
                        : narrowed<uint8_t>(tensor.int32_data());
  }
}

FailureOr<std::vector<char>> typedBytes(const onnx::TensorProto &tensor, RankedTensorType type,
                                        EmitError emitError) {
  unsigned width = elementBytes(type.getElementType());
  std::vector<char> bytes = typedFieldBytes(tensor, width);
  if (bytes.size() != uint64_t(type.getNumElements()) * width)
    return emitError() << "has " << bytes.size() / width << " elements where its shape needs "
                       << type.getNumElements();
  return bytes;
}

/// True where the bytes are what a constant of the type may hold: anything, but 0 and 1 only for
/// i1.
static bool areElements(llvm::StringRef bytes, Type elementType) {
  return !elementType.isInteger(1) ||
         llvm::all_of(bytes, [](char byte) { return byte == 0 || byte == 1; });
}

FailureOr<ElementsAttr> readTensor(MLIRContext &context, OnnxFile &file,
                                   const onnx::TensorProto &tensor, llvm::StringRef name,
                                   EmitError emitError) {
  FailureOr<RankedTensorType> type = tensorType(context, tensor, emitError);
  if (failed(type))
    return failure();
  if (!tensor.has_raw_data() && tensor.data_location() != onnx::TensorProto::EXTERNAL) {
    FailureOr<std::vector<char>> bytes = typedBytes(tensor, *type, emitError);
    if (failed(bytes))
      return failure();
    return elementsFromBytes(*type, name, *bytes);
  }
  uint64_t expected = uint64_t(type->getNumElements()) * elementBytes(type->getElementType());
  FailureOr<MappedBytes> mapped = file.rawBytes(tensor, expected, emitError);
  if (failed(mapped))
    return failure();
  if (!areElements(mapped->bytes, type->getElementType()))
    return emitError() << "has elements of type BOOL that are neither 0 nor 1";
  return elementsOnFile(*type, name, std::move(*mapped));
}

} // namespace kiln::onnx_frontend

namespace kiln {

FailureOr<OnnxTensorFile> readOnnxTensor(MLIRContext &context, llvm::StringRef path) {
  using namespace onnx_frontend;
  auto emitError = [&] { return mlir::emitError(fileLocation(context, path)) << "the tensor "; };
  auto buffer = mapFile(path, [&] { return mlir::emitError(fileLocation(context, path)); });
  if (!buffer)
    return failure();
  StrippedMessage stripped = stripTensor(buffer->getBuffer());
  onnx::TensorProto tensor;
  if (!stripped.error.empty() ||
      !tensor.ParseFromArray(stripped.message.data(), static_cast<int>(stripped.message.size())))
    return mlir::emitError(fileLocation(context, path))
           << "not a serialised ONNX tensor; " << stripped.error;
  FailureOr<RankedTensorType> type = tensorType(context, tensor, emitError);
  if (failed(type))
    return failure();
  OnnxTensorFile result{tensor.name(), *type, {}};
  if (tensor.has_raw_data()) {
    llvm::StringRef raw = payloadOf(tensor.raw_data(), stripped.payloads);
    result.bytes.assign(raw.begin(), raw.end());
  } else {
    FailureOr<std::vector<char>> typed = typedBytes(tensor, *type, emitError);
    if (failed(typed))
      return failure();
    result.bytes = std::move(*typed);
  }
  if (result.bytes.size() !=
      uint64_t(type->getNumElements()) * elementBytes(type->getElementType()))
    return emitError() << "has " << result.bytes.size()
                       << " bytes, which does not agree with its shape";
  return result;
}

} // namespace kiln
