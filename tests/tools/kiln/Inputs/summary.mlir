// Two convolutions with one filter, a batch normalisation, and two branches.
func.func @main(%x: tensor<1x4x8xf32>) -> tensor<1x4x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<4x4x3xf32>) : tensor<4x4x3xf32>
  %v = nn.constant(dense<1.0> : tensor<4xf32>) : tensor<4xf32>
  %s = nn.constant(dense<2.0> : tensor<4xf32>) : tensor<4xf32>
  %m = nn.constant(dense<0.1> : tensor<4xf32>) : tensor<4xf32>
  %o = nn.constant(dense<0.2> : tensor<4xf32>) : tensor<4xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x4x8xf32>, tensor<4x4x3xf32>) -> tensor<1x4x8xf32>
  %1 = nn.conv(%0, %w) {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>} : (tensor<1x4x8xf32>, tensor<4x4x3xf32>) -> tensor<1x4x8xf32>
  %2 = nn.batch_norm(%1, %s, %o, %m, %v) {epsilon = 1.0e-05 : f64} : (tensor<1x4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8xf32>
  %3 = nn.max_pool(%2) {kernel_shape = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x4x8xf32>) -> tensor<1x4x4xf32>
  %4 = nn.resize(%3) {sizes = array<i64: 8>, mode = #nn.resize_mode<nearest>, coordinates = #nn.coordinates<asymmetric>, rounding = #nn.rounding<floor>} : (tensor<1x4x4xf32>) -> tensor<1x4x8xf32>
  %5 = nn.add(%4, %2) : (tensor<1x4x8xf32>, tensor<1x4x8xf32>) -> tensor<1x4x8xf32>
  return %5 : tensor<1x4x8xf32>
}
