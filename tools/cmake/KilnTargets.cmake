# How Kiln's own targets are made: one precompiled header for every C++ library, the two shared MLIR and
# LLVM libraries (never their static archives beside them), warnings as errors.

set(KILN_WARNINGS -Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialised values in the parsers that mlir-tblgen writes, where there are none.
  list(APPEND KILN_WARNINGS -Wno-maybe-uninitialized)
endif()
if(KILN_WERROR)
  list(APPEND KILN_WARNINGS -Werror)
endif()

# Settings shared by every target that holds code of ours.
add_library(kiln_options INTERFACE)
target_compile_options(kiln_options INTERFACE ${KILN_WARNINGS})
if(KILN_SANITIZE)
  target_compile_options(kiln_options INTERFACE -fsanitize=${KILN_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(kiln_options INTERFACE -fsanitize=${KILN_SANITIZE})
  add_library(kiln_sanitizer_options OBJECT ${CMAKE_SOURCE_DIR}/tools/cmake/SanitizerOptions.c)
  target_link_libraries(kiln_options INTERFACE $<TARGET_OBJECTS:kiln_sanitizer_options>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # The functions of compiled networks carry no signature in front of them, where this check reads one.
    target_compile_options(kiln_options INTERFACE -fno-sanitize=function)
  endif()
endif()

# Settings of the C++ code that is built on MLIR: exceptions off, RTTI on as in Debian's libraries.
add_library(kiln_mlir_options INTERFACE)
target_link_libraries(kiln_mlir_options INTERFACE kiln_options)
target_include_directories(kiln_mlir_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
target_include_directories(kiln_mlir_options SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_options(kiln_mlir_options INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # ccache can only share objects built with a precompiled header that carries no time stamp.
  target_compile_options(kiln_mlir_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>)
endif()
target_link_libraries(kiln_mlir_options INTERFACE MLIR LLVM)

# Programs share the precompiled header of the libraries, so both are compiled in the same way.
set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)

add_library(kiln_pch STATIC ${CMAKE_SOURCE_DIR}/tools/cmake/Pch.cpp)
target_link_libraries(kiln_pch PUBLIC kiln_mlir_options)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # g++'s precompiled headers are half a gigabyte and save little.
  target_precompile_headers(kiln_pch PRIVATE ${CMAKE_SOURCE_DIR}/tools/cmake/Pch.h)
  add_dependencies(kiln_pch KilnNnIncGen KilnKernelIncGen KilnKernelEnumsIncGen)
endif()

# kiln_use_pch(TARGET): g++ compiles without.
function(kiln_use_pch target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_precompile_headers(${target} REUSE_FROM kiln_pch)
  endif()
endfunction()

# kiln_add_library(NAME SOURCES... [DEPENDS tablegen targets...] [LINK libraries...] [NO_PCH])
# NO_PCH is for files that include LLVM code generation headers and no MLIR header.
function(kiln_add_library name)
  cmake_parse_arguments(ARG "NO_PCH" "" "SOURCES;DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC kiln_mlir_options ${ARG_LINK})
  if(NOT ARG_NO_PCH)
    kiln_use_pch(${name})
  endif()
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# kiln_add_tool(NAME SOURCES... [LINK libraries...]): a program that is installed.
function(kiln_add_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE kiln_mlir_options ${ARG_LINK})
  kiln_use_pch(${name})
  install(TARGETS ${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# kiln_add_tablegen(TARGET FILE.td [generator flag, output]...): headers are included by their path from the root.
function(kiln_add_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(rest ${ARGN})
  while(rest)
    list(POP_FRONT rest output flags)
    string(REPLACE " " ";" flags "${flags}")
    mlir_tablegen(${output} ${flags} -I ${CMAKE_SOURCE_DIR} -I ${MLIR_INCLUDE_DIRS})
  endwhile()
  add_public_tablegen_target(${target})
endfunction()

# kiln_add_page(NAME FILE.td generator flags...): the target `docs` writes docs/NAME.md in the build folder.
function(kiln_add_page name td)
  set(page ${CMAKE_BINARY_DIR}/docs/${name}.md)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/dialects/*.td)
  add_custom_command(OUTPUT ${page}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/docs
    COMMAND ${MLIR_TABLEGEN_EXE} ${ARGN} -I ${CMAKE_SOURCE_DIR} -I ${MLIR_INCLUDE_DIRS} ${CMAKE_CURRENT_SOURCE_DIR}/${td} -o ${page}
    DEPENDS ${td} ${sources} COMMENT "docs/${name}.md")
  add_custom_target(docs-${name} DEPENDS ${page})
  if(NOT TARGET docs)
    add_custom_target(docs)
  endif()
  add_dependencies(docs docs-${name})
endfunction()
