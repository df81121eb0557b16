// Subcommands and their options on LLVM's option table; Options.td is the one list of them.
#include "tools/kiln/CommandLine.h"

#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm::opt;

namespace kiln::tool {
namespace {

#define OPTTABLE_STR_TABLE_CODE
#include "tools/kiln/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE

#define OPTTABLE_PREFIXES_TABLE_CODE
#include "tools/kiln/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

constexpr OptTable::Info optionInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "tools/kiln/Options.inc"
#undef OPTION
};

class Table : public GenericOptTable {
public:
  Table() : GenericOptTable(OptionStrTable, OptionPrefixesTable, optionInfos) {}
};

const Table &table() {
  static const Table theTable;
  return theTable;
}

ExitStatus printUsageError(const Command &command, const llvm::Twine &message) {
  llvm::errs() << "kiln " << command.name << ": " << message << "\n'kiln " << command.name
               << " --help' lists its options\n";
  return Usage;
}

void printHelp(const Command &command) {
  std::string usage =
      ("kiln " + llvm::Twine(command.name) + " " + command.operand + " [options]").str();
  table().printHelp(llvm::outs(), usage.c_str(), command.summary, /*ShowHidden=*/false,
                    /*ShowAllAliases=*/false, llvm::opt::Visibility(command.visibility));
}

/// "unknown option", and the option that was meant where one is near.
std::string describeUnknown(const Command &command, llvm::StringRef spelling) {
  std::string message = ("unknown option '" + spelling + "'").str(), nearest;
  if (table().findNearest(spelling, nearest, llvm::opt::Visibility(command.visibility)) <= 2)
    message += "; did you mean '" + nearest + "'?";
  return message;
}

} // namespace

std::unique_ptr<CommandLine> CommandLine::parse(const Command &command,
                                                llvm::ArrayRef<const char *> arguments,
                                                ExitStatus &status) {
  unsigned missingIndex, missingCount;
  InputArgList parsed = table().ParseArgs(arguments, missingIndex, missingCount,
                                          llvm::opt::Visibility(command.visibility));
  if (parsed.hasArg(OPT_help)) {
    printHelp(command);
    status = Done;
    return nullptr;
  }
  status = Usage;
  if (missingCount != 0)
    printUsageError(command, "'" + llvm::Twine(parsed.getArgString(missingIndex)) +
                                 "' needs a value after it");
  else if (Arg *unknown = parsed.getLastArg(OPT_UNKNOWN))
    printUsageError(command, describeUnknown(command, unknown->getSpelling()));
  else if (parsed.getAllArgValues(OPT_INPUT).size() != 1)
    printUsageError(command, "expects one " + llvm::Twine(command.operand) + ", not " +
                                 llvm::Twine(parsed.getAllArgValues(OPT_INPUT).size()));
  else
    return std::unique_ptr<CommandLine>(new CommandLine(command, std::move(parsed)));
  return nullptr;
}

llvm::StringRef CommandLine::operand() const { return arguments.getLastArgValue(OPT_INPUT); }

std::optional<llvm::StringRef> CommandLine::value(Option option) const {
  if (!has(option))
    return std::nullopt;
  return arguments.getLastArgValue(option);
}

ExitStatus CommandLine::usageError(const llvm::Twine &message) const {
  return printUsageError(theCommand, message);
}

std::string CommandLine::spelling(Option option) const {
  const Arg *argument = arguments.getLastArg(option);
  return argument ? argument->getAsString(arguments) : std::string();
}

} // namespace kiln::tool
