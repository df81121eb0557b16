// The formats themselves are read by the runtime's hosted library and, for TensorProto, by the ONNX
// frontend.
#include "tools/kiln/Tensors.h"
#include "tools/kiln/Messages.h"

#include "runtime/hosted/files.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cstdlib>
#include <sys/mman.h>

namespace kiln::tool {
namespace {

std::string listTensors(TensorList list) {
  std::string text;
  for (const kiln_tensor &tensor : list.tensors)
    text +=
        (text.empty() ? "" : ", ") + std::string(tensor.name) + " (" + describeTensor(tensor) + ")";
  return text;
}

/// Splits off the longest tensor name that stands before a '='; -1 where none does.
int splitName(TensorList list, llvm::StringRef &word) {
  int best = -1;
  size_t longest = 0;
  for (auto [index, tensor] : llvm::enumerate(list.tensors)) {
    llvm::StringRef name = tensor.name;
    if (word.starts_with(name) && word.substr(name.size()).starts_with("=") &&
        (best < 0 || name.size() > longest)) {
      best = static_cast<int>(index);
      longest = name.size();
    }
  }
  if (best >= 0)
    word = word.drop_front(longest + 1);
  return best;
}

/// A word with a '=' that is no path was meant to begin with a name.
bool namesUnknown(llvm::StringRef word) {
  return word.contains('=') && !word.split('=').first.contains('/') && !llvm::sys::fs::exists(word);
}

ExitStatus unknownName(TensorList list, llvm::StringRef word) {
  return fault("--" + llvm::Twine(list.role) + " " + word + ": no " + list.role + " is called '" +
               word.split('=').first + "'; there is " + listTensors(list));
}

} // namespace

/// In huge pages where it is large, as in the programs that `kiln compile` makes.
TensorBuffer::TensorBuffer(uint64_t bytes) : size(bytes) {
  constexpr uint64_t huge = 2 << 20;
  uint64_t alignment = bytes >= huge ? huge : KILN_ALIGNMENT;
  uint64_t rounded = (bytes + alignment) / alignment * alignment;
  memory.reset(std::aligned_alloc(alignment, rounded));
  if (!memory)
    llvm::report_bad_alloc_error("not enough memory for a tensor");
  if (bytes >= huge)
    madvise(memory.get(), bytes, MADV_HUGEPAGE);
}

std::string describeTensor(const kiln_tensor &tensor) {
  char shape[256];
  kiln_shape_text(tensor.rank, tensor.dims, shape, sizeof(shape));
  return std::string(kiln_dtype_name(tensor.dtype)) + " " + shape;
}

ExitStatus assignInOrder(TensorList list, llvm::ArrayRef<std::string> words,
                         std::vector<TensorFile> &files) {
  std::vector<bool> taken(list.tensors.size());
  std::vector<std::string> unnamed;
  for (const std::string &text : words) {
    llvm::StringRef word = text;
    int index = splitName(list, word);
    if (index < 0 && namesUnknown(word))
      return unknownName(list, word);
    if (index < 0) {
      unnamed.push_back(text);
      continue;
    }
    if (taken[index])
      return fault("--" + llvm::Twine(list.role) + " " + text + ": it is given twice");
    taken[index] = true;
    files.push_back({static_cast<unsigned>(index), word.str()});
  }
  for (unsigned index = 0, next = 0; index < taken.size() && next < unnamed.size(); ++index)
    if (!taken[index]) {
      taken[index] = true;
      files.push_back({index, unnamed[next++]});
    }
  if (files.size() < words.size())
    return fault(llvm::Twine(words.size()) + " files for " + llvm::Twine(list.tensors.size()) +
                 " " + list.role + "s: " + listTensors(list));
  return Done;
}

ExitStatus assignToAll(TensorList list, llvm::ArrayRef<std::string> words,
                       std::vector<std::string> &files) {
  std::vector<TensorFile> assigned;
  if (assignInOrder(list, words, assigned) != Done)
    return Fault;
  files.assign(list.tensors.size(), "");
  for (const TensorFile &word : assigned)
    files[word.tensor] = word.file;
  for (auto [file, tensor] : llvm::zip_equal(files, list.tensors))
    if (file.empty())
      return fault("no --" + llvm::Twine(list.role) + " for '" + tensor.name + "' (" +
                   describeTensor(tensor) + "); --" + list.role + " " + tensor.name +
                   "=random:1 takes random numbers");
  return Done;
}

ExitStatus assignToOnly(TensorList list, llvm::ArrayRef<std::string> words,
                        std::vector<TensorFile> &files) {
  for (const std::string &text : words) {
    llvm::StringRef word = text;
    int index = splitName(list, word);
    if (index < 0 && namesUnknown(word))
      return unknownName(list, word);
    if (index < 0 && list.tensors.size() != 1)
      return fault("'" + llvm::Twine(text) + "': which " + list.role + "? Write NAME=" + text +
                   "; there is " + listTensors(list));
    files.push_back({static_cast<unsigned>(std::max(index, 0)), word.str()});
  }
  return Done;
}

double defaultTolerance(uint32_t dtype) {
  switch (dtype) {
  case KILN_F32:
  case KILN_F64:
    return 1e-4;
  case KILN_F16:
    return 1e-3;
  case KILN_BF16:
    return 1e-2;
  default:
    return 0;
  }
}

} // namespace kiln::tool
