// What the user typed: a subcommand, its options and its files, checked against Options.td.
//
//     kiln compile net.onnx --emitt=lib  ->  kiln compile: unknown option '--emitt=lib'; did you
//     mean '--emit=lib'?
#ifndef KILN_TOOLS_KILN_COMMANDLINE_H
#define KILN_TOOLS_KILN_COMMANDLINE_H

#include "llvm/ADT/Twine.h"
#include "llvm/Option/ArgList.h"

#include <memory>
#include <optional>

namespace kiln::tool {

enum ExitStatus { Done = 0, Fault = 1, Usage = 2, Defect = 3 };

/// Which subcommands take an option; the names stand in Options.td.
enum : unsigned {
  CompileOption = 1u << 1,
  RunOption = 1u << 2,
  CheckOption = 1u << 3,
  BenchOption = 1u << 4,
  InspectOption = 1u << 5,
  SummaryOption = 1u << 6,
  ViewOption = 1u << 7
};

enum Option {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/kiln/Options.inc"
#undef OPTION
};

/// One subcommand: the bit of its options, its operand, its line of help, and what it does.
struct Command {
  const char *name;
  unsigned visibility;
  const char *operand;
  const char *summary;
  ExitStatus (*run)(const class CommandLine &);
};

class CommandLine {
public:
  /// Parses the arguments after the subcommand. Prints what is wrong, or the help where that was
  /// asked for; the result is null then and `status` says with what to exit.
  static std::unique_ptr<CommandLine>
  parse(const Command &command, llvm::ArrayRef<const char *> arguments, ExitStatus &status);

  const Command &command() const { return theCommand; }

  /// The one operand: MODEL or ARTEFACT.
  llvm::StringRef operand() const;

  bool has(Option option) const { return arguments.hasArg(option); }
  std::optional<llvm::StringRef> value(Option option) const;
  std::vector<std::string> values(Option option) const { return arguments.getAllArgValues(option); }

  /// Prints "kiln COMMAND: message" with a hint at --help and gives the exit status of a usage
  /// error.
  ExitStatus usageError(const llvm::Twine &message) const;

  /// How the user spelled an option that is present, for messages.
  std::string spelling(Option option) const;

private:
  CommandLine(const Command &command, llvm::opt::InputArgList arguments)
      : theCommand(command), arguments(std::move(arguments)) {}

  const Command &theCommand;
  llvm::opt::InputArgList arguments;
};

} // namespace kiln::tool

#endif // KILN_TOOLS_KILN_COMMANDLINE_H
