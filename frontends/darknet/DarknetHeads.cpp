// Detection heads.
#include "frontends/darknet/DarknetLayers.h"

using namespace mlir;

namespace kiln::darknet_frontend {

llvm::ArrayRef<DarknetSection> headSections() { return {}; }

} // namespace kiln::darknet_frontend
