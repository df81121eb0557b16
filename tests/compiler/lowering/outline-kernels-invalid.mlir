// RUN: kiln-opt %s --split-input-file --verify-diagnostics --lowering-outline-kernels

// Kernels get buffers; a number that is no constant cannot go with them.
func.func @scalar(%out: memref<64xi8>, %weights: memref<0xi8>, %arena: memref<0xi8>) attributes {kernel.entry} {
  %c0 = arith.constant 0 : index
  %y = memref.view %out[%c0][] : memref<64xi8> to memref<16xf32>
  %x = memref.load %y[%c0] : memref<16xf32>
  // expected-error@+1 {{uses a value that is neither a constant nor a static buffer: 'f32'}}
  linalg.fill ins(%x : f32) outs(%y : memref<16xf32>)
  return
}
