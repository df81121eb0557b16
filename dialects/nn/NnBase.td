// The nn dialect: its definition, element types and the base classes of its ops.
#ifndef KILN_DIALECTS_NN_NNBASE_TD
#define KILN_DIALECTS_NN_NNBASE_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/TensorEncoding.td"
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

    Rules carry labels that messages end with. Those of all ops:
    - Z1: a tensor takes at most 2^40 bytes
    - Z2: a result has the shape and element type that follow from operands and attributes
    - Z3: operands are statically shaped tensors
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
def Nn_BoolTensor : Nn_TensorOf<[I1], "i1">;
def Nn_IndexTensor : Nn_TensorOf<[AnyTypeOf<[I32, I64]>], "i32 or i64">;

// Every op is pure. Where results are inferred, a layout encoding does not take part in the comparison with the
// inferred type, because the schedule sets it in place.
class Nn_Op<string mnemonic, list<Trait> traits = []> : Op<Nn_Dialect, mnemonic, traits # [Pure]>;

// The result at a position depends on the (broadcast) operands at that position alone.
def Nn_PointwiseTrait : NativeOpTrait<"Pointwise"> {
  let cppNamespace = "::kiln::nn";
}

// An op whose one result follows from its operands and attributes. inferResult checks all of the op's rules; builders,
// createChecked and the verifier share it. refineReturnTypes leaves the comparison to the verifier, which reports once.
def Nn_RulesByInference : NativeOpTrait<"RulesByInference", [], [{
    /// The type of the result, without a layout, or a report of the first rule that does not hold.
    static ::mlir::FailureOr<::mlir::RankedTensorType> inferResult(Adaptor adaptor,
                                                                   const ::kiln::nn::RuleReporter &rules);
    static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
      return ::kiln::nn::equalIgnoringEncoding(inferred, actual);
    }
    static ::llvm::LogicalResult refineReturnTypes(::mlir::MLIRContext *, std::optional<::mlir::Location>,
        ::mlir::ValueRange, ::mlir::DictionaryAttr, ::mlir::OpaqueProperties, ::mlir::RegionRange,
        ::llvm::SmallVectorImpl<::mlir::Type> &) {
      return ::mlir::success();
    }
  }], [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(::mlir::MLIRContext *, std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr attributes, ::mlir::OpaqueProperties properties,
        ::mlir::RegionRange regions, ::llvm::SmallVectorImpl<::mlir::Type> &results) {
      ::kiln::nn::RuleReporter rules(location, getOperationName());
      if (::mlir::failed(rules.checkOperands(operands)))
        return ::mlir::failure();
      auto inferred = inferResult(Adaptor(operands, attributes, properties, regions), rules);
      if (::mlir::failed(inferred))
        return ::mlir::failure();
      results.push_back(*inferred);
      return ::mlir::success();
    }
  }]> {
  let cppNamespace = "::kiln::nn";
}
def Nn_InferTypes : TraitList<[DeclareOpInterfaceMethods<InferTypeOpInterface>, Nn_RulesByInference]>;

// I64Attr, but read as the signed number that it is.
def Nn_IntAttr : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit signless integer attribute">;

class Nn_InferOp<string mnemonic, list<Trait> traits = []> : Nn_Op<mnemonic, traits # [Nn_InferTypes]>;

#endif // KILN_DIALECTS_NN_NNBASE_TD
