// A streamer of MLIR's remark engine that writes one line a remark.
#include "tools/kiln/Remarks.h"
#include "tools/kiln/Session.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln::tool {
namespace {

using mlir::remark::detail::Remark;

class LineStreamer : public mlir::remark::detail::MLIRRemarkStreamerBase {
public:
  explicit LineStreamer(std::unique_ptr<llvm::raw_fd_ostream> file) : file(std::move(file)) {}

  void streamOptimizationRemark(const Remark &remark) override {
    llvm::raw_ostream &out = file ? *file : llvm::errs();
    out << remark.getCombinedCategoryName() << ": " << remark.getRemarkName() << ": ";
    if (std::string place = describeLocation(remark.getLocation()); !place.empty())
      out << place << ": ";
    bool isFirst = true;
    for (const Remark::Arg &argument : remark.getArgs()) {
      out << (isFirst ? "" : ", ");
      if (argument.key != "Remark")
        out << argument.key << "=";
      out << argument.val;
      isFirst = false;
    }
    out << "\n";
  }

private:
  std::unique_ptr<llvm::raw_fd_ostream> file;
};

} // namespace

mlir::LogicalResult printRemarks(mlir::MLIRContext &context, llvm::StringRef file) {
  std::unique_ptr<llvm::raw_fd_ostream> out;
  if (!file.empty()) {
    std::error_code code;
    out = std::make_unique<llvm::raw_fd_ostream>(file, code, llvm::sys::fs::OF_Text);
    if (code) {
      llvm::errs() << "error: cannot write the remarks to '" << file << "': " << code.message()
                   << "\n";
      return mlir::failure();
    }
  }
  mlir::remark::RemarkCategories categories;
  categories.passed = categories.missed = categories.analysis = categories.failed = ".*";
  return mlir::remark::enableOptimizationRemarks(
      context, std::make_unique<LineStreamer>(std::move(out)),
      std::make_unique<mlir::remark::RemarkEmittingPolicyAll>(), categories);
}

} // namespace kiln::tool
