// RUN: kiln-opt %s -split-input-file -verify-diagnostics

// Sizes are equal or one.
func.func @shapes_do_not_broadcast(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error @+1 {{'nn.add' op shapes 2x3 and 2 do not broadcast [E1]}}
  nn.add(%a, %b) : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

// No conversion is implied.
func.func @binary_types(%a: tensor<2xf32>, %b: tensor<2xi32>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'i32' [E2]}}
  nn.mul(%a, %b) : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

// Two vectors of 2^20 broadcast to more than memory holds.
func.func @huge_outer_sum(%a: tensor<1048576x1xf32>, %b: tensor<1048576xf32>) {
  // expected-error @+1 {{a tensor of size 1048576x1048576 and type 'f32' is larger than 2^40 bytes or has no valid size [Z1]}}
  nn.add(%a, %b) : (tensor<1048576x1xf32>, tensor<1048576xf32>) -> tensor<1x1xf32>
  return
}

// -----

// A result keeps the operand's type.
func.func @unary_result(%a: tensor<2xf32>) {
  // expected-error @+1 {{'nn.relu' op result must have type 'tensor<2xf32>', but has 'tensor<3xf32>' [Z2]}}
  nn.relu(%a) : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

// An exponential of integers is a float.
func.func @exp_of_integers(%a: tensor<2xi32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values}}
  nn.exp(%a) : (tensor<2xi32>) -> tensor<2xi32>
  return
}

// -----

// Sizes are known before compilation.
func.func @dynamic_size(%a: tensor<?xf32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of any element type values}}
  nn.relu(%a) : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

// The slope does not enlarge the input.
func.func @prelu_broadcasts_the_input(%x: tensor<1x4xf32>, %s: tensor<2x4xf32>) {
  // expected-error @+1 {{slope must broadcast to 1x4, but has shape 2x4 [PR1]}}
  nn.prelu(%x, %s) : (tensor<1x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// Slope and input have one type.
func.func @prelu_types(%x: tensor<1x4xf32>, %s: tensor<4xf64>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'f64' [PR2]}}
  nn.prelu(%x, %s) : (tensor<1x4xf32>, tensor<4xf64>) -> tensor<1x4xf32>
  return
}

// -----

// A cast does not reshape.
func.func @cast_reshapes(%x: tensor<2x2xf32>) {
  // expected-error @+1 {{input and result must have the same shape, but have 2x2 and 4 [CA1]}}
  nn.cast(%x) : (tensor<2x2xf32>) -> tensor<4xi32>
  return
}

// -----

// Importers resolve negative axes.
func.func @softmax_axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{axis -1 must be a dimension of the input, which has rank 2 [S1]}}
  nn.softmax(%x) {axis = -1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// Each axis is reduced once.
func.func @repeated_axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{axes must ascend within rank 2, but hold 1 after 1 [R1]}}
  nn.reduce_sum(%x) {axes = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

// An axis is a dimension.
func.func @axis_out_of_range(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{axes must ascend within rank 2, but hold 2 after -1 [R1]}}
  nn.reduce_mean(%x) {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// The maximum of nothing does not exist; its sum would be 0.
func.func @maximum_of_nothing(%x: tensor<2x0xf32>) {
  %0 = nn.reduce_sum(%x) {axes = array<i64: 1>} : (tensor<2x0xf32>) -> tensor<2x1xf32>
  // expected-error @+1 {{axis 1 must not be empty [R2]}}
  nn.reduce_max(%x) {axes = array<i64: 1>} : (tensor<2x0xf32>) -> tensor<2x1xf32>
  return
}

// -----

// Only what broadcasts can be compared.
func.func @compared_shapes(%a: tensor<2x3xf32>, %b: tensor<2xf32>) {
  // expected-error @+1 {{'nn.compare' op shapes 2x3 and 2 do not broadcast [CM1]}}
  nn.compare(%a, %b) {predicate = #nn.predicate<equal>} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xi1>
  return
}

// -----

// Only what is of one type can be compared.
func.func @compared_types(%a: tensor<2xf32>, %b: tensor<2xi32>) {
  // expected-error @+1 {{operands must have one element type, but have 'f32' and 'i32' [CM2]}}
  nn.compare(%a, %b) {predicate = #nn.predicate<equal>} : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xi1>
  return
}

// -----

// Every operand of a choice takes part in the broadcast.
func.func @selected_shapes(%c: tensor<2xi1>, %a: tensor<2x3xf32>) {
  // expected-error @+1 {{'nn.select' op shapes 2, 2x3 and 2x3 do not broadcast [SE1]}}
  nn.select(%c, %a, %a) : (tensor<2xi1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

// A choice has one type.
func.func @selected_types(%c: tensor<2xi1>, %a: tensor<2xf32>, %b: tensor<2xf64>) {
  // expected-error @+1 {{alternatives must have one element type, but have 'f32' and 'f64' [SE2]}}
  nn.select(%c, %a, %b) : (tensor<2xi1>, tensor<2xf32>, tensor<2xf64>) -> tensor<2xf32>
  return
}
