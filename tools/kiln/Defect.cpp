// The report is written with plain system calls only, since it also runs in signal handlers. Its
// text is prepared at the start, where memory may still be allocated.
#include "tools/kiln/Defect.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace kiln::tool {
namespace {

std::string script;
std::string scriptPath;
std::string blame; ///< said of a signal instead, where not empty
std::atomic<const char *> currentStep = "start";
std::atomic<bool> reported = false;

std::string quoted(llvm::StringRef argument) {
  std::string result = "'";
  for (char c : argument)
    result += c == '\'' ? "'\\''" : std::string(1, c);
  return result + "'";
}

void say(const char *text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0)
    return;
}

void writeReport(const char *what) {
  if (reported.exchange(true))
    return;
  int file = open(scriptPath.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0755);
  bool written =
      file >= 0 && write(file, script.data(), script.size()) == static_cast<ssize_t>(script.size());
  if (file >= 0)
    close(file);
  say("kiln: a defect of Kiln: ");
  say(what);
  say(" (step: ");
  say(currentStep);
  say(written ? "); to reproduce it: " : "); to reproduce it, run the same command (cannot write ");
  say(scriptPath.c_str());
  say(written ? "\n" : ")\n");
}

void onSignal(void *) {
  if (!blame.empty()) {
    say(blame.c_str());
    _exit(Fault);
  }
  writeReport("it stopped with a signal");
  _exit(Defect);
}

void onFatalError(void *, const char *reason, bool) {
  writeReport(reason);
  llvm::sys::RunInterruptHandlers();
  _exit(Defect);
}

} // namespace

void watchForDefects(int argc, char **argv) {
  llvm::SmallString<128> folder, file;
  llvm::sys::fs::current_path(folder);
  llvm::sys::path::system_temp_directory(/*erasedOnReboot=*/true, file);
  llvm::sys::path::append(file,
                          "kiln-defect-" + llvm::Twine(llvm::sys::Process::getProcessId()) + ".sh");
  scriptPath = std::string(file);
  script = "#!/bin/sh\n# kiln " KILN_VERSION "\ncd " + quoted(folder) + " &&\n";
  for (int i = 0; i < argc; ++i)
    script += quoted(argv[i]) + (i + 1 < argc ? " " : "\n");
  // A handler of LLVM's comes first: it removes temporary files.
  llvm::sys::AddSignalHandler(onSignal, nullptr);
  llvm::install_fatal_error_handler(onFatalError);
}

void blameFile(llvm::StringRef path) {
  blame = ("error: '" + path + "' stopped with a signal: it is damaged; compile the model again\n")
              .str();
}

void setCurrentStep(const char *step) { currentStep = step; }

ExitStatus reportDefect(llvm::StringRef what) {
  writeReport(what.str().c_str());
  return Defect;
}

} // namespace kiln::tool
