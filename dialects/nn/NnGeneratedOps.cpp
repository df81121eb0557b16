// The generated definitions of the nn ops, alone in their file because they are slow to compile.
#include "dialects/nn/NnDialect.h"

#define GET_OP_CLASSES
#include "dialects/nn/NnOps.cpp.inc"
