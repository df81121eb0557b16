// RUN: kiln-opt %s --split-input-file --verify-diagnostics

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The right-hand side is packed in blocks of 16 columns.
func.func @unpacked_b(%a: memref<2x8xf32>, %b: memref<1x8x20xf32>, %y: memref<2x20xf32>) {
  // expected-error@+1 {{a and output must have rank 2, b rank 3 with 16 lanes, bias rank 1, all f32; or b rank 4 and i32 [KG1]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x8xf32>, memref<1x8x20xf32>, memref<2x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Matrix products compute in f32.
func.func @double(%a: memref<2x8xf64>, %b: memref<2x8x16xf64>, %y: memref<2x20xf64>) {
  // expected-error@+1 {{a and output must have rank 2, b rank 3 with 16 lanes, bias rank 1, all f32; or b rank 4 and i32 [KG1]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x8xf64>, memref<2x8x16xf64>, memref<2x20xf64>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The output has the rows of a.
func.func @rows(%a: memref<2x8xf32>, %b: memref<2x8x16xf32>, %y: memref<3x20xf32>) {
  // expected-error@+1 {{output must have the rows of a (2), but is 'memref<3x20xf32>' [KG2]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x8xf32>, memref<2x8x16xf32>, memref<3x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The inner sizes agree.
func.func @inner(%a: memref<2x8xf32>, %b: memref<2x9x16xf32>, %y: memref<2x20xf32>) {
  // expected-error@+1 {{b must be 2x8x16, but is 'memref<2x9x16xf32>' [KG2]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x8xf32>, memref<2x9x16xf32>, memref<2x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// 20 columns need two blocks.
func.func @columns(%a: memref<2x8xf32>, %b: memref<1x8x16xf32>, %y: memref<2x20xf32>) {
  // expected-error@+1 {{b must be 2x8x16, but is 'memref<1x8x16xf32>' [KG2]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x8xf32>, memref<1x8x16xf32>, memref<2x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// The bias fills its last block.
func.func @short_bias(%a: memref<2x8xf32>, %b: memref<2x8x16xf32>, %c: memref<20xf32>, %y: memref<2x20xf32>) {
  // expected-error@+1 {{bias must have 32 entries, but is 'memref<20xf32>' [KG2]}}
  kernel.gemm ins(%a, %b) bias(%c) outs(%y) {schedule = #schedule} : (memref<2x8xf32>, memref<2x8x16xf32>, memref<20xf32>, memref<2x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// A filter has five dimensions here, whatever it had in the model.
func.func @pack_rank(%x: memref<20x8x3x3xf32>, %y: memref<2x1x1x3x3x16x16xf32>) {
  // expected-error@+1 {{input must have rank 5 and the element type of the output, but is 'memref<20x8x3x3xf32>' [KF1]}}
  kernel.pack_filter ins(%x) outs(%y) {form = #nn.filter_form<blocked>, schedule = #schedule}
      : (memref<20x8x3x3xf32>, memref<2x1x1x3x3x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Packing does not convert.
func.func @pack_element(%x: memref<20x8x1x3x3xf16>, %y: memref<2x1x1x3x3x16x16xf32>) {
  // expected-error@+1 {{input must have rank 5 and the element type of the output, but is 'memref<20x8x1x3x3xf16>' [KF1]}}
  kernel.pack_filter ins(%x) outs(%y) {form = #nn.filter_form<blocked>, schedule = #schedule}
      : (memref<20x8x1x3x3xf16>, memref<2x1x1x3x3x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// 20 filters fill two blocks.
func.func @pack_shape(%x: memref<20x8x1x3x3xf32>, %y: memref<1x1x1x3x3x16x16xf32>) {
  // expected-error@+1 {{output must be 2x1x1x3x3x16x16, but is 'memref<1x1x1x3x3x16x16xf32>' [KF1]}}
  kernel.pack_filter ins(%x) outs(%y) {form = #nn.filter_form<blocked>, schedule = #schedule}
      : (memref<20x8x1x3x3xf32>, memref<1x1x1x3x3x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Groups divide the filters.
func.func @pack_groups(%x: memref<20x8x1x3x3xf32>, %y: memref<2x1x1x3x3x16x16xf32>) {
  // expected-error@+1 {{has no such packing [KF1]}}
  kernel.pack_filter ins(%x) outs(%y) {form = #nn.filter_form<blocked>, groups = 3 : i64, schedule = #schedule}
      : (memref<20x8x1x3x3xf32>, memref<2x1x1x3x3x16x16xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Rows of 24 bits lie in fours, in three words.
func.func @rounded_b(%a: memref<2x9xf32>, %b: memref<2x9x3x16xi32>, %y: memref<2x20xf32>) {
  // expected-error@+1 {{b must be 2x3x3x16, but is 'memref<2x9x3x16xi32>' [KG2]}}
  kernel.gemm ins(%a, %b) outs(%y) {schedule = #schedule} : (memref<2x9xf32>, memref<2x9x3x16xi32>, memref<2x20xf32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// What is rounded is f32.
func.func @round_doubles(%b: memref<9x20xf64>, %y: memref<2x3x3x16xi32>) {
  // expected-error@+1 {{has no such packing [KF1]: bits must be 32, or 24 for f32}}
  kernel.pack_filter ins(%b) outs(%y) {form = #nn.filter_form<gemm>, schedule = #schedule} : (memref<9x20xf64>, memref<2x3x3x16xi32>) -> ()
  return
}

// -----

#schedule = #kernel.schedule<rows = 1, columns = 4, order = filters_outer, tasks = 1>

// Nine rows make three fours.
func.func @round_shape(%b: memref<9x20xf32>, %y: memref<2x2x3x16xi32>) {
  // expected-error@+1 {{output must be 2x3x3x16, but is 'memref<2x2x3x16xi32>' [KF1]}}
  kernel.pack_filter ins(%b) outs(%y) {form = #nn.filter_form<gemm>, schedule = #schedule} : (memref<9x20xf32>, memref<2x2x3x16xi32>) -> ()
  return
}
