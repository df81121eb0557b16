// kiln inspect: what is in a compiled network, by its manifest, without running it.
#include "tools/kiln/Commands.h"
#include "tools/kiln/Messages.h"

#include "compiler/codegen/ReadArtifact.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

namespace kiln::tool {
namespace {

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t dim : shape)
    text += (text.empty() ? "" : "x") + std::to_string(dim);
  return text.empty() ? "scalar" : text;
}

std::string numbersText(const std::vector<float> &numbers) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::interleave(numbers, out, [&](float number) { out << llvm::format("%g", number); }, "/");
  return text;
}

std::string preprocessText(const PreprocessInfo &info) {
  constexpr const char *channels[] = {"gray or rgb, by the input", "rgb", "bgr", "gray"};
  std::string text = channels[info.channels < 4 ? info.channels : 0];
  text += llvm::formatv(", scale {0}", info.scale);
  if (!info.mean.empty())
    text += ", mean " + numbersText(info.mean);
  if (!info.std.empty())
    text += ", std " + numbersText(info.std);
  return text;
}

llvm::json::Array tensorsJson(const std::vector<TensorInfo> &tensors) {
  llvm::json::Array array;
  for (const TensorInfo &tensor : tensors)
    array.push_back(llvm::json::Object{{"name", tensor.name},
                                       {"type", kiln_dtype_name(tensor.dtype)},
                                       {"shape", llvm::json::Array(tensor.shape)},
                                       {"bytes", static_cast<int64_t>(tensor.bytes())}});
  return array;
}

llvm::json::Array layersJson(const std::vector<LayerInfo> &layers) {
  llvm::json::Array array;
  for (const LayerInfo &layer : layers)
    array.push_back(
        llvm::json::Object{{"name", layer.name},
                           {"sources", llvm::json::Array(layer.sources)},
                           {"op", layer.op},
                           {"kernel", layer.kernel},
                           {"multiply_adds", static_cast<int64_t>(layer.multiplyAdds)}});
  return array;
}

llvm::json::Array weightsJson(const std::vector<WeightInfo> &weights) {
  llvm::json::Array array;
  for (const WeightInfo &weight : weights)
    array.push_back(llvm::json::Object{{"name", weight.name},
                                       {"type", kiln_dtype_name(weight.dtype)},
                                       {"shape", llvm::json::Array(weight.shape)},
                                       {"offset", static_cast<int64_t>(weight.offset)},
                                       {"bytes", static_cast<int64_t>(weight.bytes)},
                                       {"digest", llvm::formatv("{0:x-16}", weight.digest).str()}});
  return array;
}

llvm::json::Value toJson(const ArtifactDescription &d, uint64_t codeBytes) {
  return llvm::json::Object{
      {"name", d.name},
      {"compiler", d.compilerVersion},
      {"model", d.modelFile},
      {"model_digest", d.modelDigest},
      {"triple", d.triple},
      {"cpu", d.cpu},
      {"features", llvm::json::Array(d.cpuFeatures)},
      {"threads", d.threads},
      {"inputs", tensorsJson(d.inputs)},
      {"outputs", tensorsJson(d.outputs)},
      {"code_bytes", static_cast<int64_t>(codeBytes)},
      {"arena_bytes", static_cast<int64_t>(d.arenaBytes)},
      {"live_bytes", static_cast<int64_t>(d.liveBytes)},
      {"prepared_bytes", static_cast<int64_t>(d.preparedBytes)},
      {"weights_bytes", static_cast<int64_t>(d.weightsBytes)},
      {"weights_digest", llvm::formatv("{0:x-16}", d.weightsDigest).str()},
      {"weights_file", d.weightsFile},
      {"weights", weightsJson(d.weights)},
      {"layers", layersJson(d.layers)},
      {"preprocess", llvm::json::Object{{"channels", d.preprocess.channels},
                                        {"scale", d.preprocess.scale},
                                        {"mean", llvm::json::Array(d.preprocess.mean)},
                                        {"std", llvm::json::Array(d.preprocess.std)}}},
      {"labels", llvm::json::Array(d.labels)}};
}

void printTensors(const char *role, const std::vector<TensorInfo> &tensors) {
  for (const TensorInfo &tensor : tensors)
    llvm::outs() << llvm::left_justify(role, 12) << tensor.name << ": "
                 << kiln_dtype_name(tensor.dtype) << " " << shapeText(tensor.shape) << "\n";
}

void printLayers(const std::vector<LayerInfo> &layers) {
  if (layers.empty())
    return;
  llvm::outs() << "\n   multiply-adds  op              layer\n";
  for (const LayerInfo &layer : layers)
    llvm::outs() << llvm::format("%16llu  ", static_cast<unsigned long long>(layer.multiplyAdds))
                 << llvm::left_justify(layer.op, 16) << layer.name << "\n";
}

void printText(const ArtifactDescription &d, uint64_t codeBytes) {
  uint64_t multiplyAdds = 0;
  for (const LayerInfo &layer : d.layers)
    multiplyAdds += layer.multiplyAdds;
  llvm::outs() << "network     " << d.name << ", compiled by " << d.compilerVersion << " from "
               << d.modelFile << " (digest " << d.modelDigest << ")\n"
               << "target      " << d.cpu << ", " << d.triple << ", at most " << d.threads
               << " threads\n"
               << "features    " << llvm::join(d.cpuFeatures, " ") << "\n";
  printTensors("input", d.inputs);
  printTensors("output", d.outputs);
  llvm::outs() << "code        " << codeBytes << " bytes in the whole file\n";
  llvm::outs() << "arena       " << d.arenaBytes << " bytes; the largest set of live tensors has "
               << d.liveBytes << "\n"
               << "weights     " << d.weightsBytes << " bytes in " << d.weights.size()
               << " tensors, "
               << (d.weightsBytes == 0     ? "none"
                   : d.weightsFile.empty() ? "embedded"
                                           : "in " + d.weightsFile)
               << llvm::formatv(" (digest {0:x-16})\n", d.weightsDigest);
  if (d.preparedBytes != 0)
    llvm::outs() << "prepared    " << d.preparedBytes << " bytes at load\n";
  llvm::outs() << "pictures    " << preprocessText(d.preprocess) << "\n";
  if (!d.labels.empty())
    llvm::outs() << "labels      " << d.labels.size() << "\n";
  llvm::outs() << "work        " << multiplyAdds << " multiply-adds in " << d.layers.size()
               << " layers\n";
  printLayers(d.layers);
}

} // namespace

ExitStatus inspectCommand(const CommandLine &line) {
  llvm::Expected<Artifact> artifact = readArtifact(line.operand());
  if (!artifact)
    return fault(llvm::toString(artifact.takeError()));
  if (line.has(OPT_json)) {
    llvm::json::Array all;
    for (const ArtifactDescription &description : artifact->networks)
      all.push_back(toJson(description, artifact->codeBytes));
    llvm::outs() << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(all)));
    return Done;
  }
  llvm::interleave(
      artifact->networks, llvm::outs(),
      [&](const ArtifactDescription &description) { printText(description, artifact->codeBytes); },
      "\n");
  return Done;
}

} // namespace kiln::tool
