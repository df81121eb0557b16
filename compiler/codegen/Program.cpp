// See Program.h. The descriptor's fields follow kiln/program.h one by one; a test compares the
// layouts.
#include "compiler/codegen/Program.h"
#include "compiler/codegen/Manifest.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/TargetParser/Triple.h"

namespace kiln {

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(llvm::Module &module, const ArtifactDescription &description)
      : module(module), context(module.getContext()), d(description),
        pointer(llvm::PointerType::get(context, 0)), i32(llvm::Type::getInt32Ty(context)),
        i64(llvm::Type::getInt64Ty(context)) {}

  llvm::GlobalVariable *buildDescriptor(llvm::Function *body, llvm::Function *prepare);
  void buildFunctions(llvm::GlobalVariable *program);
  void buildMain(llvm::GlobalVariable *program);

private:
  llvm::Constant *number32(uint64_t value) { return llvm::ConstantInt::get(i32, value); }
  llvm::Constant *number64(uint64_t value) { return llvm::ConstantInt::get(i64, value); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(pointer); }

  llvm::GlobalVariable *addConstant(llvm::Constant *value, const llvm::Twine &name);
  llvm::Constant *addText(llvm::StringRef text);
  llvm::Constant *addFloats(const std::vector<float> &values);
  llvm::Constant *addTensors(const std::vector<TensorInfo> &tensors, llvm::StringRef name);
  llvm::Constant *addLabels();
  llvm::Constant *addManifest(uint64_t &bytes);
  llvm::Constant *weightsPointer();
  llvm::Constant *preprocess();
  void addForwarder(llvm::StringRef name, llvm::StringRef callee,
                    llvm::ArrayRef<llvm::StringRef> signature, llvm::GlobalVariable *program);

  llvm::Module &module;
  llvm::LLVMContext &context;
  const ArtifactDescription &d;
  llvm::PointerType *pointer;
  llvm::IntegerType *i32, *i64;
};

} // namespace

static llvm::StructType *preprocessType(llvm::LLVMContext &context) {
  llvm::Type *i32 = llvm::Type::getInt32Ty(context), *pointer = llvm::PointerType::get(context, 0);
  return llvm::StructType::get(context,
                               {i32, llvm::Type::getFloatTy(context), i32, i32, pointer, pointer});
}

static llvm::StructType *tensorType(llvm::LLVMContext &context) {
  llvm::Type *i32 = llvm::Type::getInt32Ty(context), *i64 = llvm::Type::getInt64Ty(context);
  llvm::Type *pointer = llvm::PointerType::get(context, 0);
  return llvm::StructType::get(context, {pointer, i32, i32, pointer, i64});
}

llvm::StructType *programType(llvm::LLVMContext &context) {
  llvm::Type *i32 = llvm::Type::getInt32Ty(context), *i64 = llvm::Type::getInt64Ty(context);
  llvm::Type *pointer = llvm::PointerType::get(context, 0);
  return llvm::StructType::get(context, {i32,
                                         i32,
                                         pointer,
                                         pointer, // version .. cpu
                                         i64,
                                         i64,
                                         i64,
                                         i64,
                                         i64, // features .. digest
                                         pointer,
                                         pointer,
                                         pointer,
                                         pointer, // weights .. prepare
                                         i32,
                                         i32,
                                         pointer,
                                         pointer, // tensors
                                         preprocessType(context),
                                         pointer,
                                         i64,
                                         pointer,
                                         i64}); // .. manifest
}

llvm::GlobalVariable *ProgramBuilder::addConstant(llvm::Constant *value, const llvm::Twine &name) {
  auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::PrivateLinkage, value, name);
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return global;
}

llvm::Constant *ProgramBuilder::addText(llvm::StringRef text) {
  return addConstant(llvm::ConstantDataArray::getString(context, text), d.name + "_text");
}

llvm::Constant *ProgramBuilder::addFloats(const std::vector<float> &values) {
  if (values.empty())
    return null();
  return addConstant(llvm::ConstantDataArray::get(context, llvm::ArrayRef(values)),
                     d.name + "_floats");
}

llvm::Constant *ProgramBuilder::addTensors(const std::vector<TensorInfo> &tensors,
                                           llvm::StringRef name) {
  if (tensors.empty())
    return null();
  llvm::SmallVector<llvm::Constant *> elements;
  for (const TensorInfo &tensor : tensors) {
    llvm::SmallVector<uint64_t> dims(tensor.shape.begin(), tensor.shape.end());
    llvm::Constant *shape = null();
    if (!dims.empty())
      shape = addConstant(llvm::ConstantDataArray::get(context, dims), d.name + "_dims");
    elements.push_back(llvm::ConstantStruct::get(tensorType(context), addText(tensor.name),
                                                 number32(tensor.dtype), number32(dims.size()),
                                                 shape, number64(tensor.bytes())));
  }
  auto *type = llvm::ArrayType::get(tensorType(context), elements.size());
  return addConstant(llvm::ConstantArray::get(type, elements), d.name + "_" + name);
}

llvm::Constant *ProgramBuilder::addLabels() {
  if (d.labels.empty())
    return null();
  llvm::SmallVector<llvm::Constant *> texts;
  for (const std::string &label : d.labels)
    texts.push_back(addText(label));
  auto *type = llvm::ArrayType::get(pointer, texts.size());
  return addConstant(llvm::ConstantArray::get(type, texts), d.name + "_labels");
}

llvm::Constant *ProgramBuilder::addManifest(uint64_t &bytes) {
  std::vector<uint8_t> manifest = buildManifest(d);
  bytes = manifest.size();
  llvm::GlobalVariable *global = addConstant(
      llvm::ConstantDataArray::get(context, llvm::ArrayRef(manifest)), d.name + "_manifest");
  if (module.getTargetTriple().isOSBinFormatELF())
    global->setSection("kiln_manifest");
  global->setAlignment(llvm::Align(16));
  return global;
}

llvm::Constant *ProgramBuilder::weightsPointer() {
  if (!d.hasEmbeddedWeights())
    return null();
  auto *weights =
      new llvm::GlobalVariable(module, llvm::Type::getInt8Ty(context), /*isConstant=*/true,
                               llvm::GlobalValue::ExternalLinkage, nullptr, d.name + "_weights");
  weights->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return weights;
}

llvm::Constant *ProgramBuilder::preprocess() {
  const PreprocessInfo &p = d.preprocess;
  return llvm::ConstantStruct::get(preprocessType(context), number32(p.channels),
                                   llvm::ConstantFP::get(llvm::Type::getFloatTy(context), p.scale),
                                   number32(p.mean.size()), number32(p.std.size()),
                                   addFloats(p.mean), addFloats(p.std));
}

llvm::GlobalVariable *ProgramBuilder::buildDescriptor(llvm::Function *body,
                                                      llvm::Function *prepare) {
  uint64_t manifestBytes = 0;
  llvm::Constant *manifest = addManifest(manifestBytes);
  llvm::Constant *value = llvm::ConstantStruct::get(
      programType(context), number32(KILN_API_VERSION), number32(d.threads), addText(d.name),
      addText(d.cpu), number64(d.cpuFeatureBits), number64(d.arenaBytes), number64(d.weightsBytes),
      number64(d.preparedBytes), number64(d.weightsDigest), weightsPointer(),
      d.weightsFile.empty() ? null() : addText(d.weightsFile), body,
      prepare ? static_cast<llvm::Constant *>(prepare) : null(), number32(d.inputs.size()),
      number32(d.outputs.size()), addTensors(d.inputs, "inputs"), addTensors(d.outputs, "outputs"),
      preprocess(), addLabels(), number64(d.labels.size()), manifest, number64(manifestBytes));
  return new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                  llvm::GlobalValue::ExternalLinkage, value, d.name + "_program");
}

/// `signature` names the parameters after the program: "pointer", or "buffer" for a kiln_buffer by
/// value. Such a struct of two words travels in two registers on x86-64, AArch64 and RISC-V, and by
/// address on wasm.
void ProgramBuilder::addForwarder(llvm::StringRef name, llvm::StringRef callee,
                                  llvm::ArrayRef<llvm::StringRef> signature,
                                  llvm::GlobalVariable *program) {
  const llvm::Triple &triple = module.getTargetTriple();
  llvm::SmallVector<llvm::Type *> parameters;
  for (llvm::StringRef parameter : signature) {
    parameters.push_back(pointer);
    if (parameter == "buffer" && !triple.isWasm())
      parameters.push_back(module.getDataLayout().getIntPtrType(context));
  }
  auto *type = llvm::FunctionType::get(i32, parameters, /*isVarArg=*/false);
  auto *function =
      llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, d.name + "_" + name, module);
  parameters.insert(parameters.begin(), pointer);
  llvm::FunctionCallee target = module.getOrInsertFunction(
      callee, llvm::FunctionType::get(i32, parameters, /*isVarArg=*/false));
  llvm::cast<llvm::Function>(target.getCallee())
      ->setVisibility(llvm::GlobalValue::HiddenVisibility);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "", function));
  llvm::SmallVector<llvm::Value *> arguments{program};
  for (llvm::Argument &argument : function->args())
    arguments.push_back(&argument);
  builder.CreateRet(builder.CreateCall(target, arguments));
}

void ProgramBuilder::buildFunctions(llvm::GlobalVariable *program) {
  addForwarder("open", "kiln_open", {"pointer", "buffer", "buffer", "pointer"}, program);
  addForwarder("run", "kiln_run", {"pointer", "pointer", "pointer", "buffer", "pointer"}, program);
}

void ProgramBuilder::buildMain(llvm::GlobalVariable *program) {
  new llvm::GlobalVariable(module, pointer, /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage,
                           program, "kiln_main_program");
}

static llvm::Expected<llvm::Function *> takeFunction(llvm::Module &module,
                                                     const std::string &name) {
  llvm::Function *function = module.getFunction(name);
  if (!function || function->isDeclaration())
    return llvm::createStringError("the module does not define " + name);
  if (function->arg_size() != 5 || !function->getReturnType()->isVoidTy())
    return llvm::createStringError(name + " does not have the signature of kiln_body");
  return function;
}

llvm::Error addProgram(llvm::Module &module, const ArtifactDescription &description,
                       ProgramMain main) {
  llvm::Expected<llvm::Function *> body = takeFunction(module, description.name + "_body");
  if (!body)
    return body.takeError();
  llvm::Function *prepare = nullptr;
  if (description.preparedBytes != 0) {
    llvm::Expected<llvm::Function *> found = takeFunction(module, description.name + "_prepare");
    if (!found)
      return found.takeError();
    prepare = *found;
  }
  for (llvm::GlobalValue &value : module.global_values())
    if (!value.isDeclaration() && !value.getName().starts_with("llvm."))
      value.setLinkage(llvm::GlobalValue::InternalLinkage);
  ProgramBuilder builder(module, description);
  llvm::GlobalVariable *program = builder.buildDescriptor(*body, prepare);
  builder.buildFunctions(program);
  if (main == ProgramMain::This)
    builder.buildMain(program);
  module.setSourceFileName(description.name);
  module.setModuleIdentifier(description.name);
  return llvm::Error::success();
}

} // namespace kiln
