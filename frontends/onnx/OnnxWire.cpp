// A walk over protobuf's wire format (https://protobuf.dev/programming-guides/encoding) that copies
// a message and leaves out its payloads. Only the few fields on the way to a payload are entered:
// tensors, and the graphs and nodes that hold them, which may lie in attributes of nodes again.
#include "frontends/onnx/OnnxWire.h"

#include "frontends/onnx/OnnxProto.h"

#include <cstring>

namespace kiln::onnx_frontend {
namespace {

enum WireType : unsigned { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

/// Which length-delimited fields of a message are entered, and which one is a payload. Field 0
/// exists in no message.
struct MessageShape {
  struct Entry {
    int field = 0;
    const MessageShape *shape = nullptr;
  };
  Entry entered[2];
  int payloadField = 0;
};

extern const MessageShape graphShape;
constexpr MessageShape tensorShape{{}, onnx::TensorProto::kRawDataFieldNumber};
constexpr MessageShape attributeShape{{{onnx::AttributeProto::kTFieldNumber, &tensorShape},
                                       {onnx::AttributeProto::kGFieldNumber, &graphShape}}};
constexpr MessageShape nodeShape{{{onnx::NodeProto::kAttributeFieldNumber, &attributeShape}}};
constexpr MessageShape graphShape{{{onnx::GraphProto::kNodeFieldNumber, &nodeShape},
                                   {onnx::GraphProto::kInitializerFieldNumber, &tensorShape}}};
constexpr MessageShape functionShape{{{onnx::FunctionProto::kNodeFieldNumber, &nodeShape},
                                      {functionAttributeField, &attributeShape}}};
constexpr MessageShape modelShape{{{onnx::ModelProto::kGraphFieldNumber, &graphShape},
                                   {onnx::ModelProto::kFunctionsFieldNumber, &functionShape}}};

/// Messages beyond this number are not a network but an attempt to exhaust the memory: each empty
/// one costs two bytes in the file and some hundred in the parsed form.
constexpr size_t maxMessages = size_t(1) << 20;
/// A graph in an attribute lies three messages below the graph around it; protobuf itself stops at
/// 100.
constexpr size_t maxDepth = 96;

class Stripper {
public:
  Stripper(llvm::StringRef file, StrippedMessage &result) : file(file), result(result) {}

  /// Appends `bytes` without its payloads to `out`; false after an error.
  bool strip(llvm::StringRef bytes, const MessageShape &shape, std::string &out);

private:
  bool fail(const char *where, const char *what) {
    result.error = std::string(what) + " at byte " + std::to_string(where - file.data());
    return false;
  }
  bool readVarint(llvm::StringRef &rest, uint64_t &value);
  bool skip(llvm::StringRef &rest, uint64_t count);
  bool stripBytesField(llvm::StringRef &rest, int field, const MessageShape &shape,
                       std::string &out);
  void appendBytes(std::string &out, int field, llvm::StringRef bytes);

  llvm::StringRef file;
  StrippedMessage &result;
  size_t messages = 0, depth = 0;
};

void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

bool Stripper::readVarint(llvm::StringRef &rest, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (rest.empty())
      return fail(rest.data(), "the file ends inside a number");
    auto byte = static_cast<unsigned char>(rest.front());
    rest = rest.drop_front();
    if (shift < 64)
      value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return fail(rest.data(), "a number is too long");
}

bool Stripper::skip(llvm::StringRef &rest, uint64_t count) {
  if (count > rest.size())
    return fail(rest.data(), "a field is longer than what contains it");
  rest = rest.drop_front(count);
  return true;
}

void Stripper::appendBytes(std::string &out, int field, llvm::StringRef bytes) {
  appendVarint(out, uint64_t(field) << 3 | Bytes);
  appendVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

bool Stripper::stripBytesField(llvm::StringRef &rest, int field, const MessageShape &shape,
                               std::string &out) {
  uint64_t length = 0;
  const char *start = rest.data();
  if (!readVarint(rest, length))
    return false;
  llvm::StringRef body = rest.substr(0, length);
  if (!skip(rest, length))
    return false;
  if (++messages > maxMessages)
    return fail(start, "more than a million parts");
  if (field == shape.payloadField) {
    uint64_t index = result.payloads.size();
    result.payloads.push_back(body);
    appendBytes(out, field, {reinterpret_cast<const char *>(&index), sizeof(index)});
    return true;
  }
  for (const MessageShape::Entry &entry : shape.entered) {
    if (entry.field != field)
      continue;
    std::string inner;
    if (++depth > maxDepth)
      return fail(start, "graphs nested too deeply");
    if (!strip(body, *entry.shape, inner))
      return false;
    --depth;
    appendBytes(out, field, inner);
    return true;
  }
  appendBytes(out, field, body);
  return true;
}

bool Stripper::strip(llvm::StringRef bytes, const MessageShape &shape, std::string &out) {
  llvm::StringRef rest = bytes;
  while (!rest.empty()) {
    const char *start = rest.data();
    uint64_t tag = 0, ignored = 0;
    if (!readVarint(rest, tag))
      return false;
    if (tag >> 3 == 0 || tag >> 3 > 0x1fffffff)
      return fail(start, "an impossible field number");
    bool intact = true;
    switch (tag & 7) {
    case Varint:
      intact = readVarint(rest, ignored);
      break;
    case Fixed64:
      intact = skip(rest, 8);
      break;
    case Fixed32:
      intact = skip(rest, 4);
      break;
    case Bytes:
      if (!stripBytesField(rest, static_cast<int>(tag >> 3), shape, out))
        return false;
      continue;
    default:
      return fail(start, "an unknown kind of field");
    }
    if (!intact)
      return false;
    out.append(start, rest.data() - start);
  }
  return true;
}

StrippedMessage stripAs(const MessageShape &shape, llvm::StringRef bytes) {
  StrippedMessage result;
  Stripper(bytes, result).strip(bytes, shape, result.message);
  return result;
}

} // namespace

StrippedMessage stripModel(llvm::StringRef bytes) { return stripAs(modelShape, bytes); }

StrippedMessage stripTensor(llvm::StringRef bytes) { return stripAs(tensorShape, bytes); }

llvm::StringRef payloadOf(llvm::StringRef rawData, llvm::ArrayRef<llvm::StringRef> payloads) {
  uint64_t index = 0;
  if (rawData.size() != sizeof(index))
    return {};
  std::memcpy(&index, rawData.data(), sizeof(index));
  return index < payloads.size() ? payloads[index] : llvm::StringRef();
}

} // namespace kiln::onnx_frontend
