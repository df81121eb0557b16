// Parsing of ONNX files, and the lookup of weights that lie outside the model file.
#include "frontends/onnx/OnnxFile.h"

#include "frontends/onnx/OnnxFunctions.h"
#include "frontends/onnx/OnnxWire.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace mlir;

namespace kiln::onnx_frontend {

FailureOr<std::unique_ptr<OnnxFile>> OnnxFile::parse(std::shared_ptr<llvm::MemoryBuffer> bytes,
                                                     EmitError emitError) {
  auto file = std::make_unique<OnnxFile>();
  file->buffer = std::move(bytes);
  StrippedMessage stripped = stripModel(file->buffer->getBuffer());
  if (!stripped.error.empty())
    return emitError() << "not an ONNX model, or a damaged one: " << stripped.error;
  file->payloads = std::move(stripped.payloads);
  constexpr size_t protobufLimit = 1u << 30;
  if (stripped.message.size() > protobufLimit)
    return emitError() << "the model without its raw weights is larger than 1 GB; store the "
                          "weights as raw_data";
  if (!file->proto.ParseFromArray(stripped.message.data(),
                                  static_cast<int>(stripped.message.size())))
    return emitError() << "not an ONNX model, or a damaged one: protobuf cannot parse it";
  if (!file->proto.has_graph())
    return emitError() << "not an ONNX model, or a damaged one: it has no graph";
  if (failed(inlineFunctions(file->proto, emitError)))
    return failure();
  return file;
}

/// The few names of tensors that are most like `wanted`, nearest first.
static std::string closeNames(const onnx::GraphProto &graph, llvm::StringRef wanted) {
  constexpr size_t mostNames = 3;
  std::set<std::pair<unsigned, llvm::StringRef>> byDistance;
  for (const onnx::NodeProto &node : graph.node())
    for (llvm::StringRef name : node.output()) {
      byDistance.insert({wanted.edit_distance(name), name});
      if (byDistance.size() > mostNames)
        byDistance.erase(std::prev(byDistance.end()));
    }
  auto quotedName = [](const auto &entry) { return quoted(entry.second); };
  return llvm::join(llvm::map_range(byDistance, quotedName), ", ");
}

LogicalResult OnnxFile::endAt(llvm::ArrayRef<std::string> tensors, EmitError emitError) {
  onnx::GraphProto &graph = *proto.mutable_graph();
  for (const std::string &tensor : tensors)
    if (llvm::none_of(graph.node(), [&](const onnx::NodeProto &node) {
          return llvm::is_contained(node.output(), tensor);
        }))
      return emitError() << "no node has a result " << quoted(tensor)
                         << " to end at; close to it: " << closeNames(graph, tensor);
  graph.clear_output();
  for (llvm::StringRef tensor : llvm::SetVector<llvm::StringRef>(tensors.begin(), tensors.end()))
    graph.add_output()->set_name(tensor.str());
  return success();
}

FailureOr<MappedBytes> OnnxFile::rawBytes(const onnx::TensorProto &tensor, uint64_t expected,
                                          EmitError emitError) {
  MappedBytes result;
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    FailureOr<MappedBytes> external = externalBytes(tensor, expected, emitError);
    if (failed(external))
      return failure();
    result = std::move(*external);
  } else {
    result = {payloadOf(tensor.raw_data(), payloads), buffer};
  }
  if (result.bytes.size() != expected)
    return emitError() << "has " << result.bytes.size() << " bytes of data where its shape needs "
                       << expected;
  return result;
}

/// The path of external data: below the folder of the model, so that a model cannot name files
/// elsewhere.
static FailureOr<std::string> externalPath(llvm::StringRef modelPath, llvm::StringRef location,
                                           EmitError emitError) {
  namespace path = llvm::sys::path;
  bool escapes = location.empty() || path::is_absolute(location) || location.contains('\0');
  for (auto part = path::begin(location), end = path::end(location); part != end; ++part)
    escapes |= *part == "..";
  if (escapes)
    return emitError() << "has its data in " << quoted(location)
                       << ", which is not below the model's folder";
  llvm::SmallString<256> full(path::parent_path(modelPath));
  path::append(full, location);
  return std::string(full);
}

FailureOr<MappedBytes> OnnxFile::externalBytes(const onnx::TensorProto &tensor, uint64_t expected,
                                               EmitError emitError) {
  std::string location;
  uint64_t offset = 0, length = expected;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    llvm::StringRef value = entry.value();
    bool bad = false;
    if (entry.key() == "location")
      location = entry.value();
    else if (entry.key() == "offset")
      bad = value.getAsInteger(10, offset);
    else if (entry.key() == "length")
      bad = value.getAsInteger(10, length);
    if (bad)
      return emitError() << "has an external " << entry.key()
                         << " that is no number: " << quoted(value);
  }
  FailureOr<std::string> full = externalPath(path(), location, emitError);
  if (failed(full))
    return failure();
  std::shared_ptr<llvm::MemoryBuffer> &mapped = externalFiles[*full];
  if (!mapped)
    mapped = mapFile(*full, [&] { return emitError() << "has its data in another file: "; });
  if (!mapped)
    return failure();
  llvm::StringRef all = mapped->getBuffer();
  if (offset > all.size() || length > all.size() - offset)
    return emitError() << "has its data at bytes " << offset << " to " << offset + length << " of "
                       << quoted(*full) << ", which has " << all.size();
  return MappedBytes{all.substr(offset, length), mapped};
}

} // namespace kiln::onnx_frontend
