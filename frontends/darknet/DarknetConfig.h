// A .cfg file as sections of options, read as Darknet reads it:
//
//     # a comment, as are lines that begin with ';'
//     [convolutional]
//     filters = 32        blanks count nowhere, the first of equal keys wins
#ifndef KILN_FRONTENDS_DARKNET_DARKNETCONFIG_H
#define KILN_FRONTENDS_DARKNET_DARKNETCONFIG_H

#include "frontends/support/ModelFile.h"

#include <vector>

namespace kiln::darknet_frontend {

using frontend::EmitError;
using frontend::quoted;

struct ConfigOption {
  std::string key;
  std::string value;
  unsigned line;
};

struct ConfigSection {
  std::string name; ///< without the brackets
  unsigned line;
  std::vector<ConfigOption> options;

  /// The first option of that key, or null.
  const ConfigOption *find(llvm::StringRef key) const;
};

struct DarknetConfig {
  std::string path;
  std::vector<ConfigSection> sections;

  mlir::Location location(mlir::MLIRContext &context, unsigned line) const {
    return mlir::FileLineColLoc::get(&context, path, line, line ? 1 : 0);
  }
};

/// Splits a file into sections. Lines that are neither a section, an option nor a comment are
/// errors, all of which are reported.
mlir::FailureOr<DarknetConfig> parseConfig(mlir::MLIRContext &context,
                                           const llvm::MemoryBuffer &file);

/// The number that a text begins with, as atoi and atof read it; behind it only a comment may
/// stand. Nothing where it is no number, or too large.
std::optional<int64_t> parseInteger(llvm::StringRef text);
std::optional<double> parseReal(llvm::StringRef text);

} // namespace kiln::darknet_frontend

#endif // KILN_FRONTENDS_DARKNET_DARKNETCONFIG_H
