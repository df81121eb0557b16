// Zeros in the border of a feature map: whole planes in front and behind, whole rows above and
// below, and the ends of each row.
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

class BorderEmitter {
public:
  BorderEmitter(Emitter &e, kernel::FillBorderOp op)
      : e(e), buffer(e.flat(op.getBuffer())), shape(shapeOf(op.getBuffer())),
        steps(stridesOf(op.getBuffer())), border(op.getBorder()),
        tasks(op.getSchedule().getTasks()) {
    lanes = shape.size() == 6 ? shape[5] : 1;
    Type element = cast<MemRefType>(op.getBuffer().getType()).getElementType();
    zero = e.constant(lanes == 1 ? element : Type(lanesOf(element, lanes)), 0);
  }

  void emit() {
    e.forEachRow(tasks, {shape[0], shape[1], inner(0), inner(1)},
                 [&](ArrayRef<Value> at) { emitRow(at); });
  }

private:
  int64_t inner(int d) const { return shape[2 + d] - border[d] - border[3 + d]; }

  /// The ends of a row of the map, and with the first and the last one what lies in front and
  /// behind.
  void emitRow(ArrayRef<Value> unit) {
    Value block = e.add(e.mul(unit[0], steps[0]), e.mul(unit[1], steps[1]));
    Value plane = e.add(block, e.mul(e.add(unit[2], border[0]), steps[2]));
    Value row = e.add(plane, e.mul(e.add(unit[3], border[1]), steps[3]));
    fillEnds(2, row);
    e.branch(isFirst(unit[3]), [&] {
      fillBegin(1, plane);
      e.branch(isFirst(unit[2]), [&] { fillBegin(0, block); });
    });
    e.branch(isLast(1, unit[3]), [&] {
      fillEnd(1, plane);
      e.branch(isLast(0, unit[2]), [&] { fillEnd(0, block); });
    });
  }

  Value isFirst(Value position) { return e.equal(position, 0); }
  Value isLast(int d, Value position) { return e.equal(position, inner(d) - 1); }

  void fillEnds(int d, Value at) {
    fillBegin(d, at);
    fillEnd(d, at);
  }
  void fillBegin(int d, Value at) { fill(at, border[d] * steps[2 + d]); }
  void fillEnd(int d, Value at) {
    fill(e.add(at, (shape[2 + d] - border[3 + d]) * steps[2 + d]), border[3 + d] * steps[2 + d]);
  }

  void fill(Value at, int64_t elements) {
    if (elements > 0)
      e.forEach(
          {e.index(0), e.index(elements)}, [&](Value i) { e.store(zero, buffer, e.add(at, i)); },
          lanes);
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
