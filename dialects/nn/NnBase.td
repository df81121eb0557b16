// The nn dialect: its definition, element types and the base classes of its ops.
#ifndef KILN_DIALECTS_NN_NNBASE_TD
#define KILN_DIALECTS_NN_NNBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Nn_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::kiln::nn";
  let summary = "Convolutional networks on tensors";
  let description = [{
    The ops of convolutional networks, with value semantics on statically shaped ranked tensors in the logical
    order N, C, spatial dimensions. One op serves 1-D, 2-D and 3-D: the length of `strides` tells. `pads` holds all
    begins, then all ends. Formulas are those of the ONNX operator of the same name unless an op says otherwise.
    A frontend creates these ops; `compiler/schedule` turns them into the kernel dialect.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

// Element types of DESIGN: floats, signless integers, and ui8.
def Nn_Float : AnyTypeOf<[F16, BF16, F32, F64]>;
def Nn_Integer : AnyTypeOf<[I8, UI8, I16, I32, I64, I1]>;
def Nn_Element : AnyTypeOf<[F16, BF16, F32, F64, I8, UI8, I16, I32, I64, I1]>;

class Nn_TensorOf<list<Type> elements, string name> : Type<
    And<[RankedTensorOf<elements>.predicate, HasStaticShapePred]>,
    "statically shaped tensor of " # name # " values", "::mlir::RankedTensorType">;

def Nn_Tensor : Nn_TensorOf<[Nn_Element], "any element type">;
def Nn_FloatTensor : Nn_TensorOf<[Nn_Float], "floating-point">;
def Nn_IndexTensor : Nn_TensorOf<[AnyTypeOf<[I32, I64]>], "i32 or i64">;

// Every op is pure. Where results are inferred, a layout encoding does not take part in the comparison with the
// inferred type, because the schedule sets it in place.
class Nn_Op<string mnemonic, list<Trait> traits = []> : Op<Nn_Dialect, mnemonic, traits # [Pure]>;

// The result at a position depends on the (broadcast) operands at that position alone.
def Nn_PointwiseTrait : NativeOpTrait<"Pointwise"> {
  let cppNamespace = "::kiln::nn";
}

// Inference of result types that compares them without their layout encodings.
def Nn_InferTypes : InferTypeOpAdaptorBase<[{
  static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
    return ::kiln::nn::equalIgnoringEncoding(inferred, actual);
  }
}]>;

class Nn_InferOp<string mnemonic, list<Trait> traits = []> : Nn_Op<mnemonic, traits # [Nn_InferTypes]>;

#endif // KILN_DIALECTS_NN_NNBASE_TD
