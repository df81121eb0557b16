// Models name tensors as they like (`input.1`, `23`, `class`). The rule by which such a name
// becomes a field:
//   1. every character but A-Z a-z 0-9 _ becomes _, underscores at both ends are dropped;
//   2. nothing left: `tensor`; a digit first: `t` is put in front (`t23`);
//   3. a keyword of C or C++, or a name that common headers define as a macro: _ is appended
//   (`class_`);
//   4. a name that was given before, upper and lower case counting as equal: _2, _3, ... is
//   appended.
#ifndef KILN_COMPILER_CODEGEN_IDENTIFIERS_H
#define KILN_COMPILER_CODEGEN_IDENTIFIERS_H

#include "compiler/codegen/Artifact.h"

#include <string>
#include <string_view>
#include <vector>

namespace kiln {

/// One distinct field name for each tensor, in order.
std::vector<std::string> fieldNames(const std::vector<TensorInfo> &tensors);

/// A prefix for symbols from the stem of a file name: rules 1 and 2 (`n` in front of digits, `net`
/// when empty); keywords, `kiln` and `main` get `net_` in front.
std::string symbolPrefix(std::string_view stem);

/// Whether `name` can be the prefix of symbols as it is; what --name is checked with.
bool isSymbolPrefix(std::string_view name);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_IDENTIFIERS_H
