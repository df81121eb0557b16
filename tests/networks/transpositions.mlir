// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Transpositions of squares, of parts of squares, of batches, of rows that are shorter than a vector, of integers of 32 and of eight bits.
// CHECK: agree
func.func @main(%square: tensor<160x160xf32>, %map: tensor<2x24x7x5xf32>, %parts: tensor<3x5x17x33xf32>, %narrow: tensor<1x20x20x3xf32>,
                %numbers: tensor<18x37xi32>, %bytes: tensor<40x40xi8>)
    -> (tensor<160x160xf32>, tensor<2x7x5x24xf32>, tensor<3x33x5x17xf32>, tensor<1x3x20x20xf32>, tensor<37x18xi32>, tensor<40x40xi8>,
        tensor<17x33x3x5xf32>) {
  %0 = nn.transpose(%square) {perm = array<i64: 1, 0>} : (tensor<160x160xf32>) -> tensor<160x160xf32>
  %1 = nn.transpose(%map) {perm = array<i64: 0, 2, 3, 1>} : (tensor<2x24x7x5xf32>) -> tensor<2x7x5x24xf32>
  %2 = nn.transpose(%parts) {perm = array<i64: 0, 3, 1, 2>} : (tensor<3x5x17x33xf32>) -> tensor<3x33x5x17xf32>
  %3 = nn.transpose(%narrow) {perm = array<i64: 0, 3, 1, 2>} : (tensor<1x20x20x3xf32>) -> tensor<1x3x20x20xf32>
  %4 = nn.transpose(%numbers) {perm = array<i64: 1, 0>} : (tensor<18x37xi32>) -> tensor<37x18xi32>
  %5 = nn.transpose(%bytes) {perm = array<i64: 1, 0>} : (tensor<40x40xi8>) -> tensor<40x40xi8>
  %6 = nn.transpose(%parts) {perm = array<i64: 2, 3, 0, 1>} : (tensor<3x5x17x33xf32>) -> tensor<17x33x3x5xf32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<160x160xf32>, tensor<2x7x5x24xf32>, tensor<3x33x5x17xf32>, tensor<1x3x20x20xf32>,
      tensor<37x18xi32>, tensor<40x40xi8>, tensor<17x33x3x5xf32>
}
