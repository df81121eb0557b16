// RUN: kiln-opt %s --split-input-file --verify-diagnostics

// A launch needs its kernel.
func.func @no_kernel(%x: memref<4xf32>) {
  // expected-error@+1 {{there is no function @k [KX1]}}
  kernel.launch @k(%x) {tasks = 1 : i64} : (memref<4xf32>) -> ()
  return
}

// -----

func.func private @k(memref<4xf32>)

// A kernel takes the task's number too.
func.func @no_task_number(%x: memref<4xf32>) {
  // expected-error@+1 {{@k must take the launch's buffers and an index and return nothing [KX1]}}
  kernel.launch @k(%x) {tasks = 1 : i64} : (memref<4xf32>) -> ()
  return
}

// -----

func.func private @k(memref<8xf32>, index)

// The buffers have the types that the kernel was made for.
func.func @other_buffer(%x: memref<4xf32>) {
  // expected-error@+1 {{@k must take the launch's buffers and an index and return nothing [KX1]}}
  kernel.launch @k(%x) {tasks = 1 : i64} : (memref<4xf32>) -> ()
  return
}

// -----

func.func private @k(memref<4xf32>, index)

// There is something to run.
func.func @no_tasks(%x: memref<4xf32>) {
  // expected-error@+1 {{tasks must be positive, but is 0 [KX2]}}
  kernel.launch @k(%x) {tasks = 0 : i64} : (memref<4xf32>) -> ()
  return
}

// -----

// Weights lie at cache lines.
// expected-error@+1 {{offset must be a multiple of 64 from 0 up, but is 8 [KW1]}}
kernel.weight @w {type = tensor<2xf32>, offset = 8 : i64, sources = [dense<0.0> : tensor<2xf32>], label = "conv1"}

// -----

// Without a function the source is the weight.
// expected-error@+1 {{without a prepare function there must be one source, of type 'tensor<3xf32>' [KW2]}}
kernel.weight @w {type = tensor<3xf32>, offset = 64 : i64, sources = [dense<0.0> : tensor<2xf32>], label = "conv1"}

// -----

// A schedule has at least one of everything.
// expected-error@+2 {{rows, columns, tasks and filters must be positive}}
func.func @empty_tile(%x: memref<1x1x1x4x4x16xf32>) {
  kernel.fill_border outs(%x) {border = array<i64: 0, 1, 1, 0, 1, 1>, schedule = #kernel.schedule<rows = 0, columns = 1, order = filters_outer, tasks = 1>} : memref<1x1x1x4x4x16xf32>
  return
}
