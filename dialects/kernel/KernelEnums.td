// Enumerations of the kernel dialect, apart so that they are generated once.
#ifndef KILN_DIALECTS_KERNEL_KERNELENUMS_TD
#define KILN_DIALECTS_KERNEL_KERNELENUMS_TD

include "mlir/IR/EnumAttr.td"

def Kernel_Order : I32EnumAttr<"LoopOrder", "which loop of a convolution is outermost", [
    I32EnumAttrCase<"FiltersOuter", 0, "filters_outer">,
    I32EnumAttrCase<"PixelsOuter", 1, "pixels_outer">]> {
  let cppNamespace = "::kiln::kernel";
  let genSpecializedAttr = 0;
}

def Kernel_Lanes : I32EnumAttr<"VectorLanes", "what the lanes of a convolution's accumulators are", [
    I32EnumAttrCase<"Filters", 0, "filters">,
    I32EnumAttrCase<"Pixels", 1, "pixels">]> {
  let cppNamespace = "::kiln::kernel";
  let genSpecializedAttr = 0;
}

def Kernel_PoolKind : I32EnumAttr<"PoolKind", "what a pool computes", [
    I32EnumAttrCase<"Max", 0, "max">,
    I32EnumAttrCase<"Average", 1, "average">]> {
  let cppNamespace = "::kiln::kernel";
  let genSpecializedAttr = 0;
}

#endif // KILN_DIALECTS_KERNEL_KERNELENUMS_TD
