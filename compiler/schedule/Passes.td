// The passes of the schedule stage, in the order in which Pipeline.cpp runs them.
#ifndef KILN_COMPILER_SCHEDULE_PASSES_TD
#define KILN_COMPILER_SCHEDULE_PASSES_TD

include "mlir/Pass/PassBase.td"

def DecomposeOps : Pass<"schedule-decompose-ops", "::mlir::func::FuncOp"> {
  let summary = "Rewrites ops that have no kernel of their own into ops that have one";
  let description = [{
    A gemm keeps only a bias vector and no factors; a matmul with a matrix on the right becomes a gemm, and so does a 1x1
    convolution on a 1x1 map; batch_norm becomes arithmetic; a pool of small integers or halves computes in f32.

    ```mlir
    %y = nn.matmul(%x, %w) : (tensor<1x64xf32>, tensor<64x10xf32>) -> tensor<1x10xf32>
    // becomes
    %y = nn.gemm(%x, %w) : (tensor<1x64xf32>, tensor<64x10xf32>) -> tensor<1x10xf32>
    ```
  }];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def AssignLayout : Pass<"schedule-assign-layout", "::mlir::func::FuncOp"> {
  let summary = "Gives feature maps the blocked layout, with the border that their consumers read";
  let description = [{
    Convolutions, pools and what stands between them run on channel blocks; `nn.relayout` is placed where a plain tensor
    meets them, `nn.pack_filter` on the weights. The border is the union of what the convolutions that read a map need.

    ```mlir
    %y = nn.conv(%x, %w) {pads = array<i64: 1, 1, 1, 1>, ...} : (tensor<1x32x8x8xf32>, tensor<64x32x3x3xf32>) -> tensor<1x64x8x8xf32>
    // becomes
    %xb = nn.relayout(%x) : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32, #nn.blocked<16, border = [1, 1, 1, 1]>>
    %wp = nn.pack_filter(%w) {...} : (tensor<64x32x3x3xf32>) -> tensor<64x32x3x3xf32, #nn.packed<blocked, groups = 1, block = 16>>
    %y = nn.conv(%xb, %wp) {pads = array<i64: 1, 1, 1, 1>, ...} : (...) -> tensor<1x64x8x8xf32, #nn.blocked<16>>
    ```
  }];
  let dependentDialects = ["::kiln::nn::NnDialect", "::kiln::kernel::KernelDialect"];
}

def RoundWeights : Pass<"schedule-round-weights", "::mlir::func::FuncOp"> {
  let summary = "Stores the weights of dense layers in 24 bits where memory binds them";
  let description = [{
    That is where so many weights meet so few rows that reading them takes longer than multiplying: 8 MB or more of a network whose
    weights the caches do not hold, for at most four rows, on a target with vectors of 256 bits or more. They are constants of the
    model, finite, the largest of them from 2^-16 to below 2^16, and only dense layers like that read them.

    ```mlir
    %p = nn.pack_filter(%w) {...} : (tensor<4096x9216xf32>) -> tensor<4096x9216xf32, #nn.packed<planar, groups = 1, block = 16>>
    // becomes
    %p = nn.pack_filter(%w) {bits = 24, ...} : (...) -> tensor<4096x9216xf32, #nn.packed<planar, groups = 1, block = 16, bits = 24>>
    ```
  }];
  let options = [Option<"weights", "weights", "std::string", "\"auto\"",
                        "auto (where memory binds), f32 (nowhere) or f24 (wherever possible)">,
                 Option<"target", "target", "std::string", "\"native\"", "CPU or triple to plan for">];
  let dependentDialects = ["::kiln::nn::NnDialect"];
}

def ChooseKernel : Pass<"schedule-choose-kernel", "::mlir::func::FuncOp"> {
  let summary = "Chooses register tile, loop order and tasks of every kernel";
  let description = [{
    An analytic model: a tile of R pixels costs max(R, 5) multiply-adds an input channel (fewer cannot hide the latency) and one
    load of weights; the tile with the least total cost over the map, its remainders included, wins. A convolution becomes
    a Winograd convolution where a model of its transforms, its products and the memory that they stream predicts a gain.
    The choice is the attribute `kernel.schedule` on the op, and the form of its packed filter. A 1x1 convolution that computes the
    batch norm or the depthwise convolution in front of it has `kernel.prologue`, the rows that a task makes ready at a time.

    Where the function's attribute `kernel.times` (kernel to choice to nanoseconds) knows a choice that is faster by 3 % or more,
    that is taken instead. The pass removes it.
  }];
  let options = [Option<"target", "target", "std::string", "\"native\"", "CPU or triple to plan for">,
                 Option<"winograd", "winograd", "std::string", "\"auto\"", "auto, off, or f2 to f6 wherever possible">];
  let dependentDialects = ["::kiln::kernel::KernelDialect"];
}

def SplitWeights : Pass<"schedule-split-weights", "::mlir::ModuleOp"> {
  let summary = "Moves what depends on constants alone into the weights program";
  let description = [{
    Every such tensor that the network reads becomes a `kernel.weight` at an offset of the weights section, made by a
    private function of its source constants; equal functions are shared. A constant of one f32 or f64 that a pointwise op
    reads stays: it becomes a part of that op's computation.

    ```mlir
    %w = nn.constant(dense_resource<conv1> : tensor<4x3x3x3xf32>) : tensor<4x3x3x3xf32>
    %p = nn.pack_filter(%w) {...} : (tensor<4x3x3x3xf32>) -> tensor<1x3x1x3x3x16xf32>
    // becomes
    %p = kernel.weight_ref @weight_0 : tensor<1x3x1x3x3x16xf32>
    ```
  }];
  let dependentDialects = ["::kiln::kernel::KernelDialect"];
}

def PrepareAtLoad : Pass<"schedule-prepare-at-load", "::mlir::ModuleOp"> {
  let summary = "Moves the transforms of Winograd's filters to net_open";
  let description = [{
    A weight that ends in a Winograd transform becomes the filter itself, and function `NAME_prepare` (attribute `kernel.load`)
    transforms it into the prepared buffer, where the entry functions take it as an argument behind their inputs. The attribute
    `kernel.prepared` of both has the offsets in that buffer: of the load function's results, of an entry's last arguments.

    ```mlir
    %p = kernel.weight_ref @weight_0 : tensor<64x64x3x3xf32, #winograd>
    // becomes an argument, and
    func.func @net_prepare() -> tensor<64x64x3x3xf32, #winograd> attributes {kernel.load, kernel.prepared = array<i64: 0>} {
      %w = kernel.weight_ref @weight_0 : tensor<64x64x3x3xf32>
      %p = nn.pack_filter(%w) {block = 16 : i64, form = #nn.filter_form<winograd_f4>} : ...
      return %p
    }
    ```
  }];
  let options = [Option<"name", "name", "std::string", "\"\"", "name of the network; empty: that of its first entry function">];
  let dependentDialects = ["::kiln::kernel::KernelDialect"];
}

def NnToKernel : Pass<"schedule-nn-to-kernel", "::mlir::ModuleOp"> {
  let summary = "Turns networks on tensors into kernels on buffers";
  let description = [{
    Each tensor gets a buffer of bytes, each op one kernel op, or linalg ops where no kernel of ours is needed. An entry function
    afterwards takes its inputs, its outputs, the weights and the arena as byte buffers. Attributes on it keep the tensors' names and
    types (`kernel.inputs`, `kernel.outputs`) and the layers with their multiply-adds (`kernel.layers`).
  }];
  let options = [Option<"name", "name", "std::string", "\"\"", "name of the network, given to its only entry function">];
  let dependentDialects = ["::kiln::kernel::KernelDialect", "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def PlanMemory : Pass<"schedule-plan-memory", "::mlir::func::FuncOp"> {
  let summary = "Places every buffer in one arena";
  let description = [{
    Buffers whose lifetimes overlap get disjoint ranges; a pointwise op whose input dies writes onto it. Scratch buffers of kernels
    of several tasks lie behind all else, where they have at most 2 MB, and are taken to live throughout. The size of the arena and
    of the largest live set, its lower bound, become the attributes `kernel.arena_bytes` and `kernel.live_bytes`.

    ```mlir
    %b = memref.alloc() : memref<4096xi8>
    // becomes
    %b = memref.view %arena[%c1024][] : memref<8192xi8> to memref<4096xi8>
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect"];
}

#endif // KILN_COMPILER_SCHEDULE_PASSES_TD
