// RUN: kiln-opt %s --lowering-expand-math | FileCheck %s

// Nothing is left that would call a library, on vectors, doubles and halves.
// CHECK-LABEL: @functions
// CHECK-NOT: math.{{exp|tanh|log|erf|powf|floor|ceil}}
// CHECK: return
func.func @functions(%v: vector<16xf32>, %d: f64, %x: f32, %y: f32) -> (vector<16xf32>, f64, f32) {
  %e = math.exp %v : vector<16xf32>
  %t = math.tanh %e : vector<16xf32>
  %l = math.log %d : f64
  %r = math.erf %l : f64
  %p = math.powf %x, %y : f32
  %f = math.floor %p : f32
  %c = math.ceil %f : f32
  return %t, %r, %c : vector<16xf32>, f64, f32
}

// Machine instructions stay.
// CHECK-LABEL: @instructions
// CHECK: math.sqrt
// CHECK: math.absf
func.func @instructions(%x: f32) -> f32 {
  %s = math.sqrt %x : f32
  %a = math.absf %s : f32
  return %a : f32
}

// Halves are computed in f32, between conversions made of integer arithmetic.
// CHECK-LABEL: @half
// CHECK-NOT: arith.{{extf|truncf}}
// CHECK-NOT: arith.addf %{{.*}} : f16
// CHECK: arith.addf %{{.*}} : f32
// CHECK: return
func.func @half(%x: f16, %y: f16) -> f16 {
  %r = arith.addf %x, %y : f16
  return %r : f16
}

// Beside 1 an exponential takes one power of two, which a shift makes; another sum takes the product of two.
// CHECK-LABEL: @denominator
// CHECK-COUNT-1: arith.shli
// CHECK-NOT: arith.shli
// CHECK: return
func.func @denominator(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %e = math.exp %x : f32
  %r = arith.addf %e, %one : f32
  return %r : f32
}

// CHECK-LABEL: @another_sum
// CHECK-COUNT-2: arith.shli
// CHECK: return
func.func @another_sum(%x: f32) -> f32 {
  %two = arith.constant 2.0 : f32
  %e = math.exp %x : f32
  %r = arith.addf %e, %two : f32
  return %r : f32
}

// CHECK-LABEL: @read_twice
// CHECK-COUNT-2: arith.shli
// CHECK: return
func.func @read_twice(%x: f32) -> (f32, f32) {
  %one = arith.constant 1.0 : f32
  %e = math.exp %x : f32
  %r = arith.addf %e, %one : f32
  return %e, %r : f32, f32
}

// 1 + erf(x), in a GELU, is made of the complement: one power of two, and no sum that cancels.
// CHECK-LABEL: @one_plus_erf
// CHECK-COUNT-1: arith.shli
// CHECK: %[[C:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: %[[ABOVE:.*]] = arith.subf %{{.*}}, %[[C]] : f32
// CHECK-NEXT: arith.select %{{.*}}, %[[C]], %[[ABOVE]] : f32
func.func @one_plus_erf(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %e = math.erf %x : f32
  %r = arith.addf %one, %e : f32
  return %r : f32
}
