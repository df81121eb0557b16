// kiln bench --per-layer: the time of each kernel launch beside what the machine allows it. The
// network is compiled so that it notes the time after each launch behind its arena; nothing else
// differs from what `kiln compile` makes.
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/FileKind.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/Roofline.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <chrono>

namespace kiln::tool {
namespace {

#if defined(__x86_64__)
constexpr const char *timestampIntrinsic = "llvm.readcyclecounter";
#else
constexpr const char *timestampIntrinsic = "llvm.readsteadycounter";
#endif

using Clock = std::chrono::steady_clock;

/// One launch, or all launches of a kind.
struct Row {
  LaunchInfo launch;
  int launches = 1;
  double microseconds = 0;
  Limit limit = {"", 0};

  double gflops() const { return rate(2e-3 * static_cast<double>(launch.multiplyAdds)); }
  double gigabytes() const {
    return rate(1e-3 * static_cast<double>(launch.weightBytes + launch.mapBytes));
  }
  double shareOfLimit() const { return rate(limit.microseconds); }

private:
  double rate(double amount) const { return microseconds > 0 ? amount / microseconds : 0; }
};

struct Profile {
  std::string name, cpu;
  int threads = 1, runs = 0;
  double minimum = 0, median = 0; ///< milliseconds of whole inferences
  Machine machine;
  std::vector<Row> rows;

  double sum() const {
    double total = 0;
    for (const Row &row : rows)
      total += row.microseconds;
    return total;
  }
};

/// Runs the network for a second after a warm-up and keeps the fewest ticks of each launch.
class Stopwatch {
public:
  Stopwatch(LoadedNetwork &network, size_t launches)
      : network(network),
        stamps(reinterpret_cast<const uint64_t *>(static_cast<const char *>(network.arenaMemory()) +
                                                  network.program().arena_bytes) -
               (launches + 1)),
        fewest(launches, ~uint64_t(0)) {}

  ExitStatus run() {
    for (int warmUp = 0; warmUp < 2; ++warmUp)
      if (network.run() != Done)
        return Fault;
    begin = Clock::now();
    for (end = begin;
         times.size() < 100000 && (times.size() < 10 || end - begin < std::chrono::seconds(1));)
      if (runOnce() != Done)
        return Fault;
    std::sort(times.begin(), times.end());
    return Done;
  }

  void describe(Profile &profile) const {
    profile.runs = static_cast<int>(times.size());
    profile.minimum = times.front();
    profile.median = times[times.size() / 2];
    // From the start of the first run to the start of the last by both clocks.
    double ticks = static_cast<double>(lastStamp - firstStamp);
    double microseconds = std::chrono::duration<double, std::micro>(lastStart - begin).count();
    for (auto [row, launchTicks] : llvm::zip_equal(profile.rows, fewest))
      row.microseconds = static_cast<double>(launchTicks) * microseconds / ticks;
  }

private:
  ExitStatus runOnce() {
    lastStart = Clock::now();
    if (network.run() != Done)
      return Fault;
    end = Clock::now();
    if (times.empty())
      firstStamp = stamps[0];
    lastStamp = stamps[0];
    times.push_back(std::chrono::duration<double, std::milli>(end - lastStart).count());
    for (size_t i = 0; i < fewest.size(); ++i)
      fewest[i] = std::min(fewest[i], stamps[i + 1] - stamps[i]);
    return Done;
  }

  LoadedNetwork &network;
  const uint64_t *stamps;
  std::vector<uint64_t> fewest;
  std::vector<double> times;
  Clock::time_point begin, end, lastStart;
  uint64_t firstStamp = 0, lastStamp = 0;
};

std::vector<Row> sumByKind(const Profile &profile) {
  llvm::MapVector<llvm::StringRef, Row> kinds;
  for (const Row &row : profile.rows) {
    auto [entry, isNew] = kinds.try_emplace(row.launch.kind, row);
    if (isNew)
      continue;
    Row &sum = entry->second;
    ++sum.launches;
    sum.microseconds += row.microseconds;
    sum.limit.microseconds += row.limit.microseconds;
    sum.launch.multiplyAdds += row.launch.multiplyAdds;
    sum.launch.weightBytes += row.launch.weightBytes;
    sum.launch.mapBytes += row.launch.mapBytes;
  }
  std::vector<Row> rows;
  for (auto &[kind, row] : kinds)
    rows.push_back(row);
  llvm::sort(rows, [](const Row &a, const Row &b) { return a.microseconds > b.microseconds; });
  return rows;
}

void printNumbers(const Row &row, const Profile &profile) {
  llvm::outs() << llvm::format("%10.2f %5.1f %%", row.microseconds,
                               100 * row.microseconds / profile.sum());
  if (row.launch.multiplyAdds)
    llvm::outs() << llvm::format(" %8.1f %4.0f %%", row.gflops(),
                                 100 * row.gflops() / profile.machine.peakGflops);
  else
    llvm::outs() << "        -      -";
  llvm::outs() << llvm::format(
      " %9.3f %7.1f %9.0f %%",
      1e-6 * static_cast<double>(row.launch.weightBytes + row.launch.mapBytes), row.gigabytes(),
      100 * row.shareOfLimit());
}

constexpr const char *columns = "        us   share     GF/s   peak        MB    GB/s   of limit";

void printText(const Profile &profile) {
  llvm::outs() << columns << "  by     tasks  kernel: layers\n";
  for (const Row &row : profile.rows) {
    printNumbers(row, profile);
    llvm::outs() << "  " << llvm::left_justify(row.limit.name, 5)
                 << llvm::format(" %6d  ", static_cast<int>(row.launch.tasks)) << row.launch.kernel
                 << ": " << llvm::join(row.launch.layers, ", ") << "\n";
  }
  llvm::outs() << "\n" << columns << "  launches  kind\n";
  for (const Row &row : sumByKind(profile)) {
    printNumbers(row, profile);
    llvm::outs() << llvm::format("  %8d  ", row.launches) << row.launch.kind << "\n";
  }
  llvm::outs() << llvm::format("\n%10.1f us in kernels; inferences: minimum %.3f ms, median %.3f "
                               "ms of %d runs, %d thread%s, ",
                               profile.sum(), profile.minimum, profile.median, profile.runs,
                               profile.threads, profile.threads == 1 ? "" : "s")
               << "compiled for " << profile.cpu << "\n"
               << llvm::format("limits: FMA %.0f GFLOP/s", profile.machine.peakGflops);
  for (const MemoryLevel &level : profile.machine.levels)
    llvm::outs() << ", " << level.name << llvm::format(" %.0f GB/s", level.gigabytes);
  llvm::outs() << "\n";
}

llvm::json::Object toJson(const Row &row, const Profile &profile) {
  llvm::json::Object object{{"kind", row.launch.kind},
                            {"us", row.microseconds},
                            {"share", row.microseconds / profile.sum()},
                            {"multiply_adds", row.launch.multiplyAdds},
                            {"gflops", row.gflops()},
                            {"share_of_peak", row.gflops() / profile.machine.peakGflops},
                            {"weight_bytes", row.launch.weightBytes},
                            {"map_bytes", row.launch.mapBytes},
                            {"gigabytes_per_second", row.gigabytes()},
                            {"limit_us", row.limit.microseconds},
                            {"share_of_limit", row.shareOfLimit()}};
  return object;
}

void printJson(const Profile &profile) {
  llvm::json::Array launches, kinds;
  for (const Row &row : profile.rows) {
    llvm::json::Object object = toJson(row, profile);
    object["layers"] = llvm::json::Array(row.launch.layers);
    object["kernel"] = row.launch.kernel;
    object["tasks"] = row.launch.tasks;
    object["limit"] = row.limit.name;
    launches.push_back(std::move(object));
  }
  for (const Row &row : sumByKind(profile)) {
    llvm::json::Object object = toJson(row, profile);
    object["launches"] = row.launches;
    kinds.push_back(std::move(object));
  }
  llvm::json::Object bandwidth;
  for (const MemoryLevel &level : profile.machine.levels)
    bandwidth[level.name] = level.gigabytes;
  llvm::json::Object object{{"name", profile.name},
                            {"cpu", profile.cpu},
                            {"threads", profile.threads},
                            {"runs", profile.runs},
                            {"minimum_ms", profile.minimum},
                            {"median_ms", profile.median},
                            {"peak_gflops", profile.machine.peakGflops},
                            {"bandwidth_gigabytes_per_second", std::move(bandwidth)},
                            {"launches", std::move(launches)},
                            {"kinds", std::move(kinds)}};
  llvm::outs() << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}

ExitStatus measure(const CommandLine &line, LoadedNetwork &network,
                   const std::vector<LaunchInfo> &launches, Profile &profile) {
  std::vector<std::string> words = line.values(OPT_input);
  if (words.empty())
    network.fillInputs(1);
  else if (network.readInputs(words) != Done)
    return Fault;
  profile.name = network.manifest().name;
  profile.cpu = network.manifest().cpu;
  profile.threads = network.threads();
  profile.machine = measureMachine(profile.threads);
  Stopwatch stopwatch(network, launches.size());
  if (stopwatch.run() != Done)
    return Fault;
  auto networkBytes =
      static_cast<int64_t>(network.program().weights_bytes + network.program().arena_bytes);
  for (const LaunchInfo &launch : launches)
    profile.rows.push_back({launch, 1, 0, limitOf(launch, profile.machine, networkBytes)});
  stopwatch.describe(profile);
  return Done;
}

} // namespace

ExitStatus benchLayers(const CommandLine &line) {
  if (isArtefact(line.operand()))
    return line.usageError("--per-layer is for a MODEL: '" + line.operand() +
                           "' is compiled already, without a clock between its kernels; give the "
                           "model it was made from");
  ExitStatus status;
  std::optional<Request> request = readRequest(line, status);
  if (!request)
    return status;
  request->options.timestamp = timestampIntrinsic;
  Session session(*request, status);
  if (status != Done)
    return status;
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(session, *request, status);
  if (!module)
    return status;
  std::unique_ptr<LoadedNetwork> network =
      compileAndLoad(session, *request, *module, Stage::Import, status);
  if (!network)
    return status;
  Profile profile;
  status = measure(line, *network, describeLaunches(*module), profile);
  if (status == Done)
    line.has(OPT_json) ? printJson(profile) : printText(profile);
  return status;
}

} // namespace kiln::tool
