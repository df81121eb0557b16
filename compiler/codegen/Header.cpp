// See Header.h. The C part is C99, the C++ part C++20.
#include "compiler/codegen/Header.h"
#include "compiler/codegen/Identifiers.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

namespace kiln {

namespace {

/// The names under which one tensor appears in the header.
struct Field {
  const TensorInfo &tensor;
  std::string name;  // image
  std::string macro; // NET_INPUT_IMAGE
};

class HeaderWriter {
public:
  HeaderWriter(const ArtifactDescription &description, llvm::raw_ostream &os)
      : d(description), os(os), name(d.name), upper(llvm::StringRef(d.name).upper()),
        inputs(fields(d.inputs, "_INPUT_")), outputs(fields(d.outputs, "_OUTPUT_")) {}

  void write();

private:
  std::vector<Field> fields(const std::vector<TensorInfo> &tensors, llvm::StringRef infix) const;
  void writeIntroduction();
  void writeConstants();
  void writeTensorConstants(const Field &field);
  void writeStruct(llvm::StringRef role, const std::vector<Field> &fields,
                   llvm::StringRef qualifier);
  void writeFunctions();
  void writeClass();
  void writeSpans();

  const ArtifactDescription &d;
  llvm::raw_ostream &os;
  std::string name, upper;
  std::vector<Field> inputs, outputs;
};

} // namespace

static llvm::StringRef cType(kiln_dtype dtype) {
  switch (dtype) {
  case KILN_F32:
    return "float";
  case KILN_F16:
  case KILN_BF16:
    return "uint16_t";
  case KILN_F64:
    return "double";
  case KILN_I8:
    return "int8_t";
  case KILN_U8:
  case KILN_BOOL:
    return "uint8_t";
  case KILN_I16:
    return "int16_t";
  case KILN_I32:
    return "int32_t";
  case KILN_I64:
    return "int64_t";
  }
  return "unsigned char";
}

/// A model's name inside a C comment: printable ASCII, unable to end the comment.
static std::string commentText(llvm::StringRef text) {
  std::string result;
  for (char c : text)
    result.push_back(c < ' ' || c > '~' || c == '*' || c == '\\' ? '_' : c);
  return result;
}

static std::string shapeText(const std::vector<int64_t> &shape) {
  std::string result;
  for (int64_t extent : shape)
    result += "[" + std::to_string(extent) + "]";
  return result;
}

std::vector<Field> HeaderWriter::fields(const std::vector<TensorInfo> &tensors,
                                        llvm::StringRef infix) const {
  std::vector<Field> result;
  for (auto [tensor, field] : llvm::zip_equal(tensors, fieldNames(tensors)))
    result.push_back({tensor, field, upper + infix.str() + llvm::StringRef(field).upper()});
  return result;
}

void HeaderWriter::write() {
  writeIntroduction();
  writeConstants();
  os << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  writeStruct("inputs", inputs, "const ");
  writeStruct("outputs", outputs, "");
  writeFunctions();
  os << "#ifdef __cplusplus\n} /* extern \"C\" */\n\n";
  writeClass();
  os << "#endif /* __cplusplus */\n\n#endif /* KILN_NETWORK_" << upper << "_H */\n";
}

void HeaderWriter::writeIntroduction() {
  os << "/* " << name << ".h: the interface of a network, written by "
     << commentText(d.compilerVersion) << ".\n"
     << " * Compiled for " << commentText(d.cpu) << " (" << commentText(d.triple)
     << "). Link with the network's "
     << "object or library and -lkiln_runtime.\n"
     << " *\n"
     << " *     " << name << "_model model;\n"
     << " *     kiln_buffer none = {NULL, 0}, arena = {memory, " << upper << "_ARENA_BYTES};\n"
     << " *     if (" << name << "_open(&model, none, none, NULL) == KILN_OK)\n"
     << " *       status = " << name << "_run(&model, &inputs, &outputs, arena, NULL);\n"
     << " */\n"
     << "#ifndef KILN_NETWORK_" << upper << "_H\n#define KILN_NETWORK_" << upper << "_H\n\n"
     << "#include \"kiln/kiln.h\"\n\n"
     << "#if KILN_API_VERSION != " << KILN_API_VERSION << "\n"
     << "#error \"" << name
     << ".h and kiln/kiln.h are of different API versions: compile the network again\"\n"
     << "#endif\n\n";
}

void HeaderWriter::writeConstants() {
  auto define = [&](llvm::StringRef what, const llvm::Twine &value, llvm::StringRef comment) {
    os << "#define " << upper << "_" << what << " " << value;
    if (!comment.empty())
      os << " /* " << comment << " */";
    os << "\n";
  };
  define("ARENA_BYTES", llvm::Twine(d.arenaBytes) + "u", "working memory of one run, any contents");
  define("WEIGHTS_BYTES", llvm::Twine(d.weightsBytes) + "u",
         d.hasEmbeddedWeights() || d.weightsBytes == 0 ? "embedded"
                                                       : "kept in a file of their own");
  define("PREPARED_BYTES", llvm::Twine(d.preparedBytes) + "u", "memory for work at load");
  define("ALIGNMENT", llvm::Twine(KILN_ALIGNMENT), "of arena, weights and prepared weights");
  define("THREADS", llvm::Twine(d.threads), "the most that the network uses");
  define("INPUTS", llvm::Twine(d.inputs.size()), "");
  define("OUTPUTS", llvm::Twine(d.outputs.size()), "");
  os << "\n";
  for (const Field &field : inputs)
    writeTensorConstants(field);
  for (const Field &field : outputs)
    writeTensorConstants(field);
}

void HeaderWriter::writeTensorConstants(const Field &field) {
  os << "/* " << commentText(field.tensor.name) << ": " << kiln_dtype_name(field.tensor.dtype)
     << " " << shapeText(field.tensor.shape) << " */\n"
     << "#define " << field.macro << "_ELEMENTS " << field.tensor.elements() << "u\n"
     << "#define " << field.macro << "_BYTES " << field.tensor.bytes() << "u\n"
     << "#define " << field.macro << "_RANK " << field.tensor.shape.size() << "\n";
  if (!field.tensor.shape.empty()) {
    os << "#define " << field.macro << "_SHAPE {";
    llvm::interleaveComma(field.tensor.shape, os);
    os << "}\n";
  }
  os << "\n";
}

void HeaderWriter::writeStruct(llvm::StringRef role, const std::vector<Field> &fields,
                               llvm::StringRef qualifier) {
  os << "/* " << (role == "inputs" ? "Read" : "Written") << " by " << name
     << "_run; dense, row-major, owned by the caller, none NULL. Field, model's name, shape: */\n"
     << "typedef struct " << name << "_" << role << " {\n";
  if (fields.empty())
    os << "  " << qualifier << "void *none; /* the network has no " << role << " */\n";
  for (const Field &field : fields)
    os << "  " << qualifier << cType(field.tensor.dtype) << " *" << field.name << "; /* "
       << commentText(field.tensor.name) << ": " << kiln_dtype_name(field.tensor.dtype)
       << shapeText(field.tensor.shape) << " */\n";
  os << "} " << name << "_" << role << ";\n\n";
}

void HeaderWriter::writeFunctions() {
  os << "/* An opened network: small, owned by the caller, may be copied and shared by threads; "
        "nothing to close. */\n"
     << "typedef struct " << name << "_model {\n  kiln_model opened;\n} " << name << "_model;\n\n"
     << "/* Checks the CPU and the weights and fills in *model.\n"
     << " *   weights   {NULL, 0}: the embedded ones. Otherwise " << upper
     << "_WEIGHTS_BYTES bytes aligned to " << upper << "_ALIGNMENT,\n"
     << " *             read through once and compared with their digest; they stay the caller's "
        "and in use.\n"
     << " *   prepared  {NULL, 0} where " << upper
     << "_PREPARED_BYTES is 0. Otherwise that many aligned bytes, filled here\n"
     << " *             and in use as long as *model.\n"
     << " *   pool      threads for the work at load, or NULL.\n"
     << " * Returns KILN_OK or what is wrong; *model is unusable then. */\n"
     << "kiln_status " << name << "_open(" << name
     << "_model *model, kiln_buffer weights, kiln_buffer prepared,\n"
     << "    const kiln_pool *pool);\n\n"
     << "/* One inference. Re-entrant: calls at the same time need an arena and outputs each. "
        "Inputs,\n"
     << " * outputs and arena do not overlap.\n"
     << " *   arena  " << upper << "_ARENA_BYTES bytes aligned to " << upper
     << "_ALIGNMENT, any contents.\n"
     << " *   pool   threads to share the work with, or NULL for the calling thread alone; same "
        "results.\n"
     << " * Returns KILN_OK or what is wrong; the outputs are untouched then. */\n"
     << "kiln_status " << name << "_run(const " << name << "_model *model, const " << name
     << "_inputs *inputs,\n"
     << "    const " << name << "_outputs *outputs, kiln_buffer arena, const kiln_pool *pool);\n\n";
}

/// The parameters of the C++ run function, one span a tensor.
void HeaderWriter::writeSpans() {
  auto parameter = [&](const Field &field, llvm::StringRef qualifier, llvm::StringRef prefix) {
    os << "std::span<" << qualifier << cType(field.tensor.dtype).str() << ", " << field.macro
       << "_ELEMENTS> " << prefix << field.name << ",\n      ";
  };
  for (const Field &field : inputs)
    parameter(field, "const ", "in_");
  for (const Field &field : outputs)
    parameter(field, "", "out_");
}

void HeaderWriter::writeClass() {
  os << "#if __cplusplus >= 202002L\n#include <cstddef>\n#include <span>\n\n"
     << "namespace " << name << "_network {\n\n"
     << "/* Working memory of one run; too large for the stack as a rule: "
        "std::make_unique<Arena>(). */\n"
     << "struct alignas(" << upper << "_ALIGNMENT) Arena {\n"
     << "  std::byte bytes[" << upper << "_ARENA_BYTES != 0 ? " << upper
     << "_ARENA_BYTES : 1];\n};\n\n"
     << "/* " << name << "_open and " << name << "_run with sizes checked by the compiler. */\n"
     << "class Network {\npublic:\n"
     << "  kiln_status open(kiln_buffer weights = {}, kiln_buffer prepared = {}, const kiln_pool "
        "*pool = nullptr) {\n"
     << "    return ::" << name << "_open(&model, weights, prepared, pool);\n  }\n\n"
     << "  kiln_status run(";
  writeSpans();
  os << "Arena &arena, const kiln_pool *pool = nullptr) const {\n    const ::" << name
     << "_inputs inputs = {";
  llvm::interleaveComma(inputs, os,
                        [&](const Field &field) { os << "in_" << field.name << ".data()"; });
  os << (inputs.empty() ? "nullptr" : "") << "};\n    const ::" << name << "_outputs outputs = {";
  llvm::interleaveComma(outputs, os,
                        [&](const Field &field) { os << "out_" << field.name << ".data()"; });
  os << (outputs.empty() ? "nullptr" : "") << "};\n"
     << "    return ::" << name
     << "_run(&model, &inputs, &outputs, {arena.bytes, sizeof(arena.bytes)}, pool);\n  }\n\n"
     << "private:\n  ::" << name << "_model model = {};\n};\n\n"
     << "} /* namespace " << name << "_network */\n#endif\n\n";
}

std::string writeHeader(const ArtifactDescription &description) {
  std::string text;
  llvm::raw_string_ostream os(text);
  HeaderWriter(description, os).write();
  return text;
}

} // namespace kiln
