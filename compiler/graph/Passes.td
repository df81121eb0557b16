// The passes of the stage `graph`, in the order in which they run. All but fc-to-conv work on one function at a time;
// each reports its rewrites as remarks of the category `graph`.
#ifndef KILN_COMPILER_GRAPH_PASSES_TD
#define KILN_COMPILER_GRAPH_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"graph-fold-constants", "mlir::func::FuncOp"> {
  let summary = "Evaluate what follows from small constants and merge equal ops";
  let description = [{
    Results of at most 64 elements are computed by the ops' folders; the arithmetic on shapes that exporters leave in the
    graph is gone afterwards. Equal ops on equal operands become one, unread ones go. Larger constants are left alone,
    because each fold would keep another copy of weights alive; their arithmetic becomes the weights program.

    ```mlir
    %0 = nn.shape(%x) : (tensor<1x16x5x5xf32>) -> tensor<4xi64>
    %1 = nn.gather(%0, %zero) {axis = 0 : i64} : (tensor<4xi64>, tensor<1xi64>) -> tensor<1xi64>
    // becomes
    %1 = nn.constant(dense<1> : tensor<1xi64>) : tensor<1xi64>
    ```

    Runs first: all other passes look for constants by their values.
  }];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def Simplify : Pass<"graph-simplify", "mlir::func::FuncOp"> {
  let summary = "Remove ops without effect and write the rest with fewer ones";
  let description = [{
    Copies and dropout; arithmetic with 0 or 1; clips of clips; transposes, concatenations, splits, pads and casts that
    cancel or compose; explicit pads before convolutions and pools; reductions and windows over a whole map, which become
    global pools; hard sigmoid, hard swish and swish that an exporter has spelled out. Values change in nothing but the sign
    of a zero and, for the last three, in their last bit: NaN and infinities come through.

    ```mlir
    %0 = nn.pad(%x) {pads = array<i64: 0, 0, 1, 1, 0, 0, 1, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x3x10x10xf32>
    %1 = nn.conv(%0, %w) {pads = array<i64: 0, 0, 0, 0>, ...} : (tensor<1x3x10x10xf32>, ...) -> tensor<1x4x8x8xf32>
    // becomes
    %1 = nn.conv(%x, %w) {pads = array<i64: 1, 1, 1, 1>, ...} : (tensor<1x3x8x8xf32>, ...) -> tensor<1x4x8x8xf32>
    ```

    Runs before `graph-fuse-conv`, which looks at neighbours. For a network that is to slide over a larger input it must
    run after `graph-fc-to-conv`: a window over a whole map would become a global pool, which does not slide.
  }];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def WidenHalf : Pass<"graph-widen-half", "mlir::func::FuncOp"> {
  let summary = "Compute in f32 what a model computes in f16 or bf16";
  let description = [{
    Inputs and constants of a half-precision type are cast to f32 (constants by the weights program, once), outputs are
    cast back; every tensor between becomes f32, and casts between the types vanish. Results are at least as exact: they
    are rounded once instead of after every op.

    ```mlir
    func.func @main(%x: tensor<1x8xf16>) -> tensor<1x8xf16> {
      %0 = nn.relu(%x) : (tensor<1x8xf16>) -> tensor<1x8xf16>
      return %0 : tensor<1x8xf16>
    // becomes
      %0 = nn.cast(%x) : (tensor<1x8xf16>) -> tensor<1x8xf32>
      %1 = nn.relu(%0) : (tensor<1x8xf32>) -> tensor<1x8xf32>
      %2 = nn.cast(%1) : (tensor<1x8xf32>) -> tensor<1x8xf16>
    ```

    Runs before the passes that compute with weights, so that they do so in f32.
  }];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def FcToConv : Pass<"graph-fc-to-conv", "mlir::ModuleOp"> {
  let summary = "Turn dense layers on flattened maps into convolutions, which can slide over a larger input";
  let description = [{
    A dense layer on a flattened map N x C x H x W becomes a convolution with filters of C x H x W, dense layers behind it
    become 1x1 convolutions, and elementwise ops between them work on the map. The matrix may be a constant or be known at
    run time only. Left alone without `sliding-window`: several images at once (a matrix product reads the weights once
    for all of them) and dense layers behind a global pool.

    ```mlir
    %0 = nn.reshape(%x) : (tensor<1x16x5x5xf32>) -> tensor<1x400xf32>
    %1 = nn.gemm(%0, %w, %b) {transB = true} : (tensor<1x400xf32>, tensor<120x400xf32>, tensor<120xf32>) -> tensor<1x120xf32>
    // becomes
    %f = nn.reshape(%w) : (tensor<120x400xf32>) -> tensor<120x16x5x5xf32>
    %0 = nn.conv(%x, %f, bias %b) {pads = array<i64: 0, 0, 0, 0>, ...} : (...) -> tensor<1x120x1x1xf32>
    %1 = nn.reshape(%0) : (tensor<1x120x1x1xf32>) -> tensor<1x120xf32>
    ```

    With `sliding-window` every dense layer is converted, global pools become windows of the map's present size, softmax
    over the channels and concatenations work on maps, and the function returns the map instead of flattening it; then
    the inputs named in `input-shapes` grow, and with them every tensor. A classifier for 14x14 whose convolutions have no
    pads, with a total stride of 2, returns for 28x28 the 8x8 map of the answers for all its windows (Sermanet et al. 2014).
    The module must have been imported at the model's own input shape.

    Runs after `graph-simplify` (which removes what stands between flattening and dense layer) but with `sliding-window`
    before it (see there), and before `graph-fuse-conv`.
  }];
  let options = [
    Option<"slidingWindow", "sliding-window", "bool", "false", "Convert whatever keeps the network from sliding">,
    ListOption<"inputShapes", "input-shapes", "std::string", "Larger shapes of inputs, as NAME:1x3x224x224">];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def FuseConv : Pass<"graph-fuse-conv", "mlir::func::FuncOp"> {
  let summary = "Fuse batch normalisation, bias, residual addition and activation into convolutions and dense layers";
  let description = [{
    A convolution whose result only one op reads takes that op over, in the order in which they stand: factors and
    addends per channel go into filter and bias, then an addition of a tensor of the same shape becomes the residual,
    then an activation ends it. Of two convolutions that are added, the later one takes the other as its residual.
    What follows a concatenation of convolutions along the channels goes to each of them instead.
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

def FoldBottleneck : Pass<"graph-fold-bottleneck", "mlir::func::FuncOp"> {
  let summary = "Compose linear chains with a 1x1 convolution where multiply-adds fall";
  let description = [{
    Two convolutions without groups, one of them 1x1 without pads, with nothing but a bias between them, become one where
    that has fewer multiply-adds. Filters and biases are composed by nn ops on weights. A bias before a convolution with
    pads keeps the two apart, because in the padding it is not there.

    ```mlir
    %0 = nn.conv(%x, %a) {...} : (tensor<1x64x28x28xf32>, tensor<256x64x1x1xf32>) -> tensor<1x256x28x28xf32>
    %1 = nn.conv(%0, %b) {...} : (tensor<1x256x28x28xf32>, tensor<16x256x3x3xf32>) -> tensor<1x16x28x28xf32>
    // becomes, with 7 instead of 42 million multiply-adds,
    %1 = nn.conv(%x, %composed) {...} : (tensor<1x64x28x28xf32>, tensor<16x64x3x3xf32>) -> tensor<1x16x28x28xf32>
    ```

    Two dense layers without activation between them are composed likewise. An average pool of what a linear 1x1
    convolution has made changes places with it, so that the convolution works on fewer positions.

    With `merge-siblings`, 1x1 convolutions of one map with equal strides and activation (Inception) become one and a
    split. That pays only where readers take slices of a tensor without copying them, so it is off.

    Runs after `graph-fuse-conv`, when activations and batch normalisation have found their convolution and only linear
    chains are left without activation.
  }];
  let options = [Option<"mergeSiblings", "merge-siblings", "bool", "false", "Merge 1x1 convolutions of one map">];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

#endif // KILN_COMPILER_GRAPH_PASSES_TD
