// Reading and writing one tensor; the formats are told apart by ending and first bytes.
#include "tools/kiln/Messages.h"
#include "tools/kiln/Tensors.h"

#include "frontends/onnx/OnnxImport.h"
#include "runtime/hosted/files.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): a full-period sequence from any seed.
uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double randomElement(uint32_t dtype, uint64_t bits, Range range) {
  switch (dtype) {
  case KILN_F32:
  case KILN_F16:
  case KILN_BF16:
  case KILN_F64:
    return range.low + static_cast<double>(bits >> 40) / (1 << 24) * (range.high - range.low);
  case KILN_U8:
    return static_cast<double>(bits >> 56);
  case KILN_BOOL:
    return static_cast<double>(bits >> 63);
  default:
    return static_cast<double>(static_cast<int64_t>(bits) >> 56); // -128 to 127
  }
}

std::optional<kiln_dtype> dtypeOf(mlir::Type type) {
  if (type.isF32())
    return KILN_F32;
  if (type.isF16())
    return KILN_F16;
  if (type.isBF16())
    return KILN_BF16;
  if (type.isF64())
    return KILN_F64;
  if (type.isUnsignedInteger(8))
    return KILN_U8;
  if (type.isInteger(8))
    return KILN_I8;
  if (type.isInteger(16))
    return KILN_I16;
  if (type.isInteger(32))
    return KILN_I32;
  if (type.isInteger(64))
    return KILN_I64;
  if (type.isInteger(1))
    return KILN_BOOL;
  return std::nullopt;
}

/// A serialised TensorProto. Its shape may lack leading extents of 1 that the network has, or have
/// more of them: some published test sets are like that.
ExitStatus readProto(llvm::StringRef file, const kiln_tensor &tensor, void *data) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) {
    llvm::errs() << "error: " << file << ": " << diagnostic << "\n";
    return mlir::success();
  });
  mlir::FailureOr<OnnxTensorFile> read = readOnnxTensor(context, file);
  if (mlir::failed(read))
    return Fault;
  std::optional<kiln_dtype> dtype = dtypeOf(read->type.getElementType());
  auto withoutOnes = [](llvm::ArrayRef<int64_t> dims) {
    return dims.drop_while([](int64_t dim) { return dim == 1; });
  };
  llvm::ArrayRef<int64_t> wanted(tensor.dims, tensor.rank);
  if (dtype == tensor.dtype && withoutOnes(read->type.getShape()) == withoutOnes(wanted) &&
      read->bytes.size() == tensor.bytes) {
    llvm::copy(read->bytes, static_cast<char *>(data));
    return Done;
  }
  std::string found;
  llvm::raw_string_ostream(found) << read->type;
  return fault("'" + file + "' holds " + found + "; '" + tensor.name + "' is " +
               describeTensor(tensor));
}

ExitStatus readRandom(llvm::StringRef seedText, const kiln_tensor &tensor, void *data) {
  uint64_t seed;
  if (seedText.getAsInteger(10, seed))
    return fault("random:" + seedText + ": the form is random:SEED with a whole number");
  fillRandom(seed, tensor, data);
  return Done;
}

} // namespace

void fillRandom(uint64_t seed, const kiln_tensor &tensor, void *data, Range range) {
  uint64_t state = seed;
  uint64_t count = tensor.bytes / kiln_dtype_bytes(tensor.dtype);
  for (uint64_t i = 0; i < count; ++i)
    kiln_store_element(data, tensor.dtype, i,
                       randomElement(tensor.dtype, nextRandom(state), range));
}

ExitStatus readTensor(llvm::StringRef file, const kiln_tensor &tensor,
                      const kiln_preprocess &preprocess, void *data) {
  if (file.consume_front("random:"))
    return readRandom(file, tensor, data);
  if (llvm::sys::path::extension(file) == ".pb")
    return readProto(file, tensor, data);
  kiln_message message;
  if (kiln_input_read(file.str().c_str(), &tensor, &preprocess, data, &message))
    return Done;
  return fault(message.text);
}

ExitStatus writeTensor(llvm::StringRef file, const kiln_tensor &tensor, const void *data) {
  kiln_message message;
  if (kiln_npy_write(file.str().c_str(), &tensor, data, &message))
    return Done;
  return fault(message.text);
}

} // namespace kiln::tool
