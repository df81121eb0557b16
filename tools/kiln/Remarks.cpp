// A streamer of MLIR's remark engine that writes one line a remark.
#include "tools/kiln/Remarks.h"
#include "tools/kiln/Session.h"

#include "mlir/IR/Remarks.h"

namespace kiln::tool {
namespace {

using mlir::remark::detail::Remark;

class LineStreamer : public mlir::remark::detail::MLIRRemarkStreamerBase {
public:
  explicit LineStreamer(llvm::raw_ostream &out) : out(out) {}

  void streamOptimizationRemark(const Remark &remark) override {
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
  llvm::raw_ostream &out;
};

} // namespace

mlir::LogicalResult printRemarks(mlir::MLIRContext &context, llvm::raw_ostream &out) {
  mlir::remark::RemarkCategories categories;
  categories.passed = categories.missed = categories.analysis = categories.failed = ".*";
  return mlir::remark::enableOptimizationRemarks(
      context, std::make_unique<LineStreamer>(out),
      std::make_unique<mlir::remark::RemarkEmittingPolicyAll>(), categories);
}

} // namespace kiln::tool
