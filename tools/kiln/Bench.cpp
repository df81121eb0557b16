// kiln bench: how long an inference takes. The median and the minimum of runs for about a second,
// after a warm-up, and what that is of the multiply-adds this machine can do in the same minute.
#include "tools/kiln/Commands.h"
#include "tools/kiln/CompiledModel.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/Peak.h"
#include "tools/kiln/ProgramRunner.h"

#include "compiler/codegen/ReadArtifact.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <chrono>

namespace kiln::tool {
namespace {

struct Measurement {
  std::string name, cpu;
  int threads = 1, runs = 0;
  double median = 0, minimum = 0; ///< milliseconds
  uint64_t multiplyAdds = 0;      ///< 0: unknown
  double peak = 0;                ///< GFLOP/s

  double gflops() const {
    return minimum > 0 ? 2e-6 * static_cast<double>(multiplyAdds) / minimum : 0;
  }
};

double timeOnce(LoadedNetwork &network, ExitStatus &status) {
  auto start = std::chrono::steady_clock::now();
  status = network.run();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Warms up for two runs, then measures for a second: at least 5 runs, at most 100000.
ExitStatus measure(LoadedNetwork &network, Measurement &result) {
  std::vector<double> times;
  double total = 0;
  ExitStatus status = Done;
  for (int warmUp = 0; warmUp < 2 && status == Done; ++warmUp)
    timeOnce(network, status);
  while (status == Done && times.size() < 100000 && (times.size() < 5 || total < 1000)) {
    times.push_back(timeOnce(network, status));
    total += times.back();
  }
  if (status != Done)
    return status;
  std::sort(times.begin(), times.end());
  result.runs = static_cast<int>(times.size());
  result.minimum = times.front();
  result.median = times[times.size() / 2];
  return Done;
}

void describe(const ArtifactDescription &manifest, Measurement &result) {
  result.name = manifest.name;
  result.cpu = manifest.cpu;
  for (const LayerInfo &layer : manifest.layers)
    result.multiplyAdds += layer.multiplyAdds;
}

ExitStatus benchLibrary(const CommandLine &line, Measurement &result) {
  ExitStatus status;
  std::unique_ptr<LoadedNetwork> network = loadOperand(line, {}, status);
  if (!network)
    return status;
  std::vector<std::string> words = line.values(OPT_input);
  if (words.empty())
    network->fillInputs(1);
  else if (network->readInputs(words) != Done)
    return Fault;
  result.threads = network->threads();
  describe(network->manifest(), result);
  return measure(*network, result);
}

ExitStatus benchProgram(const CommandLine &line, Measurement &result) {
  if (ExitStatus status = refuseModelOptions(line); status != Done)
    return status;
  llvm::Expected<Artifact> artifact = readArtifact(line.operand());
  if (!artifact)
    return fault(llvm::toString(artifact.takeError()));
  const ArtifactDescription &manifest = artifact->networks.front();
  describe(manifest, result);
  ExitStatus status = Done;
  result.threads = defaultThreads(manifest.threads);
  if (!readCount(line, OPT_threads, 1, result.threads, status))
    return status;
  // A first look at one run says how many fill a second.
  status = timeProgram(line, 2, result.minimum, result.median);
  result.runs = static_cast<int>(std::clamp(1000 / std::max(result.minimum, 0.01), 5.0, 100000.0));
  return status == Done ? timeProgram(line, result.runs, result.minimum, result.median) : status;
}

void printJson(const Measurement &m) {
  llvm::json::Object object{{"name", m.name},        {"cpu", m.cpu},
                            {"threads", m.threads},  {"runs", m.runs},
                            {"median_ms", m.median}, {"minimum_ms", m.minimum},
                            {"peak_gflops", m.peak}};
  if (m.multiplyAdds != 0) {
    object["multiply_adds"] = static_cast<int64_t>(m.multiplyAdds);
    object["gflops"] = m.gflops();
    object["share_of_peak"] = m.gflops() / m.peak;
  }
  llvm::outs() << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}

void printText(const Measurement &m) {
  llvm::outs() << llvm::format("median %.3f ms, minimum %.3f ms of %d runs, %d thread%s, ",
                               m.median, m.minimum, m.runs, m.threads, m.threads == 1 ? "" : "s")
               << "compiled for " << m.cpu << "\n";
  if (m.multiplyAdds != 0)
    llvm::outs() << llvm::format(
        "%.1f GFLOP/s (%.1f million multiply-adds), %.0f %% of the FMA peak of %.0f GFLOP/s\n",
        m.gflops(), static_cast<double>(m.multiplyAdds) * 1e-6, 100 * m.gflops() / m.peak, m.peak);
}

} // namespace

ExitStatus benchCommand(const CommandLine &line) {
  if (line.has(OPT_per_layer))
    return benchLayers(line);
  Measurement result;
  ExitStatus status =
      isProgram(line.operand()) ? benchProgram(line, result) : benchLibrary(line, result);
  if (status != Done)
    return status;
  result.peak = measurePeakGflops(result.threads);
  line.has(OPT_json) ? printJson(result) : printText(result);
  return Done;
}

} // namespace kiln::tool
