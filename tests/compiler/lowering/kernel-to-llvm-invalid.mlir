// RUN: kiln-opt %s --split-input-file --verify-diagnostics --lowering-kernel-to-llvm

// Entries launch kernels; they compute nothing themselves.
func.func @net(%out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %y = memref.view %out[%c0][] : memref<64xi8> to memref<16xf32>
  // expected-error@+1 {{does not belong into an entry function here}}
  %x = memref.load %y[%c0] : memref<16xf32>
  return
}

// -----

// Weights and arena are always there.
// expected-error@+1 {{must take inputs, outputs, weights and arena, and list its inputs in 'kernel.inputs'}}
func.func @net(%arena: memref<64xi8>) attributes {kernel.entry} {
  return
}
