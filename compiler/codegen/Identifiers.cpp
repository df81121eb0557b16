// See Identifiers.h for the rule.
#include "compiler/codegen/Identifiers.h"

#include <algorithm>
#include <set>

namespace kiln {

uint64_t TensorInfo::elements() const {
  uint64_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<uint64_t>(extent);
  return count;
}

// Keywords of C99 to C++20, then macros that <errno.h>, <stdio.h>, <complex.h>, <assert.h> or GNU C
// predefine; each between blanks.
static constexpr std::string_view reserved =
    " EOF I NULL alignas alignof and and_eq asm assert auto bitand bitor bool break case"
    " catch char char16_t char32_t char8_t class co_await co_return co_yield compl complex"
    " concept const const_cast consteval constexpr constinit continue decltype default"
    " delete do double dynamic_cast else enum errno explicit export extern false float for"
    " friend goto i386 if imaginary inline int linux long mutable namespace new noexcept"
    " noreturn not not_eq nullptr operator or or_eq private protected public register"
    " reinterpret_cast requires restrict return short signed sizeof static static_assert"
    " static_cast stderr stdin stdout struct switch template this thread_local throw true"
    " try typedef typeid typename typeof union unix unsigned using virtual void volatile"
    " wchar_t while xor xor_eq"
    " ";

static bool isReserved(const std::string &name) {
  return reserved.find(" " + name + " ") != std::string_view::npos;
}

static bool isDigit(char c) { return c >= '0' && c <= '9'; }

static bool isIdentifierCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || isDigit(c) || c == '_';
}

static std::string cleaned(std::string_view name) {
  std::string result;
  for (char c : name)
    result.push_back(isIdentifierCharacter(c) ? c : '_');
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  result.erase(0, std::min(result.find_first_not_of('_'), result.size()));
  return result;
}

static std::string upperCase(std::string text) {
  for (char &c : text)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::vector<std::string> fieldNames(const std::vector<TensorInfo> &tensors) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const TensorInfo &tensor : tensors) {
    std::string base = cleaned(tensor.name);
    if (base.empty())
      base = "tensor";
    if (isDigit(base.front()))
      base.insert(0, 1, 't');
    if (isReserved(base))
      base.push_back('_');
    std::string name = base;
    for (unsigned next = 2; !taken.insert(upperCase(name)).second; ++next)
      name = base + (base.back() == '_' ? "" : "_") + std::to_string(next);
    names.push_back(name);
  }
  return names;
}

std::string symbolPrefix(std::string_view stem) {
  std::string name = cleaned(stem);
  if (name.empty())
    return "net";
  if (isDigit(name.front()))
    name.insert(0, 1, 'n');
  return isSymbolPrefix(name) ? name : "net_" + name;
}

bool isSymbolPrefix(std::string_view name) {
  return !name.empty() && !isDigit(name.front()) && name.front() != '_' &&
         std::all_of(name.begin(), name.end(), isIdentifierCharacter) &&
         !isReserved(std::string(name)) && name != "kiln" && name != "main" && name != "std";
}

} // namespace kiln
