// {"format": "kiln kernel times 1", "machines": [{"compiler": .., "cpu": .., "features": ..,
//   "optimization": 3, "threads": 2, "weights": "cache",
//   "nanoseconds": {KERNEL: {CHOICE: 1200, ..}, ..}}, ..]}
#include "compiler/tuning/TuningCache.h"

#include "compiler/codegen/OutputFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/LockFileManager.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

namespace kiln {

namespace json = llvm::json;

static constexpr llvm::StringLiteral format = "kiln kernel times 1";

static const char *weightsText(const TuningConditions &conditions) {
  return conditions.weightsFromMemory ? "memory" : "cache";
}

static bool matches(const json::Object &machine, const TuningConditions &conditions) {
  return machine.getString("compiler") == llvm::StringRef(conditions.compiler) &&
         machine.getString("cpu") == llvm::StringRef(conditions.cpu) &&
         machine.getString("features") == llvm::StringRef(conditions.features) &&
         machine.getInteger("optimization") == conditions.optimization &&
         machine.getInteger("threads") == conditions.threads &&
         machine.getString("weights") == llvm::StringRef(weightsText(conditions));
}

/// The file's parser calls itself for what is nested, so that has to have an end.
static bool isFlat(llvm::StringRef text) {
  constexpr int deepest = 16;
  int depth = 0;
  bool isQuoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      isQuoted = !isQuoted;
    else if (isQuoted)
      i += text[i] == '\\';
    else if (text[i] == '{' || text[i] == '[')
      ++depth;
    else if (text[i] == '}' || text[i] == ']')
      --depth;
    if (depth > deepest)
      return false;
  }
  return true;
}

static std::optional<ChoiceTimes> choiceTimes(const json::Value &value) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return std::nullopt;
  ChoiceTimes times;
  for (const auto &[choice, nanoseconds] : *object) {
    std::optional<int64_t> number = nanoseconds.getAsInteger();
    if (!number || *number <= 0)
      return std::nullopt;
    times[choice.str()] = *number;
  }
  return times;
}

static std::optional<KernelTimes> kernelTimes(const json::Object &machine) {
  const json::Object *object = machine.getObject("nanoseconds");
  if (!object)
    return std::nullopt;
  KernelTimes times;
  for (const auto &[kernel, choices] : *object) {
    std::optional<ChoiceTimes> known = choiceTimes(choices);
    if (!known)
      return std::nullopt;
    times[kernel.str()] = std::move(*known);
  }
  return times;
}

static llvm::Error unusable(llvm::StringRef path, const llvm::Twine &problem) {
  return llvm::createStringError(
      "'" + path + "' " + problem +
      "; it was left as it is: move it away, or give --tune-cache another file");
}

llvm::Expected<TuningCache> TuningCache::read(llvm::StringRef path,
                                              const TuningConditions &conditions) {
  TuningCache cache(path, conditions);
  if (llvm::Error error = cache.load())
    return error;
  return cache;
}

llvm::Error TuningCache::load() {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file && file.getError() == std::errc::no_such_file_or_directory)
    return llvm::Error::success();
  if (!file)
    return llvm::createStringError("cannot read the kernel times in '" + path +
                                   "': " + file.getError().message());
  if (!isFlat((*file)->getBuffer()))
    return unusable(path, "is no file of kernel times");
  llvm::Expected<json::Value> parsed = json::parse((*file)->getBuffer());
  if (!parsed)
    return unusable(path, "is damaged, or no file of kernel times: " +
                              llvm::toString(parsed.takeError()));
  json::Object *whole = parsed->getAsObject();
  json::Array *machines =
      whole && whole->getString("format") == format ? whole->getArray("machines") : nullptr;
  if (!machines)
    return unusable(path,
                    "is no file of kernel times of this version (\"format\": \"" + format + "\")");
  json::Array rest;
  KernelTimes times;
  for (auto [number, entry] : llvm::enumerate(*machines)) {
    json::Object *machine = entry.getAsObject();
    std::optional<KernelTimes> found = machine ? kernelTimes(*machine) : std::nullopt;
    if (!found)
      return unusable(
          path,
          llvm::formatv(
              "is damaged: entry {0} of \"machines\" has no \"nanoseconds\" of whole positive "
              "numbers by kernel and choice",
              number));
    if (matches(*machine, conditions))
      times.insert(found->begin(), found->end());
    else
      rest.push_back(std::move(entry));
  }
  others = std::move(rest);
  known = std::move(times);
  return llvm::Error::success();
}

json::Object TuningCache::describe() const {
  json::Object nanoseconds;
  for (const auto &[kernel, choices] : known) {
    json::Object times;
    for (const auto &[choice, time] : choices)
      times[choice] = time;
    nanoseconds[kernel] = std::move(times);
  }
  return json::Object{
      {"compiler", conditions.compiler},      {"cpu", conditions.cpu},
      {"features", conditions.features},      {"optimization", conditions.optimization},
      {"threads", conditions.threads},        {"weights", weightsText(conditions)},
      {"nanoseconds", std::move(nanoseconds)}};
}

llvm::Error TuningCache::save() const {
  json::Array machines = others;
  machines.push_back(describe());
  std::string text = llvm::formatv(
      "{0:2}\n", json::Value(json::Object{{"format", format}, {"machines", std::move(machines)}}));
  return writeOutput(path, {text.data(), text.size()});
}

/// Whether `times` has all choices of `wanted`.
static bool covers(const ChoiceTimes &times, const ChoiceTimes &wanted) {
  return llvm::all_of(wanted, [&](const auto &entry) { return times.count(entry.first); });
}

llvm::Error TuningCache::add(const std::string &kernel, const ChoiceTimes &times) {
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  if (std::error_code error = llvm::sys::fs::create_directories(folder.empty() ? "." : folder))
    return llvm::createStringError("cannot make the folder '" + folder + "': " + error.message());
  // From reading to writing the file is this process's alone. A lock that nobody gives back is
  // overruled.
  llvm::LockFileManager lock(path);
  for (int attempt = 0; attempt < 3; ++attempt) {
    llvm::Expected<bool> locked = lock.tryLock();
    if (!locked)
      return llvm::createStringError("cannot write the kernel times: " +
                                     llvm::toString(locked.takeError()));
    if (*locked)
      break;
    constexpr std::chrono::seconds longest(10);
    if (lock.waitForUnlockFor(longest) != llvm::WaitForUnlockResult::Success)
      lock.unsafeMaybeUnlock();
  }
  if (llvm::Error error = load())
    return error;
  ChoiceTimes &entry = known[kernel];
  if (!covers(entry, times))
    entry = times;
  return save();
}

} // namespace kiln
