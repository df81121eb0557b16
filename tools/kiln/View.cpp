// kiln view: the graph of a model as a page for a browser, as it was read beside what the passes of
// the graph stage have made of it. The page is one file without scripts.
#include "tools/kiln/Commands.h"
#include "tools/kiln/FileChecks.h"
#include "tools/kiln/GraphDrawing.h"
#include "tools/kiln/ImportModel.h"
#include "tools/kiln/Messages.h"
#include "tools/kiln/Request.h"

#include "compiler/Pipeline.h"
#include "compiler/codegen/OutputFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace kiln::tool {
namespace {

constexpr const char *style = R"(
body { font: 14px sans-serif; margin: 0; }
h1 { font-size: 18px; margin: 12px 20px; }
main { display: flex; }
section { flex: 1; overflow: auto; height: calc(100vh - 50px); border-top: 1px solid #ccc; }
section + section { border-left: 1px solid #ccc; }
h2 { font-size: 14px; margin: 8px 20px; }
path { fill: none; stroke: #888; }
rect { fill: #f4f4f4; stroke: #888; }
.conv rect, .conv_transpose rect, .local_conv rect { fill: #dbe9f9; }
.gemm rect, .matmul rect { fill: #e4dcf5; }
.max_pool rect, .average_pool rect { fill: #dcf2df; }
.input rect, .output rect { fill: #fff3d1; }
text { font-size: 11px; }
.kind { font-weight: bold; }
)";

/// One half of the page: a heading, and each function.
void drawModule(mlir::ModuleOp module, llvm::StringRef heading, llvm::raw_ostream &out) {
  out << "<section>\n";
  for (auto network : module.getOps<mlir::func::FuncOp>()) {
    std::vector<GraphNode> nodes = placeGraph(network);
    size_t ops = llvm::count_if(
        nodes, [](const GraphNode &node) { return llvm::StringRef(node.kind).starts_with("nn."); });
    out << "<h2>" << heading << ": " << ops << " ops</h2>\n";
    drawGraph(nodes, out);
  }
  out << "</section>\n";
}

ExitStatus readOutputFile(const CommandLine &line, llvm::StringRef &output) {
  output = line.value(OPT_output_file).value_or("");
  if (output.empty())
    return line.usageError("-o is missing: the page to write, FILE.html");
  ExitStatus status = refuseOverwriting(line, "-o " + output, output);
  return status == Done ? checkFolder(output) : status;
}

} // namespace

ExitStatus viewCommand(const CommandLine &line) {
  llvm::StringRef output;
  ExitStatus status = readOutputFile(line, output);
  std::optional<Request> request;
  if (status != Done || !(request = readRequest(line, status)))
    return status;
  Session session(*request, status);
  mlir::OwningOpRef<mlir::ModuleOp> module = importModel(session, *request, status);
  if (!module)
    return status;
  std::string page;
  llvm::raw_string_ostream out(page);
  std::string title;
  llvm::raw_string_ostream escapedTitle(title);
  llvm::printHTMLEscaped(llvm::sys::path::filename(request->model), escapedTitle);
  out << "<!DOCTYPE html>\n<html>\n<head><meta charset='utf-8'><title>" << title
      << "</title><style>" << style << "</style></head>\n<body>\n<h1>" << title
      << "</h1>\n<main>\n";
  drawModule(*module, "As imported", out);
  status = session.step(
      "graph", [&] { return runStages(*module, request->options, Stage::Import, Stage::Graph); });
  if (status != Done)
    return status;
  drawModule(*module, "After the graph stage", out);
  out << "</main>\n</body>\n</html>\n";
  return statusOf(writeOutput(output, page));
}

} // namespace kiln::tool
