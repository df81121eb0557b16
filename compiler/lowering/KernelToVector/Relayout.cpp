// Copies between planar and blocked maps. Sixteen pixels of sixteen channels are transposed in
// registers; what remains of a row goes pixel by pixel, what remains of the channels is 0 in a
// blocked output and not written to a planar one.
//
//   for unit of (image, block, d, h)               the part of this task
//     for w in steps of 16:  out[..] = transpose(in[16 channels][16 pixels])
//     for the other w:       lane by lane
#include "compiler/lowering/KernelToVector/Kernels.h"

using namespace mlir;

namespace kiln {
namespace {

class RelayoutEmitter {
public:
  RelayoutEmitter(Emitter &e, kernel::RelayoutOp op)
      : e(e), op(op), input(e.flat(op.getInput())), output(e.flat(op.getOutput())),
        inputSteps(stridesOf(op.getInput())), outputSteps(stridesOf(op.getOutput())),
        toBlocked(shapeOf(op.getOutput()).size() == 6),
        type(lanesOf(cast<MemRefType>(op.getInput().getType()).getElementType())) {}

  void emit();

private:
  void emitRow(Value inputRow, Value outputRow, int64_t lanes);
  void emitPixel(Value inputAt, Value outputAt, int64_t lanes);
  void emitTile(Value inputAt, Value outputAt);
  Value rowOffset(ArrayRef<Value> unit, ArrayRef<int64_t> steps, ArrayRef<int64_t> origin,
                  bool isBlocked);

  Emitter &e;
  kernel::RelayoutOp op;
  Value input, output;
  SmallVector<int64_t> inputSteps, outputSteps;
  bool toBlocked;
  VectorType type;
};

void RelayoutEmitter::emit() {
  ArrayRef<int64_t> map = op.getMap();
  int64_t channels = op.getChannels(), full = channels / kLanes, rest = channels % kLanes;
  int64_t blocks = full + (rest != 0);
  e.forEachRow(op.getSchedule().getTasks(), {shapeOf(op.getInput())[0], blocks, map[0], map[1]},
               [&](ArrayRef<Value> unit) {
                 Value inputRow = rowOffset(unit, inputSteps, op.getInOrigin(), !toBlocked);
                 Value outputRow = rowOffset(unit, outputSteps, op.getOutOrigin(), toBlocked);
                 auto emitLanes = [&](int64_t lanes) { emitRow(inputRow, outputRow, lanes); };
                 if (rest == 0)
                   return emitLanes(kLanes);
                 e.branch(
                     e.less(unit[1], e.index(full)), [&] { emitLanes(kLanes); },
                     [&] { emitLanes(rest); });
               });
}

/// Where a row of the map begins; in a planar buffer the channel is the first of the block.
Value RelayoutEmitter::rowOffset(ArrayRef<Value> unit, ArrayRef<int64_t> steps,
                                 ArrayRef<int64_t> origin, bool isBlocked) {
  Value offset =
      e.add(e.mul(unit[0], steps[0]), e.mul(unit[1], isBlocked ? steps[1] : steps[1] * kLanes));
  offset = e.add(offset, e.add(e.mul(unit[2], steps[2]), e.mul(unit[3], steps[3])));
  return e.add(offset, origin[0] * steps[2] + origin[1] * steps[3] + origin[2] * steps[4]);
}

void RelayoutEmitter::emitRow(Value inputRow, Value outputRow, int64_t lanes) {
  int64_t width = op.getMap()[2];
  int64_t tiled = lanes == kLanes && type.getElementType().isF32() ? width / kLanes * kLanes : 0;
  auto at = [&](Value row, ArrayRef<int64_t> steps, Value w) {
    return e.add(row, e.mul(w, steps[4]));
  };
  if (tiled)
    e.forEach(
        {e.index(0), e.index(tiled)},
        [&](Value w) { emitTile(at(inputRow, inputSteps, w), at(outputRow, outputSteps, w)); },
        kLanes);
  if (tiled < width)
    e.forEach({e.index(tiled), e.index(width)}, [&](Value w) {
      emitPixel(at(inputRow, inputSteps, w), at(outputRow, outputSteps, w), lanes);
    });
}

void RelayoutEmitter::emitPixel(Value inputAt, Value outputAt, int64_t lanes) {
  int64_t planarStep = toBlocked ? inputSteps[1] : outputSteps[1];
  if (!toBlocked) {
    for (int64_t lane = 0; lane < lanes; ++lane)
      e.store(e.loadScalar(input, e.add(inputAt, lane)), output,
              e.add(outputAt, lane * planarStep));
    return;
  }
  SmallVector<Value> values(kLanes);
  for (int64_t lane = 0; lane < kLanes; ++lane)
    values[lane] = lane < lanes ? e.loadScalar(input, e.add(inputAt, lane * planarStep))
                                : e.constant(type.getElementType(), 0);
  e.store(vector::FromElementsOp::create(e, type, values), output, outputAt);
}

/// A 16 x 16 transpose in four steps: step s exchanges the halves of pairs of rows that lie 2^s
/// apart.
void RelayoutEmitter::emitTile(Value inputAt, Value outputAt) {
  int64_t inputStep = toBlocked ? inputSteps[1] : kLanes,
          outputStep = toBlocked ? kLanes : outputSteps[1];
  SmallVector<Value> rows(kLanes);
  for (int64_t i = 0; i < kLanes; ++i)
    rows[i] = e.loadVector(input, e.add(inputAt, i * inputStep));
  for (int64_t span = 1; span < kLanes; span *= 2) {
    SmallVector<int64_t> low(kLanes), high(kLanes);
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      bool fromFirst = (lane & span) == 0;
      low[lane] = fromFirst ? lane : kLanes + lane - span;
      high[lane] = fromFirst ? lane + span : kLanes + lane;
    }
    for (int64_t i = 0; i < kLanes; ++i) {
      if (i & span)
        continue;
      Value first = rows[i], second = rows[i + span];
      rows[i] = vector::ShuffleOp::create(e, first, second, low);
      rows[i + span] = vector::ShuffleOp::create(e, first, second, high);
    }
  }
  for (int64_t i = 0; i < kLanes; ++i)
    e.store(rows[i], output, e.add(outputAt, i * outputStep));
}

} // namespace

void emitRelayout(Emitter &e, kernel::RelayoutOp op) { RelayoutEmitter(e, op).emit(); }

} // namespace kiln
