// Lookup of sections, and the advice for those that are missing.
#include "frontends/darknet/DarknetLayers.h"

#include "llvm/ADT/StringSwitch.h"

namespace kiln::darknet_frontend {

const DarknetSection *findSection(llvm::StringRef name) {
  for (auto family : {convolutionSections, denseSections, headSections, joinSections,
                      movementSections, normalizationSections, poolSections})
    for (const DarknetSection &section : family())
      if (section.name == name)
        return &section;
  return nullptr;
}

llvm::StringRef adviceFor(llvm::StringRef section) {
  return llvm::StringSwitch<llvm::StringRef>(section)
      .Cases({"rnn", "gru", "lstm", "crnn", "conv_lstm", "history"},
             "recurrent layers are outside of what Kiln compiles")
      .Cases({"contrastive", "iseg", "logxent"},
             "it is for training: end the configuration before this section")
      .Case("Gaussian_yolo",
            "end the configuration before this section and decode its boxes in the "
            "application")
      .Cases({"net", "network"}, "only the first section may be [net]")
      .Default("unknown to Kiln; check its spelling, or end the configuration before this section");
}

} // namespace kiln::darknet_frontend
