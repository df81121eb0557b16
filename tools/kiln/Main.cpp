// kiln: compiles networks to native code, runs them, checks them, measures them and describes them.
//
// Answers go to standard output, messages to standard error. Exit status: 0 done, 1 the model, the
// data or a failed check is at fault, 2 usage, 3 a defect of Kiln.
#include "tools/kiln/Commands.h"
#include "tools/kiln/Defect.h"
#include "tools/kiln/FileChecks.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::tool {
namespace {

constexpr Command commands[] = {
    {"compile", CompileOption, "MODEL",
     "Compiles a model to a program, a library, an object or a form in between.", compileCommand},
    {"run", RunOption, "MODEL|ARTEFACT",
     "Runs a model, or a compiled network (.so or program), on files.", runCommand},
    {"check", CheckOption, "MODEL",
     "Compares the compiled network with the reference evaluator, layer by layer.", checkCommand},
    {"bench", BenchOption, "MODEL|ARTEFACT", "Measures the time of an inference.", benchCommand},
    {"summary", SummaryOption, "MODEL",
     "Prints the layers of a model, their parameters and what they cost.", summaryCommand},
    {"inspect", InspectOption, "ARTEFACT", "Describes a compiled network by its manifest.",
     inspectCommand},
    {"view", ViewOption, "MODEL", "Draws the graph of a model, before and after the graph passes.",
     viewCommand},
};

void printOverview(llvm::raw_ostream &out) {
  out << "usage: kiln COMMAND ...\n\n";
  for (const Command &command : commands)
    out << "  kiln " << llvm::left_justify(command.name, 9)
        << llvm::left_justify(command.operand, 16) << command.summary << "\n";
  out << "\n'kiln COMMAND --help' lists the options of a command; 'kiln --version' tells the "
         "version.\n";
}

ExitStatus dispatch(llvm::ArrayRef<const char *> arguments) {
  llvm::StringRef name = arguments.empty() ? "" : arguments.front();
  if (name == "help" && arguments.size() > 1)
    return dispatch({arguments[1], "--help"});
  if (name == "--help" || name == "-h" || name == "help") {
    printOverview(llvm::outs());
    return Done;
  }
  if (name == "--version") {
    llvm::outs() << "kiln " KILN_VERSION " (LLVM " LLVM_VERSION_STRING ")\n";
    return Done;
  }
  const Command *command =
      llvm::find_if(commands, [&](const Command &it) { return name == it.name; });
  if (command == std::end(commands)) {
    if (!name.empty())
      llvm::errs() << "kiln: unknown command '" << name << "'\n";
    printOverview(llvm::errs());
    return Usage;
  }
  ExitStatus status;
  std::unique_ptr<CommandLine> line = CommandLine::parse(*command, arguments.drop_front(), status);
  if (line)
    status = checkFiles(*line);
  return line && status == Done ? command->run(*line) : status;
}

} // namespace
} // namespace kiln::tool

int main(int argc, char **argv) {
  kiln::tool::watchForDefects(argc, argv);
  kiln::tool::ExitStatus status = kiln::tool::dispatch({argv + 1, argv + argc});
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    llvm::errs() << "kiln: cannot write to standard output\n";
    llvm::outs().clear_error();
    return kiln::tool::Fault;
  }
  return status;
}
