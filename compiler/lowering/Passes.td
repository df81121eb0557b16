// The passes of the lowering stage, in the order in which Pipeline.cpp runs them.
#ifndef KILN_COMPILER_LOWERING_PASSES_TD
#define KILN_COMPILER_LOWERING_PASSES_TD

include "mlir/Pass/PassBase.td"

def OutlineKernels : Pass<"lowering-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Moves every kernel into a private function that equal kernels share";
  let description = [{
    A kernel op, or a linalg op with the subviews that feed only it, becomes a function of its buffers and a task number;
    what stays is a `kernel.launch`. A buffer that the same kernel reaches in two ways is marked `kernel.may_alias`. The
    entry keeps a list of what its launches compute and move, `kernel.launches`.

    ```mlir
    kernel.fill_border outs(%map) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #schedule} : memref<1x4x1x9x9x16xf32>
    // becomes
    kernel.launch @net_f32_fill_border_64x9x9(%map) {tasks = 1 : i64} : (memref<1x4x1x9x9x16xf32>) -> ()
    ```
  }];
  let dependentDialects = ["::kiln::kernel::KernelDialect", "::mlir::func::FuncDialect"];
}

def KernelToVector : Pass<"lowering-kernel-to-vector", "::mlir::func::FuncOp"> {
  let summary = "Turns the kernel of a kernel function into loops over vectors of 16 lanes";
  let description = [{
    The accumulators of a register tile are vectors carried by the loops of the reduction, so that they stay in registers;
    the channel loop stays rolled: one load of weights, then one multiply-add a pixel with a broadcast element.

    ```mlir
    %tile:2 = scf.for %c = %c0 to %c16 step %c1 iter_args(%a0 = %bias, %a1 = %bias) -> (vector<16xf32>, vector<16xf32>) {
      %w = vector.load %filter[%at] : memref<4096xf32>, vector<16xf32>
      %x0 = memref.load %input[%p0] : memref<1024xf32>
      %b0 = vector.broadcast %x0 : f32 to vector<16xf32>
      %n0 = vector.fma %b0, %w, %a0 : vector<16xf32>
      ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def LinalgToLoops : Pass<"lowering-linalg-to-loops", "::mlir::func::FuncOp"> {
  let summary = "Turns the linalg op of a kernel function into loops that LLVM vectorises";
  let description = [{
    Dimensions that lie side by side in every buffer become one loop; the outermost parallel loop that is long enough is
    split between the tasks.

    ```mlir
    linalg.generic ... ins(%x : memref<1x4x8x8x16xf32>) outs(%y : memref<1x4x8x8x16xf32>) { ... }
    // becomes
    scf.for %i = %begin to %end step %c1 { ... }   // of 4096 elements
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def ExpandMath : Pass<"lowering-expand-math", "::mlir::func::FuncOp"> {
  let summary = "Replaces functions that are no machine instructions by arithmetic";
  let description = [{
    exp, log, tanh, erf, pow, rounding to integers and conversions of halves, on f32 and f64, scalars and vectors: generated
    code calls no library. Infinities, NaN and denormals come out as IEEE 754 and C's Annex F say. The sums 1 + exp(x) and
    1 + erf(x) are functions of their own, which take fewer steps.

    ```mlir
    %y = math.exp %x : vector<16xf32>
    // becomes a product of a power of two, made from bits, and a polynomial
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def KernelToLLVM : Pass<"lowering-kernel-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Converts kernel functions, entries and launches to the LLVM dialect";
  let description = [{
    A kernel function takes bare pointers and a task number. An entry becomes
    `void NAME_body(inputs, outputs, weights, arena, pool)` over arrays of pointers, a prepare function the same under its
    own name. A launch of one task is a call; one of several goes through the runtime's `kiln_launch` with an array of
    pointers on the stack and a small function that unpacks it.

    With `timestamp` the entry calls that intrinsic before the first launch and after each, and stores what it gives behind
    the arena: launches + 1 numbers of 64 bits, which `kernel.arena_bytes` then counts in.

    ```mlir
    kernel.launch @k(%a, %b) {tasks = 4 : i64} : (memref<64xf32>, memref<64xf32>) -> ()
    // becomes
    llvm.call @kiln_launch(%pool, %c4, %k_task, %pointers) : (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr) -> ()
    ```
  }];
  let options = [Option<"timestamp", "timestamp", "std::string", "\"\"",
                        "LLVM intrinsic that reads the time, such as llvm.readcyclecounter">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect"];
}

#endif // KILN_COMPILER_LOWERING_PASSES_TD
