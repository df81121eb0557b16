// `--preprocess=rgb|bgr|gray,scale=S,mean=..,std=..`; the numbers of mean and std are separated by
// commas or slashes: `bgr,scale=1,mean=104,117,123` is `bgr,mean=104/117/123`.
#ifndef KILN_COMPILER_CODEGEN_PREPROCESS_H
#define KILN_COMPILER_CODEGEN_PREPROCESS_H

#include "compiler/codegen/Artifact.h"

#include "llvm/Support/Error.h"

namespace kiln {

llvm::Expected<PreprocessInfo> parsePreprocess(llvm::StringRef spec);

} // namespace kiln

#endif // KILN_COMPILER_CODEGEN_PREPROCESS_H
