// Takes the weights out of a serialised model before protobuf parses it.
//
// Protobuf copies every `bytes` field, so parsing a 553 MB model would cost 553 MB and half a
// second. The wire format is walked once instead: each TensorProto.raw_data is replaced by the
// index of its place in the file.
//
//     graph{initializer{dims raw_data:<400 MB>}}  ->  graph{initializer{dims raw_data:0}}
//                                                     payloads[0] = the 400 MB where they are
#ifndef KILN_FRONTENDS_ONNX_ONNXWIRE_H
#define KILN_FRONTENDS_ONNX_ONNXWIRE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace kiln::onnx_frontend {

/// A message without its big fields.
struct StrippedMessage {
  /// The serialised message in which every payload is its index, eight bytes in the machine's
  /// order.
  std::string message;
  /// Where the payloads lie in the original.
  std::vector<llvm::StringRef> payloads;
  /// Why the bytes are not such a message, with the position; empty when they are.
  std::string error;
};

/// FunctionProto.attribute_proto, which the library's message classes may be too old to know.
inline constexpr int functionAttributeField = 11;

/// Strips a serialised ModelProto: the tensors of initializers and of attributes of nodes, in the
/// main graph, in graphs inside of nodes and in functions.
StrippedMessage stripModel(llvm::StringRef bytes);

/// Strips a serialised TensorProto.
StrippedMessage stripTensor(llvm::StringRef bytes);

/// The payload that the `raw_data` of a stripped tensor stands for; the field as it is when it is
/// no index.
llvm::StringRef payloadOf(llvm::StringRef rawData, llvm::ArrayRef<llvm::StringRef> payloads);

} // namespace kiln::onnx_frontend

#endif // KILN_FRONTENDS_ONNX_ONNXWIRE_H
