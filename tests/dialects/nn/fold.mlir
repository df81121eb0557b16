// RUN: kiln-opt %s --canonicalize | FileCheck %s

// What exporters write for x.view(x.size(0), -1) leaves nothing but the shape.
// CHECK-LABEL: @flatten_arithmetic
func.func @flatten_arithmetic(%x: tensor<1x50x4x4xf32>) -> tensor<2xi64> {
  // CHECK-NEXT: %[[SHAPE:.*]] = nn.constant(dense<[1, -1]> : tensor<2xi64>)
  // CHECK-NEXT: return %[[SHAPE]]
  %shape = nn.shape(%x) : (tensor<1x50x4x4xf32>) -> tensor<4xi64>
  %zero = nn.constant(dense<0> : tensor<i64>) : tensor<i64>
  %batch = nn.gather(%shape, %zero) {axis = 0 : i64} : (tensor<4xi64>, tensor<i64>) -> tensor<i64>
  %row = nn.reshape(%batch) : (tensor<i64>) -> tensor<1xi64>
  %rest = nn.constant(dense<-1> : tensor<1xi64>) : tensor<1xi64>
  %result = nn.concat(%row, %rest) {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  return %result : tensor<2xi64>
}

// The size of an upsampled map: cast, multiply, floor, cast.
// CHECK-LABEL: @resize_arithmetic
func.func @resize_arithmetic(%x: tensor<1x8x13x7xf32>) -> tensor<2xi64> {
  // CHECK-NEXT: nn.constant(dense<[19, 10]> : tensor<2xi64>)
  %shape = nn.shape(%x) : (tensor<1x8x13x7xf32>) -> tensor<4xi64>
  %size = nn.slice(%shape) {starts = array<i64: 2>, sizes = array<i64: 2>, steps = array<i64: 1>} : (tensor<4xi64>) -> tensor<2xi64>
  %float = nn.cast(%size) : (tensor<2xi64>) -> tensor<2xf32>
  %scale = nn.constant(dense<1.5> : tensor<f32>) : tensor<f32>
  %scaled = nn.mul(%float, %scale) : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %floor = nn.floor(%scaled) : (tensor<2xf32>) -> tensor<2xf32>
  %result = nn.cast(%floor) : (tensor<2xf32>) -> tensor<2xi64>
  return %result : tensor<2xi64>
}

// Integer arithmetic wraps, divides toward zero, and by zero gives zero.
// CHECK-LABEL: @integers
func.func @integers() -> (tensor<2xi8>, tensor<3xi32>, tensor<2xi64>) {
  // CHECK-DAG: %[[SUM:.*]] = nn.constant(dense<[-128, 1]> : tensor<2xi8>)
  // CHECK-DAG: %[[QUOTIENT:.*]] = nn.constant(dense<[-3, 0, -2147483648]> : tensor<3xi32>)
  // CHECK-DAG: %[[POWER:.*]] = nn.constant(dense<[81, -1]> : tensor<2xi64>)
  // CHECK: return %[[SUM]], %[[QUOTIENT]], %[[POWER]]
  %a = nn.constant(dense<[127, 0]> : tensor<2xi8>) : tensor<2xi8>
  %b = nn.constant(dense<1> : tensor<i8>) : tensor<i8>
  %sum = nn.add(%a, %b) : (tensor<2xi8>, tensor<i8>) -> tensor<2xi8>
  %c = nn.constant(dense<[-7, 5, -2147483648]> : tensor<3xi32>) : tensor<3xi32>
  %d = nn.constant(dense<[2, 0, -1]> : tensor<3xi32>) : tensor<3xi32>
  %quotient = nn.div(%c, %d) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  %e = nn.constant(dense<[-3, -1]> : tensor<2xi64>) : tensor<2xi64>
  %f = nn.constant(dense<[4, -5]> : tensor<2xi64>) : tensor<2xi64>
  %power = nn.pow(%e, %f) : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %sum, %quotient, %power : tensor<2xi8>, tensor<3xi32>, tensor<2xi64>
}

// NaN wins a maximum and passes through relu; infinity and subnormal numbers stay.
// CHECK-LABEL: @special_floats
func.func @special_floats() -> (tensor<3xf32>, tensor<3xf32>) {
  // CHECK-DAG: %[[MAX:.*]] = nn.constant(dense<[0x7FC00000, 0x7F800000, 1.000000e+00]> : tensor<3xf32>)
  // CHECK-DAG: %[[RELU:.*]] = nn.constant(dense<[0x7FC00000, 0x7F800000, 1.401300e-45]> : tensor<3xf32>)
  // CHECK: return %[[MAX]], %[[RELU]]
  %a = nn.constant(dense<[0x7FC00000, 0x7F800000, 0x00000001]> : tensor<3xf32>) : tensor<3xf32>
  %one = nn.constant(dense<1.0> : tensor<1xf32>) : tensor<1xf32>
  %max = nn.max(%one, %a) : (tensor<1xf32>, tensor<3xf32>) -> tensor<3xf32>
  %relu = nn.relu(%a) : (tensor<3xf32>) -> tensor<3xf32>
  return %max, %relu : tensor<3xf32>, tensor<3xf32>
}

// Casts: toward zero, to whether it is not zero, by the low bits, rounded once to half.
// CHECK-LABEL: @casts
func.func @casts() -> (tensor<3xi32>, tensor<3xi1>, tensor<2xi8>, tensor<2xf16>) {
  // CHECK-DAG: %[[I32:.*]] = nn.constant(dense<[-1, 0, 2]> : tensor<3xi32>)
  // CHECK-DAG: %[[I1:.*]] = nn.constant(dense<[true, false, true]> : tensor<3xi1>)
  // CHECK-DAG: %[[I8:.*]] = nn.constant(dense<[-1, 44]> : tensor<2xi8>)
  // CHECK-DAG: %[[F16:.*]] = nn.constant(dense<[6.550400e+04, 0x7C00]> : tensor<2xf16>)
  // CHECK: return %[[I32]], %[[I1]], %[[I8]], %[[F16]]
  %a = nn.constant(dense<[-1.9, 0.0, 2.9]> : tensor<3xf32>) : tensor<3xf32>
  %i32 = nn.cast(%a) : (tensor<3xf32>) -> tensor<3xi32>
  %i1 = nn.cast(%a) : (tensor<3xf32>) -> tensor<3xi1>
  %b = nn.constant(dense<[255, 300]> : tensor<2xi64>) : tensor<2xi64>
  %i8 = nn.cast(%b) : (tensor<2xi64>) -> tensor<2xi8>
  %c = nn.constant(dense<[65519.0, 65520.0]> : tensor<2xf32>) : tensor<2xf32>
  %f16 = nn.cast(%c) : (tensor<2xf32>) -> tensor<2xf16>
  return %i32, %i1, %i8, %f16 : tensor<3xi32>, tensor<3xi1>, tensor<2xi8>, tensor<2xf16>
}

// Moves: transpose, backward slice, split, expand, gather from the end and beyond it.
// CHECK-LABEL: @moves
func.func @moves() -> (tensor<3x2xi64>, tensor<2x2xi64>, tensor<2x1xi64>, tensor<2x2xi64>, tensor<2x3xi64>) {
  // CHECK-DAG: %[[T:.*]] = nn.constant(dense<{{\[}}[1, 4], [2, 5], [3, 6]]> : tensor<3x2xi64>)
  // CHECK-DAG: %[[S:.*]] = nn.constant(dense<{{\[}}[6, 4], [3, 1]]> : tensor<2x2xi64>)
  // CHECK-DAG: %[[P:.*]] = nn.constant(dense<{{\[}}[3], [6]]> : tensor<2x1xi64>)
  // CHECK-DAG: %[[E:.*]] = nn.constant(dense<{{\[}}[3, 3], [6, 6]]> : tensor<2x2xi64>)
  // CHECK-DAG: %[[G:.*]] = nn.constant(dense<{{\[}}[3, 1, 3], [6, 4, 6]]> : tensor<2x3xi64>)
  // CHECK: return %[[T]], %[[S]], %[[P]], %[[E]], %[[G]]
  %a = nn.constant(dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi64>) : tensor<2x3xi64>
  %t = nn.transpose(%a) {perm = array<i64: 1, 0>} : (tensor<2x3xi64>) -> tensor<3x2xi64>
  %s = nn.slice(%a) {starts = array<i64: 1, 2>, sizes = array<i64: 2, 2>, steps = array<i64: -1, -2>} : (tensor<2x3xi64>) -> tensor<2x2xi64>
  %p:2 = nn.split(%a) {axis = 1 : i64} : (tensor<2x3xi64>) -> (tensor<2x2xi64>, tensor<2x1xi64>)
  %e = nn.expand(%p#1) : (tensor<2x1xi64>) -> tensor<2x2xi64>
  %i = nn.constant(dense<[-1, 0, 9]> : tensor<3xi32>) : tensor<3xi32>
  %g = nn.gather(%a, %i) {axis = 1 : i64} : (tensor<2x3xi64>, tensor<3xi32>) -> tensor<2x3xi64>
  return %t, %s, %p#1, %e, %g : tensor<3x2xi64>, tensor<2x2xi64>, tensor<2x1xi64>, tensor<2x2xi64>, tensor<2x3xi64>
}

// Pads: reflected without the edge, the edge repeated, a value.
// CHECK-LABEL: @pads
func.func @pads() -> (tensor<7xi64>, tensor<6xi64>, tensor<5xi64>) {
  // CHECK-DAG: %[[R:.*]] = nn.constant(dense<[3, 2, 1, 2, 3, 2, 1]> : tensor<7xi64>)
  // CHECK-DAG: %[[E:.*]] = nn.constant(dense<[1, 1, 2, 3, 3, 3]> : tensor<6xi64>)
  // CHECK-DAG: %[[C:.*]] = nn.constant(dense<[7, 1, 2, 3, 7]> : tensor<5xi64>)
  // CHECK: return %[[R]], %[[E]], %[[C]]
  %a = nn.constant(dense<[1, 2, 3]> : tensor<3xi64>) : tensor<3xi64>
  %r = nn.pad(%a) {pads = array<i64: 2, 2>, mode = #nn.pad_mode<reflect>} : (tensor<3xi64>) -> tensor<7xi64>
  %e = nn.pad(%a) {pads = array<i64: 1, 2>, mode = #nn.pad_mode<edge>} : (tensor<3xi64>) -> tensor<6xi64>
  %c = nn.pad(%a) {pads = array<i64: 1, 1>, value = 7.0} : (tensor<3xi64>) -> tensor<5xi64>
  return %r, %e, %c : tensor<7xi64>, tensor<6xi64>, tensor<5xi64>
}

// Booleans are bits in attributes and bytes in resources.
// CHECK-LABEL: @booleans
func.func @booleans() -> (tensor<2x3xi1>, tensor<3xi1>) {
  // CHECK-DAG: %[[DENSE:.*]] = nn.constant(dense<{{\[}}[false, true, true], [true, true, false]]> : tensor<2x3xi1>)
  // CHECK-DAG: %[[RESOURCE:.*]] = nn.constant(dense<[true, false, true]> : tensor<3xi1>)
  // CHECK: return %[[DENSE]], %[[RESOURCE]]
  %a = nn.constant(dense<[true, true, false]> : tensor<3xi1>) : tensor<3xi1>
  %b = nn.constant(dense<[false, true, true, true, true, false]> : tensor<6xi1>) : tensor<6xi1>
  %dense = nn.reshape(%b) : (tensor<6xi1>) -> tensor<2x3xi1>
  %c = nn.constant(dense_resource<flags> : tensor<3xi1>) : tensor<3xi1>
  %resource = nn.slice(%c) {starts = array<i64: 2>, sizes = array<i64: 3>, steps = array<i64: -1>} : (tensor<3xi1>) -> tensor<3xi1>
  return %dense, %resource : tensor<2x3xi1>, tensor<3xi1>
}

// A resource under another shape stays the same resource.
// CHECK-LABEL: @reshape_of_a_resource
func.func @reshape_of_a_resource() -> tensor<3x1xi1> {
  // CHECK-NEXT: nn.constant(dense_resource<flags> : tensor<3x1xi1>) : tensor<3x1xi1>
  %a = nn.constant(dense_resource<flags> : tensor<3xi1>) : tensor<3xi1>
  %b = nn.reshape(%a) : (tensor<3xi1>) -> tensor<3x1xi1>
  return %b : tensor<3x1xi1>
}

// A chain of reshapes is one, and one that changes nothing is none.
// CHECK-LABEL: @reshape_chain
func.func @reshape_chain(%x: tensor<2x3xf32>) -> (tensor<6xf32>, tensor<2x3xf32>) {
  // CHECK: %[[FLAT:.*]] = nn.reshape(%arg0) : (tensor<2x3xf32>) -> tensor<6xf32>
  // CHECK: return %[[FLAT]], %arg0
  %a = nn.reshape(%x) : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %b = nn.reshape(%a) : (tensor<3x2xf32>) -> tensor<6xf32>
  %c = nn.reshape(%b) : (tensor<6xf32>) -> tensor<2x3xf32>
  return %b, %c : tensor<6xf32>, tensor<2x3xf32>
}

// A result of more than 64 elements stays in the graph, where the weights program computes it.
// CHECK-LABEL: @large_result
func.func @large_result() -> tensor<65xf32> {
  // CHECK: nn.add
  %a = nn.constant(dense<1.0> : tensor<65xf32>) : tensor<65xf32>
  %b = nn.add(%a, %a) : (tensor<65xf32>, tensor<65xf32>) -> tensor<65xf32>
  return %b : tensor<65xf32>
}

// An op on a run-time value stays, and so does a change of layout.
// CHECK-LABEL: @run_time_operand
func.func @run_time_operand(%x: tensor<2xf32>, %y: tensor<1x16x1xf32, #nn.blocked<16>>) -> (tensor<2xf32>, tensor<1x16x1xf32>) {
  // CHECK: nn.add
  // CHECK: nn.transpose
  %a = nn.constant(dense<1.0> : tensor<2xf32>) : tensor<2xf32>
  %b = nn.add(%a, %x) : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %c = nn.transpose(%y) {perm = array<i64: 0, 1, 2>} : (tensor<1x16x1xf32, #nn.blocked<16>>) -> tensor<1x16x1xf32>
  return %b, %c : tensor<2xf32>, tensor<1x16x1xf32>
}

{-#
  dialect_resources: {
    builtin: {
      flags: "0x01000000010001"
    }
  }
#-}

// Comparisons and choices, as exporters write them for the sizes of an expansion.
// CHECK-LABEL: @choices
func.func @choices() -> tensor<3xi64> {
  // CHECK-NEXT: nn.constant(dense<[2, 1, 5]> : tensor<3xi64>)
  %wish = nn.constant(dense<[2, -1, 5]> : tensor<3xi64>) : tensor<3xi64>
  %zero = nn.constant(dense<0> : tensor<i64>) : tensor<i64>
  %one = nn.constant(dense<1> : tensor<i64>) : tensor<i64>
  %open = nn.compare(%wish, %zero) {predicate = #nn.predicate<less>} : (tensor<3xi64>, tensor<i64>) -> tensor<3xi1>
  %sizes = nn.select(%open, %one, %wish) : (tensor<3xi1>, tensor<i64>, tensor<3xi64>) -> tensor<3xi64>
  return %sizes : tensor<3xi64>
}
