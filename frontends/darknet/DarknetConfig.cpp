// Lines to sections, and values to numbers.
#include "frontends/darknet/DarknetConfig.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/LineIterator.h"

#include <cmath>

using namespace mlir;

namespace kiln::darknet_frontend {

/// Larger files are no networks.
static constexpr size_t largestFile = size_t(1) << 24;

const ConfigOption *ConfigSection::find(llvm::StringRef key) const {
  auto found =
      llvm::find_if(options, [&](const ConfigOption &option) { return option.key == key; });
  return found == options.end() ? nullptr : &*found;
}

/// Darknet drops every blank of a line, not only those at its ends.
static std::string withoutBlanks(llvm::StringRef line) {
  std::string text;
  for (char c : line)
    if (!llvm::isSpace(c) && c != '\0')
      text += c;
  return text;
}

/// Adds one line that is no comment; says what is wrong with it.
static std::string addLine(DarknetConfig &config, llvm::StringRef text, unsigned line) {
  if (text.front() == '[') {
    size_t end = text.find(']');
    if (end == llvm::StringRef::npos || end == 1)
      return "a section is written [name]";
    config.sections.push_back({text.substr(1, end - 1).str(), line, {}});
    return "";
  }
  auto [key, value] = text.split('=');
  if (key.size() == text.size() || key.empty())
    return "neither a [section], nor key=value, nor a comment that begins with # or ;";
  if (config.sections.empty())
    return "an option in front of the first section; a network begins with [net]";
  config.sections.back().options.push_back({key.str(), value.str(), line});
  return "";
}

FailureOr<DarknetConfig> parseConfig(MLIRContext &context, const llvm::MemoryBuffer &file) {
  DarknetConfig config;
  config.path = file.getBufferIdentifier().str();
  if (file.getBufferSize() > largestFile)
    return emitError(config.location(context, 0)) << "larger than 16 MB: no Darknet configuration";
  constexpr unsigned mostErrors = 20;
  unsigned errors = 0, number = 0;
  llvm::StringRef rest = file.getBuffer();
  rest.consume_front(frontend::byteOrderMark);
  while (!rest.empty()) {
    auto [line, following] = rest.split('\n');
    rest = following;
    ++number;
    std::string text = withoutBlanks(line);
    if (text.empty() || text.front() == '#' || text.front() == ';')
      continue;
    std::string wrong = addLine(config, text, number);
    if (!wrong.empty() && ++errors <= mostErrors)
      emitError(config.location(context, number)) << quoted(text) << ": " << wrong;
  }
  if (errors > 0)
    return failure();
  if (config.sections.empty())
    return emitError(config.location(context, 0)) << "has no section: not a Darknet configuration";
  return config;
}

/// The text in front of a comment.
static llvm::StringRef uncommented(llvm::StringRef text) {
  return text.take_until([](char c) { return c == '#' || c == ';'; });
}

std::optional<double> parseReal(llvm::StringRef text) {
  double value;
  if (uncommented(text).getAsDouble(value) || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::optional<int64_t> parseInteger(llvm::StringRef text) {
  constexpr double largest = 1e15;
  std::optional<double> value = parseReal(text);
  if (!value || std::fabs(*value) > largest)
    return std::nullopt;
  return static_cast<int64_t>(*value);
}

} // namespace kiln::darknet_frontend
