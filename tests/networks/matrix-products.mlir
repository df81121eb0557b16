// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Products of matrices that are both inputs: fewer and more rows than a tile, columns that fill no, some and many vectors, batches
// that both have, that one has, and that broadcast; a vector on either side; a right-hand side that is larger than a cache.
// CHECK: agree
func.func @main(%a: tensor<2x3x17x9xf32>, %b: tensor<2x3x9x37xf32>, %c: tensor<3x9x5xf32>, %d: tensor<2x1x9x16xf32>, %v: tensor<9xf32>,
                %p: tensor<13x700xf32>, %q: tensor<700x205xf32>, %one: tensor<1x9xf32>, %r: tensor<2x13x700xf32>, %s: tensor<2x700x205xf32>)
    -> (tensor<2x3x17x37xf32>, tensor<2x3x17x5xf32>, tensor<2x3x17x16xf32>, tensor<2x3x17xf32>, tensor<2x3x37xf32>, tensor<13x205xf32>,
        tensor<2x3x1x37xf32>, tensor<2x13x205xf32>) {
  %0 = nn.matmul(%a, %b) : (tensor<2x3x17x9xf32>, tensor<2x3x9x37xf32>) -> tensor<2x3x17x37xf32>
  %1 = nn.matmul(%a, %c) : (tensor<2x3x17x9xf32>, tensor<3x9x5xf32>) -> tensor<2x3x17x5xf32>
  %2 = nn.matmul(%a, %d) : (tensor<2x3x17x9xf32>, tensor<2x1x9x16xf32>) -> tensor<2x3x17x16xf32>
  %3 = nn.matmul(%a, %v) : (tensor<2x3x17x9xf32>, tensor<9xf32>) -> tensor<2x3x17xf32>
  %4 = nn.matmul(%v, %b) : (tensor<9xf32>, tensor<2x3x9x37xf32>) -> tensor<2x3x37xf32>
  %5 = nn.matmul(%p, %q) : (tensor<13x700xf32>, tensor<700x205xf32>) -> tensor<13x205xf32>
  %6 = nn.matmul(%one, %b) : (tensor<1x9xf32>, tensor<2x3x9x37xf32>) -> tensor<2x3x1x37xf32>
  %7 = nn.matmul(%r, %s) : (tensor<2x13x700xf32>, tensor<2x700x205xf32>) -> tensor<2x13x205xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<2x3x17x37xf32>, tensor<2x3x17x5xf32>, tensor<2x3x17x16xf32>, tensor<2x3x17xf32>,
      tensor<2x3x37xf32>, tensor<13x205xf32>, tensor<2x3x1x37xf32>, tensor<2x13x205xf32>
}
