// The activation that ends a kernel, on a scalar or a vector. A NaN comes through every one of
// them.
#ifndef KILN_COMPILER_LOWERING_KERNELTOVECTOR_ACTIVATION_H
#define KILN_COMPILER_LOWERING_KERNELTOVECTOR_ACTIVATION_H

#include "compiler/lowering/Passes.h"

namespace kiln {

/// `activation(x)`, or x where there is none.
mlir::Value emitActivation(mlir::ImplicitLocOpBuilder &builder, nn::ActivationAttr activation,
                           mlir::Value x);

/// True for an activation of many instructions and constants: sigmoid, tanh, elu, swish.
bool isFunction(nn::ActivationAttr activation);

} // namespace kiln

#endif // KILN_COMPILER_LOWERING_KERNELTOVECTOR_ACTIVATION_H
