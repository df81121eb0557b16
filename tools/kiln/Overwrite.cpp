// Compares files, not names: a link to the model is the model.
#include "tools/kiln/Overwrite.h"

#include "llvm/Support/FileSystem.h"

namespace kiln::tool {
namespace {

/// FILE of "[NAME=]FILE".
llvm::StringRef fileOf(llvm::StringRef word) { return word.substr(word.rfind('=') + 1); }

std::vector<std::string> inputsOf(const CommandLine &line) {
  std::vector<std::string> files = {line.operand().str()};
  for (Option option : {OPT_weights, OPT_labels})
    if (std::optional<llvm::StringRef> file = line.value(option))
      files.push_back(file->str());
  for (llvm::StringRef word : line.values(OPT_input_value))
    files.push_back(fileOf(word).str());
  return files;
}

} // namespace

ExitStatus refuseOverwriting(const CommandLine &line, const llvm::Twine &option,
                             llvm::StringRef file) {
  for (const std::string &input : inputsOf(line))
    if (llvm::sys::fs::equivalent(input, file))
      return line.usageError(option + " would overwrite '" + input +
                             "', which is read; choose another name or folder");
  return Done;
}

ExitStatus refuseOverwriting(const CommandLine &line) {
  for (Option option : {OPT_output, OPT_tap, OPT_draw, OPT_remarks_file})
    for (llvm::StringRef word : line.values(option))
      for (llvm::StringRef file : {word, fileOf(word)})
        if (ExitStatus status = refuseOverwriting(line, "'" + word + "'", file); status != Done)
          return status;
  return Done;
}

} // namespace kiln::tool
