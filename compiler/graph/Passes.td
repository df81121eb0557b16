// The passes of the stage `graph`, in the order in which they run. All but fc-to-conv work on one function at a time;
// each reports its rewrites as remarks of the category `graph`.
#ifndef KILN_COMPILER_GRAPH_PASSES_TD
#define KILN_COMPILER_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

def FuseConv : Pass<"graph-fuse-conv", "mlir::func::FuncOp"> {
  let summary = "Fuse batch normalisation, bias, residual addition and activation into convolutions and dense layers";
  let description = [{
    A convolution whose result only one op reads takes that op over, in the order in which they stand: factors and
    addends per channel go into filter and bias, then an addition of a tensor of the same shape becomes the residual,
    then an activation ends it. Of two convolutions that are added, the later one takes the other as its residual.
    Factors before a convolution go into its filter, addends only where it has no pads. A batch normalisation that no
    convolution can take becomes a multiplication and an addition. `nn.matmul` with a matrix becomes `nn.gemm`, and
    takes factors, addends and activation likewise. The arithmetic on weights is written as nn ops, which the weights
    program runs; statistics that are known at run time only are fused where the filter is, too.

    ```mlir
    %0 = nn.conv(%x, %w) {...}
    %1 = nn.batch_norm(%0, %scale, %offset, %mean, %variance)
    %2 = nn.relu(%1)
    // becomes
    %0 = nn.conv(%x, %scaled, bias %bias) {activation = #nn.activation<relu>, ...}
    ```

    Runs after `graph-simplify` (which removes what stands between the ops) and `graph-fc-to-conv` (which makes
    convolutions that this pass completes).
  }];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

#endif // KILN_COMPILER_GRAPH_PASSES_TD
