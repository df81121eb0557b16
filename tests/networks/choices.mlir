// RUN: kiln check %s | FileCheck %s
// RUN: kiln check --target=x86-64-v3 %s | FileCheck %s

// Comparisons, choices and rounding against the reference evaluator: alone and in a chain, on maps behind a convolution, on halves,
// bytes, integers and truth values.
// CHECK: agree
func.func @main(%map: tensor<1x19x6x5xf32>, %half: tensor<2x37xf16>, %bytes: tensor<3x21xui8>, %count: tensor<3x1xi64>)
    -> (tensor<1x19x6x5xf32>, tensor<1x19x6x5xi1>, tensor<2x37xf16>, tensor<3x21xi1>, tensor<3x21xui8>, tensor<3x21xi64>) {
  %zero = nn.constant(dense<0.0> : tensor<f32>) : tensor<f32>
  %filter = nn.constant(dense<0.02> : tensor<19x19x3x3xf32>) : tensor<19x19x3x3xf32>
  %conv = nn.conv(%map, %filter) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x19x6x5xf32>, tensor<19x19x3x3xf32>) -> tensor<1x19x6x5xf32>
  %below = nn.compare(%conv, %map) {predicate = #nn.predicate<less>} : (tensor<1x19x6x5xf32>, tensor<1x19x6x5xf32>) -> tensor<1x19x6x5xi1>
  %rounded = nn.round(%map) : (tensor<1x19x6x5xf32>) -> tensor<1x19x6x5xf32>
  %chosen = nn.select(%below, %rounded, %zero) : (tensor<1x19x6x5xi1>, tensor<1x19x6x5xf32>, tensor<f32>) -> tensor<1x19x6x5xf32>
  %after = nn.conv(%chosen, %filter) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x19x6x5xf32>, tensor<19x19x3x3xf32>) -> tensor<1x19x6x5xf32>

  %limit = nn.constant(dense<0.25> : tensor<f16>) : tensor<f16>
  %small = nn.compare(%half, %limit) {predicate = #nn.predicate<less_equal>} : (tensor<2x37xf16>, tensor<f16>) -> tensor<2x37xi1>
  %halves = nn.round(%half) : (tensor<2x37xf16>) -> tensor<2x37xf16>
  %clipped = nn.select(%small, %limit, %halves) : (tensor<2x37xi1>, tensor<f16>, tensor<2x37xf16>) -> tensor<2x37xf16>

  %middle = nn.constant(dense<128> : tensor<ui8>) : tensor<ui8>
  %high = nn.compare(%middle, %bytes) {predicate = #nn.predicate<less>} : (tensor<ui8>, tensor<3x21xui8>) -> tensor<3x21xi1>
  %one = nn.constant(dense<1> : tensor<ui8>) : tensor<ui8>
  %flat = nn.select(%high, %middle, %bytes) : (tensor<3x21xi1>, tensor<ui8>, tensor<3x21xui8>) -> tensor<3x21xui8>
  %odd = nn.compare(%flat, %one) {predicate = #nn.predicate<equal>} : (tensor<3x21xui8>, tensor<ui8>) -> tensor<3x21xi1>
  %either = nn.max(%high, %odd) : (tensor<3x21xi1>, tensor<3x21xi1>) -> tensor<3x21xi1>
  %none = nn.constant(dense<-1> : tensor<i64>) : tensor<i64>
  %counted = nn.select(%either, %count, %none) : (tensor<3x21xi1>, tensor<3x1xi64>, tensor<i64>) -> tensor<3x21xi64>
  return %after, %below, %clipped, %either, %flat, %counted
      : tensor<1x19x6x5xf32>, tensor<1x19x6x5xi1>, tensor<2x37xf16>, tensor<3x21xi1>, tensor<3x21xui8>, tensor<3x21xi64>
}
