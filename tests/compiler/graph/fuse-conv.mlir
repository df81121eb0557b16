// RUN: kiln-opt %s --graph-fuse-conv | FileCheck %s

// Convolution, batch normalisation, residual addition and relu become one op; the statistics become arithmetic on weights.
// CHECK-LABEL: @conv_norm_add_relu
// CHECK-SAME: (%[[X:.*]]: tensor<1x16x8x8xf32>, %[[Y:.*]]: tensor<1x96x8x8xf32>)
func.func @conv_norm_add_relu(%x: tensor<1x16x8x8xf32>, %y: tensor<1x96x8x8xf32>) -> tensor<1x96x8x8xf32> {
  %w = nn.constant(dense<0.5> : tensor<96x16x3x3xf32>) : tensor<96x16x3x3xf32>
  %scale = nn.constant(dense<1.0> : tensor<96xf32>) : tensor<96xf32>
  %offset = nn.constant(dense<2.0> : tensor<96xf32>) : tensor<96xf32>
  %mean = nn.constant(dense<3.0> : tensor<96xf32>) : tensor<96xf32>
  %variance = nn.constant(dense<4.0> : tensor<96xf32>) : tensor<96xf32>
  // CHECK-DAG: %[[W:.*]] = nn.constant(dense<5.0{{.*}}
  // CHECK-DAG: %[[SCALE:.*]] = nn.constant(dense<1.0{{.*}}> : tensor<96xf32>)
  // CHECK-DAG: %[[OFFSET:.*]] = nn.constant(dense<2.0{{.*}}> : tensor<96xf32>)
  // CHECK-DAG: %[[MEAN:.*]] = nn.constant(dense<3.0{{.*}}> : tensor<96xf32>)
  // CHECK-DAG: %[[VARIANCE:.*]] = nn.constant(dense<4.0{{.*}}> : tensor<96xf32>)
  // CHECK: %[[SUM:.*]] = nn.add(%[[VARIANCE]], %{{.*}})
  // CHECK: %[[DEVIATION:.*]] = nn.sqrt(%[[SUM]])
  // CHECK: %[[FACTOR:.*]] = nn.div(%[[SCALE]], %[[DEVIATION]])
  // CHECK: %[[SHIFT:.*]] = nn.mul(%[[MEAN]], %[[FACTOR]])
  // CHECK: %[[BIAS:.*]] = nn.sub(%[[OFFSET]], %[[SHIFT]])
  // CHECK: %[[ALONG:.*]] = nn.reshape(%[[FACTOR]]) {{.*}} -> tensor<96x1x1x1xf32>
  // CHECK: %[[FILTER:.*]] = nn.mul(%[[W]], %[[ALONG]])
  // CHECK: %[[R:.*]] = nn.conv(%[[X]], %[[FILTER]], bias %[[BIAS]], residual %[[Y]])
  // CHECK-SAME: activation = #nn.activation<relu>
  // CHECK-NEXT: return %[[R]]
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x8x8xf32>, tensor<96x16x3x3xf32>) -> tensor<1x96x8x8xf32>
  %1 = nn.batch_norm(%0, %scale, %offset, %mean, %variance)
      : (tensor<1x96x8x8xf32>, tensor<96xf32>, tensor<96xf32>, tensor<96xf32>, tensor<96xf32>) -> tensor<1x96x8x8xf32>
  %2 = nn.add(%1, %y) : (tensor<1x96x8x8xf32>, tensor<1x96x8x8xf32>) -> tensor<1x96x8x8xf32>
  %3 = nn.relu(%2) : (tensor<1x96x8x8xf32>) -> tensor<1x96x8x8xf32>
  return %3 : tensor<1x96x8x8xf32>
}

// Filter and statistics that are known at run time only are scaled by the same ops.
// CHECK-LABEL: @run_time_weights
// CHECK-NOT: nn.batch_norm
// CHECK: nn.conv(%{{.*}}, %{{.*}}, bias %{{.*}})
func.func @run_time_weights(%x: tensor<1x2x4x4xf32>, %w: tensor<80x2x1x1xf32>, %b: tensor<80xf32>, %p: tensor<80xf32>)
    -> tensor<1x80x4x4xf32> {
  %0 = nn.conv(%x, %w, bias %b) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x2x4x4xf32>, tensor<80x2x1x1xf32>, tensor<80xf32>) -> tensor<1x80x4x4xf32>
  %1 = nn.batch_norm(%0, %p, %p, %p, %p)
      : (tensor<1x80x4x4xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>) -> tensor<1x80x4x4xf32>
  return %1 : tensor<1x80x4x4xf32>
}

// A constant filter is not made into a run-time one: the normalisation stays apart, as a factor and an addend.
// CHECK-LABEL: @constant_filter_run_time_statistics
// CHECK: %[[W:.*]] = nn.constant
// CHECK: %[[C:.*]] = nn.conv(%{{.*}}, %[[W]])
// CHECK-NOT: nn.batch_norm
// CHECK: %[[M:.*]] = nn.mul(%[[C]], %{{.*}}) {{.*}} -> tensor<1x80x4x4xf32>
// CHECK: nn.add(%[[M]], %{{.*}}) {{.*}} -> tensor<1x80x4x4xf32>
func.func @constant_filter_run_time_statistics(%x: tensor<1x2x4x4xf32>, %p: tensor<80xf32>) -> tensor<1x80x4x4xf32> {
  %w = nn.constant(dense<0.5> : tensor<80x2x1x1xf32>) : tensor<80x2x1x1xf32>
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x2x4x4xf32>, tensor<80x2x1x1xf32>) -> tensor<1x80x4x4xf32>
  %1 = nn.batch_norm(%0, %p, %p, %p, %p)
      : (tensor<1x80x4x4xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>) -> tensor<1x80x4x4xf32>
  return %1 : tensor<1x80x4x4xf32>
}

// A batch normalisation before any convolution becomes a factor and an addend of shape [1, C, 1, 1].
// CHECK-LABEL: @lone_batch_norm
// CHECK-NOT: nn.batch_norm
// CHECK: %[[FACTOR:.*]] = nn.reshape(%{{.*}}) {{.*}} -> tensor<1x80x1x1xf32>
// CHECK: %[[M:.*]] = nn.mul(%{{.*}}, %[[FACTOR]])
// CHECK: %[[ADDEND:.*]] = nn.reshape(%{{.*}}) {{.*}} -> tensor<1x80x1x1xf32>
// CHECK: nn.add(%[[M]], %[[ADDEND]])
func.func @lone_batch_norm(%x: tensor<1x80x4x4xf32>) -> tensor<1x80x4x4xf32> {
  %p = nn.constant(dense<2.0> : tensor<80xf32>) : tensor<80xf32>
  %0 = nn.batch_norm(%x, %p, %p, %p, %p)
      : (tensor<1x80x4x4xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>, tensor<80xf32>) -> tensor<1x80x4x4xf32>
  return %0 : tensor<1x80x4x4xf32>
}

// A result with two readers is needed as it is: neither reader is fused.
// CHECK-LABEL: @two_readers
// CHECK: nn.conv
// CHECK-NOT: activation
// CHECK: nn.relu
// CHECK: nn.sigmoid
func.func @two_readers(%x: tensor<1x2x4x4xf32>, %w: tensor<80x2x1x1xf32>) -> (tensor<1x80x4x4xf32>, tensor<1x80x4x4xf32>) {
  %0 = nn.conv(%x, %w) {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x2x4x4xf32>, tensor<80x2x1x1xf32>) -> tensor<1x80x4x4xf32>
  %1 = nn.relu(%0) : (tensor<1x80x4x4xf32>) -> tensor<1x80x4x4xf32>
  %2 = nn.sigmoid(%0) : (tensor<1x80x4x4xf32>) -> tensor<1x80x4x4xf32>
  return %1, %2 : tensor<1x80x4x4xf32>, tensor<1x80x4x4xf32>
}
