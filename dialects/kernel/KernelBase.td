// The kernel dialect: its definition, its attributes and the base classes of its ops.
#ifndef KILN_DIALECTS_KERNEL_KERNELBASE_TD
#define KILN_DIALECTS_KERNEL_KERNELBASE_TD

include "dialects/kernel/KernelEnums.td"
include "dialects/nn/NnAttributes.td"
include "mlir/IR/SymbolInterfaces.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::kiln::kernel";
  let summary = "Scheduled kernels on buffers";
  let description = [{
    One op a kernel, on buffers with identity layouts, every choice an attribute. A feature map is stored
    `[N][ceil(C/16)][D][H][W][16]` (blocked) or `[N][C][D][H][W]` (planar), always with three spatial dimensions, its
    border included in D, H and W. An `origin` attribute says at which D, H, W the data begins. nn-to-kernel creates
    these ops, `compiler/lowering` turns them into loops and vectors.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::kiln::nn::NnDialect", "::mlir::memref::MemRefDialect"];
}

def Kernel_LanesParameter : EnumParameter<Kernel_Lanes> {
  let defaultValue = "::kiln::kernel::VectorLanes::Filters";
}

def Kernel_ScheduleAttr : AttrDef<Kernel_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "The choices that decide a kernel's speed";
  let description = [{
    `rows` x `columns` output pixels (matrix rows x 1 for gemm) are held in registers, a vector of 16 channels each for
    `filters` blocks of filters (of columns for gemm), which share the loads of pixels (1 for other kernels), or with `lanes = pixels`
    a vector of 16 neighbouring pixels of a row for each filter. `order` says whether a block of filters or a tile of pixels stays
    in the cache; the outputs are split into `tasks` equal parts. choose-kernel sets it.

    Example: `#kernel.schedule<rows = 1, columns = 28, order = filters_outer, tasks = 4>`.
  }];
  let parameters = (ins "int64_t":$rows, "int64_t":$columns, EnumParameter<Kernel_Order>:$order, "int64_t":$tasks,
      DefaultValuedParameter<"int64_t", "1">:$filters,
      Kernel_LanesParameter:$lanes);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Kernel_WinogradScheduleAttr : AttrDef<Kernel_Dialect, "WinogradSchedule"> {
  let mnemonic = "winograd_schedule";
  let summary = "The choices that decide the speed of a Winograd convolution";
  let description = [{
    A block of `block` tiles is transformed at a time; the matrix products hold `registers` tiles of `filters` blocks of filters in
    registers. All products of one point with `panel` blocks of filters are computed before those of the next point: the
    transformed input is read so many times less often, but that many more products have to be kept. Blocks of tiles, or where
    one block has all tiles blocks of filters, are split into `tasks` equal parts. With `filterTile` m the filter is blocked, as
    kernel.conv has it, and the kernel transforms it for tiles of m on the way: memory delivers fewer weights, and each is
    transformed once for every `registers` tiles. With 0 it comes transformed. choose-kernel sets it.

    Example: `#kernel.winograd_schedule<block = 28, registers = 14, tasks = 8, panel = 4, filters = 2>`.
  }];
  let parameters = (ins "int64_t":$block, "int64_t":$registers, "int64_t":$tasks, DefaultValuedParameter<"int64_t", "1">:$panel,
      DefaultValuedParameter<"int64_t", "1">:$filters, DefaultValuedParameter<"int64_t", "0">:$filterTile);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Kernel_PoolKindAttr : EnumAttr<Kernel_Dialect, Kernel_PoolKind, "pool_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

// Buffers and how an op touches them.
def Kernel_Buffer : StaticShapeMemRefOf<[AnyType]>;
def Kernel_In : Arg<Kernel_Buffer, "read", [MemRead]>;
def Kernel_OptionalIn : Arg<Optional<Kernel_Buffer>, "read", [MemRead]>;
def Kernel_VariadicIn : Arg<Variadic<Kernel_Buffer>, "read", [MemRead]>;
def Kernel_OptionalScratch : Arg<Optional<Kernel_Buffer>, "written, then read", [MemRead, MemWrite]>;
def Kernel_Out : Arg<Kernel_Buffer, "written", [MemWrite]>;
def Kernel_Scratch : Arg<Kernel_Buffer, "written, then read", [MemRead, MemWrite]>;

#endif // KILN_DIALECTS_KERNEL_KERNELBASE_TD
