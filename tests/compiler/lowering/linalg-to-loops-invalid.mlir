// RUN: kiln-opt %s --verify-diagnostics --pass-pipeline='builtin.module(func.func(lowering-linalg-to-loops))'

// A reduction to one element cannot be shared between tasks: sums would depend on their number.
func.func private @total(%x: memref<100xf32>, %y: memref<f32>, %task: index) attributes {kernel.tasks = 2 : i64} {
  // expected-error@+1 {{has no parallel loop to split between tasks}}
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
      ins(%x : memref<100xf32>) outs(%y : memref<f32>) {
  ^bb0(%a: f32, %b: f32):
    %r = arith.addf %a, %b : f32
    linalg.yield %r : f32
  }
  return
}
