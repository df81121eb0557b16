// The parser of LLVM recurses on nested values and knows no NaN; both are dealt with in front of
// it.
#include "frontends/keras/KerasJson.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln::keras_frontend {

/// A parsed value may take fifty times the memory of its text.
static constexpr size_t maxBytes = size_t(1) << 23;
static constexpr unsigned maxDepth = 300;

/// The text with Python's NaN and Infinity written as JSON; nothing where it is nested too deeply.
static std::optional<std::string> toStandard(llvm::StringRef text) {
  std::string result;
  unsigned depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      result += c;
      if (c == '\\' && i + 1 < text.size())
        result += text[++i];
      inString = c != '"';
      continue;
    }
    inString = c == '"';
    if ((c == '[' || c == '{') && ++depth > maxDepth)
      return std::nullopt;
    if ((c == ']' || c == '}') && depth > 0)
      --depth;
    llvm::StringRef rest = text.substr(i);
    if (rest.starts_with("NaN")) {
      result += "null";
      i += 2;
    } else if (rest.starts_with("Infinity")) {
      result += "1e999";
      i += 7;
    } else {
      result += c;
    }
  }
  return result;
}

FailureOr<llvm::json::Object> parseJson(llvm::StringRef text, EmitError emitError) {
  if (text.size() > maxBytes)
    return emitError() << "the architecture is " << text.size()
                       << " bytes of JSON, more than any network has";
  std::optional<std::string> standard = toStandard(text);
  if (!standard)
    return emitError() << "the architecture's JSON is nested more than " << maxDepth << " deep";
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(*standard);
  if (!value)
    return emitError() << "the architecture is no valid JSON: "
                       << llvm::toString(value.takeError());
  if (llvm::json::Object *object = value->getAsObject())
    return std::move(*object);
  return emitError() << "the architecture's JSON is no object";
}

std::string shown(const llvm::json::Value &value) {
  constexpr size_t longest = 120;
  std::string text;
  llvm::raw_string_ostream(text) << value;
  if (text.size() > longest)
    text = text.substr(0, longest) + "...";
  return text;
}

} // namespace kiln::keras_frontend
