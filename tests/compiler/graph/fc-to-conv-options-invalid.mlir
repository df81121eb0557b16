// RUN: kiln-opt %s --verify-diagnostics --graph-fc-to-conv="input-shapes=x:1x2x8x8"
// RUN: not kiln-opt %s --graph-fc-to-conv="sliding-window input-shapes=x:1x2xa" 2>&1 | FileCheck %s

// Inputs grow for sliding windows only; a shape is numbers between x.
// CHECK: error: input shape 'x:1x2xa' is not of the form NAME:1x3x224x224
// expected-error @below {{input shapes are for sliding windows only}}
module {
  func.func @main(%x: tensor<1x2x4x4xf32> {nn.name = "x"}) -> tensor<1x2x4x4xf32> {
    return %x : tensor<1x2x4x4xf32>
  }
}
