// Compares files, not names: a link to the model is the model.
#include "tools/kiln/FileChecks.h"
#include "tools/kiln/Messages.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

namespace fs = llvm::sys::fs;

/// What FILE of "[NAME=]FILE" may be: names and files may contain '=' themselves. The likeliest
/// comes last.
llvm::SmallVector<llvm::StringRef> readingsOf(llvm::StringRef word) {
  llvm::SmallVector<llvm::StringRef> readings = {word};
  while (readings.back().contains('='))
    readings.push_back(readings.back().split('=').second);
  return readings;
}

std::vector<std::string> inputsOf(const CommandLine &line) {
  std::vector<std::string> files = {line.operand().str()};
  for (Option option : {OPT_weights, OPT_labels})
    if (std::optional<llvm::StringRef> file = line.value(option))
      files.push_back(file->str());
  for (Option option : {OPT_input_value, OPT_input, OPT_expect})
    for (llvm::StringRef word : line.values(option))
      for (llvm::StringRef file : readingsOf(word))
        files.push_back(file.str());
  return files;
}

ExitStatus checkInput(llvm::StringRef word) {
  llvm::SmallVector<llvm::StringRef> files = readingsOf(word);
  if (llvm::any_of(files, [](llvm::StringRef file) {
        return file.starts_with("random:") || fs::exists(file);
      }))
    return Done;
  return fault(files.back() + ": " +
               std::make_error_code(std::errc::no_such_file_or_directory).message());
}

/// "." for a file of this folder.
llvm::StringRef folderOf(llvm::StringRef file) {
  llvm::StringRef folder = llvm::sys::path::parent_path(file);
  return folder.empty() ? "." : folder;
}

ExitStatus checkOutput(const CommandLine &line, llvm::StringRef word) {
  llvm::SmallVector<llvm::StringRef> files = readingsOf(word);
  for (llvm::StringRef file : files)
    if (ExitStatus status = refuseOverwriting(line, "'" + word + "'", file); status != Done)
      return status;
  bool hasFolder = llvm::any_of(llvm::ArrayRef(files).drop_back(), [](llvm::StringRef file) {
    return fs::is_directory(folderOf(file));
  });
  return hasFolder ? Done : checkFolder(files.back());
}

} // namespace

ExitStatus refuseOverwriting(const CommandLine &line, const llvm::Twine &option,
                             llvm::StringRef file) {
  for (const std::string &input : inputsOf(line))
    if (fs::is_regular_file(input) && fs::equivalent(input, file))
      return line.usageError(option + " would overwrite '" + input +
                             "', which is read; choose another name or folder");
  return Done;
}

ExitStatus checkFolder(llvm::StringRef file) {
  llvm::StringRef folder = folderOf(file);
  if (!fs::is_directory(folder))
    return fault("cannot write '" + file + "': there is no folder '" + folder + "'");
  fs::file_status status;
  bool isSpecial = !fs::status(file, status) && !fs::is_regular_file(status);
  if (!isSpecial && fs::access(folder, fs::AccessMode::Write))
    return fault("cannot write '" + file + "': the folder '" + folder + "' cannot be written to");
  return Done;
}

ExitStatus checkFiles(const CommandLine &line) {
  ExitStatus status = Done;
  for (Option option : {OPT_input, OPT_expect})
    for (llvm::StringRef word : line.values(option))
      if (status == Done)
        status = checkInput(word);
  for (Option option : {OPT_output, OPT_tap, OPT_draw, OPT_remarks_file}) {
    // `kiln compile --output` names a tensor.
    if (option == OPT_output && line.command().visibility == CompileOption)
      continue;
    for (llvm::StringRef word : line.values(option))
      if (status == Done)
        status = checkOutput(line, word);
  }
  return status;
}

} // namespace kiln::tool
