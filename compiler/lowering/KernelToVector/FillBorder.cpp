// Zeros in the border of a feature map: whole planes in front and behind, whole rows above and below, and the ends of each row.
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

class BorderEmitter {
public:
  BorderEmitter(Emitter &e, kernel::FillBorderOp op)
      : e(e), buffer(e.flat(op.getBuffer())), shape(shapeOf(op.getBuffer())), steps(stridesOf(op.getBuffer())),
        border(op.getBorder()), tasks(op.getSchedule().getTasks()) {
    lanes = shape.size() == 6 ? shape[5] : 1;
    Type element = cast<MemRefType>(op.getBuffer().getType()).getElementType();
    zero = e.constant(lanes == 1 ? element : Type(lanesOf(element, lanes)), 0);
  }

  void emit() {
    e.forEachUnit(tasks, {shape[0] * shape[1]}, [&](ArrayRef<Value> at) { emitEnds(0, e.mul(at[0], steps[1])); });
  }

private:
  /// The border in dimension `d` of D, H, W, and that of the dimensions inside it.
  void emitEnds(int d, Value at) {
    int64_t begin = border[d], end = shape[2 + d] - border[3 + d];
    fill(at, begin * steps[2 + d]);
    fill(e.add(at, end * steps[2 + d]), border[3 + d] * steps[2 + d]);
    bool hasInner = false;
    for (int inner = d + 1; inner < 3; ++inner)
      hasInner |= border[inner] != 0 || border[3 + inner] != 0;
    if (hasInner)
      e.forEach({e.index(begin), e.index(end)},
                [&](Value i) { emitEnds(d + 1, e.add(at, e.mul(i, steps[2 + d]))); });
  }

  void fill(Value at, int64_t elements) {
    if (elements > 0)
      e.forEach({e.index(0), e.index(elements)}, [&](Value i) { e.store(zero, buffer, e.add(at, i)); }, lanes);
  }

  Emitter &e;
  Value buffer, zero;
  ArrayRef<int64_t> shape;
  SmallVector<int64_t> steps;
  ArrayRef<int64_t> border;
  int64_t tasks, lanes;
};

} // namespace

void emitFillBorder(Emitter &e, kernel::FillBorderOp op) { BorderEmitter(e, op).emit(); }

} // namespace kiln
