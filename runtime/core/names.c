/* Texts and sizes that belong to the enumerations of the interface. */
#include "kiln/program.h"

/* The one function of the runtime that a shared library of a network offers to its users. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const char *kiln_status_message(kiln_status status) {
  switch (status) {
  case KILN_OK:
    return "success";
  case KILN_WRONG_API:
    return "the network and the Kiln runtime are of different API versions: compile the network "
           "again";
  case KILN_WRONG_CPU:
    return "this CPU lacks instructions that the network was compiled for: compile it with "
           "--target for this CPU";
  case KILN_NULL_MODEL:
    return "the model pointer is NULL";
  case KILN_NOT_OPENED:
    return "the model was not opened, or was opened for another network";
  case KILN_NULL_INPUT:
    return "an input pointer is NULL";
  case KILN_NULL_OUTPUT:
    return "an output pointer is NULL";
  case KILN_MISALIGNED_INPUT:
    return "an input is not aligned to the size of its elements";
  case KILN_MISALIGNED_OUTPUT:
    return "an output is not aligned to the size of its elements";
  case KILN_SHORT_ARENA:
    return "the arena is missing or smaller than the network's ARENA_BYTES";
  case KILN_MISALIGNED_ARENA:
    return "the arena is not aligned to 64 bytes";
  case KILN_MISSING_WEIGHTS:
    return "the network keeps its weights in a file of their own and none were given";
  case KILN_SHORT_WEIGHTS:
    return "the weights are shorter than the network's WEIGHTS_BYTES";
  case KILN_MISALIGNED_WEIGHTS:
    return "the weights are not aligned to 64 bytes";
  case KILN_WRONG_WEIGHTS:
    return "the weights belong to another network or are damaged: their digest differs";
  case KILN_SHORT_PREPARED:
    return "the buffer for prepared weights is missing or smaller than the network's "
           "PREPARED_BYTES";
  case KILN_MISALIGNED_PREPARED:
    return "the buffer for prepared weights is not aligned to 64 bytes";
  case KILN_BAD_POOL:
    return "the pool has no parallel_for or fewer than one thread";
  }
  return "unknown status";
}

size_t kiln_dtype_bytes(uint32_t dtype) {
  switch (dtype) {
  case KILN_I8:
  case KILN_U8:
  case KILN_BOOL:
    return 1;
  case KILN_F16:
  case KILN_BF16:
  case KILN_I16:
    return 2;
  case KILN_F32:
  case KILN_I32:
    return 4;
  case KILN_F64:
  case KILN_I64:
    return 8;
  default:
    return 0;
  }
}

const char *kiln_dtype_name(uint32_t dtype) {
  switch (dtype) {
  case KILN_F32:
    return "float32";
  case KILN_F16:
    return "float16";
  case KILN_BF16:
    return "bfloat16";
  case KILN_F64:
    return "float64";
  case KILN_I8:
    return "int8";
  case KILN_U8:
    return "uint8";
  case KILN_I16:
    return "int16";
  case KILN_I32:
    return "int32";
  case KILN_I64:
    return "int64";
  case KILN_BOOL:
    return "bool";
  default:
    return "unknown";
  }
}
