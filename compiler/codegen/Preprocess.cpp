// See Preprocess.h.
#include "compiler/codegen/Preprocess.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

namespace kiln {

static llvm::Error invalid(llvm::StringRef part, llvm::StringRef why) {
  return llvm::createStringError("preprocess '" + part + "': " + why +
                                 "; the form is rgb|bgr|gray,scale=S,mean=..,std=..");
}

/// Appends the numbers of "1/2.5/3".
static llvm::Error parseNumbers(llvm::StringRef part, llvm::StringRef text,
                                std::vector<float> &numbers) {
  llvm::SmallVector<llvm::StringRef> pieces;
  text.split(pieces, '/');
  for (llvm::StringRef piece : pieces) {
    double number;
    if (piece.getAsDouble(number) || !std::isfinite(number))
      return invalid(part, "'" + piece.str() + "' is not a number");
    numbers.push_back(static_cast<float>(number));
  }
  return llvm::Error::success();
}

static llvm::Error checkNumbers(const PreprocessInfo &info) {
  if (info.mean.size() > 3 || info.std.size() > 3)
    return invalid("mean, std", "at most three numbers, one for each channel");
  for (float deviation : info.std)
    if (deviation == 0)
      return invalid("std", "it divides and must not be 0");
  return llvm::Error::success();
}

llvm::Expected<PreprocessInfo> parsePreprocess(llvm::StringRef spec) {
  PreprocessInfo info;
  std::vector<float> scale, *numbers = nullptr;
  llvm::SmallVector<llvm::StringRef> parts;
  spec.split(parts, ',');
  for (llvm::StringRef part : parts) {
    part = part.trim();
    auto [key, value] = part.split('=');
    uint32_t channels = llvm::StringSwitch<uint32_t>(part)
                            .Case("rgb", KILN_CHANNELS_RGB)
                            .Case("bgr", KILN_CHANNELS_BGR)
                            .Case("gray", KILN_CHANNELS_GRAY)
                            .Default(KILN_CHANNELS_DEFAULT);
    if (channels != KILN_CHANNELS_DEFAULT) {
      info.channels = channels;
      continue;
    }
    if (part.contains('=')) {
      numbers = llvm::StringSwitch<std::vector<float> *>(key)
                    .Case("scale", &scale)
                    .Case("mean", &info.mean)
                    .Case("std", &info.std)
                    .Default(nullptr);
    } else {
      value = part;
    }
    if (!numbers)
      return invalid(part, "not understood");
    if (llvm::Error error = parseNumbers(part, value, *numbers))
      return error;
  }
  if (scale.size() > 1)
    return invalid("scale", "one number");
  if (!scale.empty())
    info.scale = scale.front();
  if (llvm::Error error = checkNumbers(info))
    return error;
  return info;
}

} // namespace kiln
