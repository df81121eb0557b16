# The libraries that Kiln stands on. All come from Debian packages; tools/install-packages names them.

find_program(KILN_LLVM_CONFIG NAMES llvm-config-22 REQUIRED)
execute_process(COMMAND ${KILN_LLVM_CONFIG} --prefix
                OUTPUT_VARIABLE KILN_LLVM_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)

# An exact major.minor match is what MLIRConfigVersion accepts.
find_package(MLIR 22.1 REQUIRED CONFIG PATHS ${KILN_LLVM_PREFIX}/lib/cmake/mlir NO_DEFAULT_PATH)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

find_package(Protobuf REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_program(KILN_FLATC NAMES flatc REQUIRED)
find_path(KILN_FLATBUFFERS_INCLUDE flatbuffers/flatbuffers.h REQUIRED)
find_path(KILN_STB_INCLUDE stb_image.h PATH_SUFFIXES stb REQUIRED)
find_path(KILN_ONNX_INCLUDE onnx/onnx_pb.h REQUIRED)
# The message classes; nothing else of libonnx is linked.
find_library(KILN_ONNX_LIBRARY onnx_proto REQUIRED)

# Keras models: HDF5 files, alone and in zip archives.
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_path(KILN_ZIP_INCLUDE zip.h REQUIRED)
find_library(KILN_ZIP_LIBRARY zip REQUIRED)
