// Copies between planar and blocked maps. Up to sixteen pixels of sixteen channels are transposed
// in registers; what remains of the channels is 0 in a blocked output and not written to a planar
// one. Where neither buffer has anything between its rows, the map is one row.
//
//   for unit of (image, block, d, h)               the part of this task
//     for w in steps of 16:  out[..] = transpose(in[16 channels][16 pixels])
//
// The last tile of a row ends with it, and does some pixels again: two tasks may write the same
// values there. Rows of few pixels, and elements that are not 32 bits wide, go lane by lane.
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
  bool isOneRow();
  bool hasTiles(int64_t width) const;
  void emitUnit(ArrayRef<Value> unit, llvm::function_ref<void(Value, Value, int64_t)> body);
  void emitRow(Value inputRow, Value outputRow, int64_t lanes);
  void emitPixel(Value inputAt, Value outputAt, int64_t lanes);
  void emitTile(Value inputRow, Value outputRow, Value number, int64_t width, int64_t lanes);
  SmallVector<Value> loadRows(Value at, int64_t count, int64_t lanes, int64_t step);
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
  int64_t batch = shapeOf(op.getInput())[0], tasks = op.getSchedule().getTasks(),
          blocks = llvm::divideCeilSigned(op.getChannels(), kLanes);
  int64_t pixels = map[0] * map[1] * map[2];
  if (!isOneRow() || !hasTiles(pixels))
    return e.forEachRow(tasks, {batch, blocks, map[0], map[1]}, [&](ArrayRef<Value> unit) {
      emitUnit(unit, [&](Value inputRow, Value outputRow, int64_t lanes) {
        emitRow(inputRow, outputRow, lanes);
      });
    });
  int64_t tiles = llvm::divideCeilSigned(pixels, kLanes);
  e.forEachRow(tasks, {batch, blocks, 1, tiles}, [&](ArrayRef<Value> unit) {
    emitUnit({unit[0], unit[1], e.index(0), e.index(0)},
             [&](Value inputRow, Value outputRow, int64_t lanes) {
               emitTile(inputRow, outputRow, unit[3], pixels, lanes);
             });
  });
}

/// True where neither buffer has anything between the rows and planes of the map.
bool RelayoutEmitter::isOneRow() {
  ArrayRef<int64_t> map = op.getMap();
  auto isDense = [&](ArrayRef<int64_t> steps) {
    return (map[1] == 1 || steps[3] == map[2] * steps[4]) &&
           (map[0] == 1 || steps[2] == map[1] * map[2] * steps[4]);
  };
  return isDense(inputSteps) && isDense(outputSteps);
}

/// True where a row of so many pixels is transposed in registers.
bool RelayoutEmitter::hasTiles(int64_t width) const {
  constexpr int64_t leastWidth = 4;
  return width >= leastWidth && type.getElementTypeBitWidth() == 32;
}

/// Calls `body` with the row of a unit in both buffers and the channels of its block.
void RelayoutEmitter::emitUnit(ArrayRef<Value> unit,
                               llvm::function_ref<void(Value, Value, int64_t)> body) {
  Value inputRow = rowOffset(unit, inputSteps, op.getInOrigin(), !toBlocked);
  Value outputRow = rowOffset(unit, outputSteps, op.getOutOrigin(), toBlocked);
  e.withPart(unit[1], op.getChannels(), kLanes,
             [&](int64_t channels) { body(inputRow, outputRow, channels); });
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
  if (hasTiles(width))
    return e.forEach(llvm::divideCeilSigned(width, kLanes),
                     [&](Value number) { emitTile(inputRow, outputRow, number, width, lanes); });
  e.forEach(width, [&](Value w) {
    emitPixel(e.add(inputRow, e.mul(w, inputSteps[4])), e.add(outputRow, e.mul(w, outputSteps[4])),
              lanes);
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

/// Tile `number` of a row of `width` pixels, in `lanes` channels.
void RelayoutEmitter::emitTile(Value inputRow, Value outputRow, Value number, int64_t width,
                               int64_t lanes) {
  int64_t pixels = std::min(width, kLanes);
  Value first = e.atMost(e.mul(number, kLanes), e.index(width - pixels));
  Value inputAt = e.add(inputRow, e.mul(first, inputSteps[4])),
        outputAt = e.add(outputRow, e.mul(first, outputSteps[4]));
  SmallVector<Value> rows = toBlocked ? loadRows(inputAt, lanes, pixels, inputSteps[1])
                                      : loadRows(inputAt, pixels, kLanes, inputSteps[4]);
  rows = e.transposed(std::move(rows));
  if (toBlocked) {
    for (int64_t i = 0; i < pixels; ++i)
      e.store(rows[i], output, e.add(outputAt, i * outputSteps[4]));
    return;
  }
  auto present = llvm::to_vector(llvm::seq<int64_t>(0, pixels));
  for (int64_t i = 0; i < lanes; ++i)
    e.store(vector::ShuffleOp::create(e, rows[i], rows[i], present), output,
            e.add(outputAt, i * outputSteps[1]));
}

/// Sixteen vectors: `count` of `lanes` elements that lie `step` apart, and zeros.
SmallVector<Value> RelayoutEmitter::loadRows(Value at, int64_t count, int64_t lanes, int64_t step) {
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kLanes; ++i)
    rows.push_back(i < count ? e.widened(e.loadVector(input, e.add(at, i * step), lanes), kLanes)
                             : arith::ConstantOp::create(e, e.getZeroAttr(type)).getResult());
  return rows;
}

} // namespace

void emitRelayout(Emitter &e, kernel::RelayoutOp op) { RelayoutEmitter(e, op).emit(); }

} // namespace kiln
