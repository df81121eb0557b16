// Packs filters into the order in which kernels read them; the definition is that of
// nn.pack_filter. Runs in the weights program, or in the network where the weights are its inputs.
//
//   for unit of (filter block, input block)       the part of this task
//     for kd, kh, kw, channel:
//       out[..][16 filters] = in[filter][channel][kd][kh][kw], 0 where there is none
//
// Floats of 24 bits are made of four such rows at a time.
#include "compiler/lowering/KernelToVector/Float24.h"
#include "compiler/lowering/KernelToVector/Kernels.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace kiln {
namespace {

constexpr int64_t kHalf = kLanes / 2;

class PackEmitter {
public:
  PackEmitter(Emitter &e, kernel::PackFilterOp op)
      : e(e), op(op), input(e.flat(op.getInput())), output(e.flat(op.getOutput())),
        shape(shapeOf(op.getInput())), inputSteps(stridesOf(op.getInput())),
        outputSteps(stridesOf(op.getOutput())), groups(op.getGroups()),
        element(cast<MemRefType>(op.getInput().getType()).getElementType()) {}

  void emit();

private:
  void emitGemm();
  void emitBlocked();
  void emitPlanar();
  void emitOwnLanes();
  void emitBlock(Value block, Value firstChannel, Value outputAt, int64_t lanes, int64_t channels);
  void emitTail(Value block, Value firstChannel, Value outputAt, int64_t channels);
  Value offsetInBlock(Value block, Value lane, Value channel);
  void emitRounded();
  void emitFour(Value block, Value four, int64_t rows, int64_t lanes);
  Value offsetOfRow(Value row);
  void emitGroupedBlock(Value block, Value firstChannel, Value outputAt);
  void emitGroupedTaps(Value filter, Value channel, Value outputAt);
  void forEachTap(Value inputAt, Value outputAt, int64_t outputStep,
                  llvm::function_ref<void(Value, Value)> body);
  void storeLanes(Value first, int64_t lanes, int64_t laneStep, Value outputAt) {
    e.store(loadLanes(first, lanes, laneStep), output, outputAt);
  }
  Value loadLanes(Value first, int64_t lanes, int64_t laneStep);
  Value loadLanes(Value first, ArrayRef<int64_t> offsets);

  int64_t tasks() { return op.getSchedule().getTasks(); }
  int64_t blocks() { return shapeOf(op.getOutput())[0]; }
  int64_t taps() const { return shape[2] * shape[3] * shape[4]; }

  Emitter &e;
  kernel::PackFilterOp op;
  Value input, output;
  ArrayRef<int64_t> shape;
  SmallVector<int64_t> inputSteps, outputSteps;
  int64_t groups;
  Type element;
};

void PackEmitter::emit() {
  if (op.isRounded())
    return emitRounded();
  switch (op.getForm()) {
  case nn::FilterForm::Gemm:
    return emitGemm();
  case nn::FilterForm::Blocked:
  case nn::FilterForm::Tail:
    return emitBlocked();
  case nn::FilterForm::Planar:
    return emitPlanar();
  case nn::FilterForm::Depthwise:
  case nn::FilterForm::Grouped:
    return emitOwnLanes();
  case nn::FilterForm::WinogradF2:
  case nn::FilterForm::WinogradF3:
  case nn::FilterForm::WinogradF4:
  case nn::FilterForm::WinogradF5:
  case nn::FilterForm::WinogradF6:
    return emitWinogradFilter(e, op);
  }
}

/// Sixteen elements that lie `laneStep` apart, as one vector; zeros beyond `lanes`.
Value PackEmitter::loadLanes(Value first, int64_t lanes, int64_t laneStep) {
  if (lanes == kLanes && laneStep == 1)
    return e.loadVector(input, first);
  SmallVector<int64_t> offsets;
  for (int64_t lane = 0; lane < lanes; ++lane)
    offsets.push_back(lane * laneStep);
  return loadLanes(first, offsets);
}

/// The elements at these offsets as one vector, with zeros behind them.
Value PackEmitter::loadLanes(Value first, ArrayRef<int64_t> offsets) {
  SmallVector<Value> values;
  for (int64_t offset : offsets)
    values.push_back(e.loadScalar(input, e.add(first, offset)));
  values.resize(kLanes, e.constant(element, 0));
  return vector::FromElementsOp::create(e, lanesOf(element), values);
}

void PackEmitter::emitGemm() {
  int64_t inner = shape[0], columns = shape[1];
  e.forEachUnit(tasks(), {blocks()}, [&](ArrayRef<Value> at) {
    e.withPart(at[0], columns, kLanes, [&](int64_t lanes) {
      e.forEach(inner, [&](Value k) {
        Value from = e.add(e.mul(k, columns), e.mul(at[0], kLanes));
        storeLanes(from, lanes, 1, e.add(e.mul(at[0], outputSteps[0]), e.mul(k, kLanes)));
      });
    });
  });
}

/// The taps of a filter lie side by side in the source, and `outputStep` apart in the packed
/// filter.
void PackEmitter::forEachTap(Value inputAt, Value outputAt, int64_t outputStep,
                             llvm::function_ref<void(Value, Value)> body) {
  e.forEach(taps(),
            [&](Value tap) { body(e.add(inputAt, tap), e.add(outputAt, e.mul(tap, outputStep))); });
}

void PackEmitter::emitPlanar() {
  e.forEachUnit(tasks(), {blocks()}, [&](ArrayRef<Value> at) {
    e.withPart(at[0], shape[0], kLanes, [&](int64_t lanes) {
      e.forEach(shape[1], [&](Value channel) {
        Value from = e.add(e.mul(at[0], kLanes * inputSteps[0]), e.mul(channel, inputSteps[1]));
        Value to = e.add(e.mul(at[0], outputSteps[0]), e.mul(channel, outputSteps[1]));
        forEachTap(from, to, kLanes, [&](Value first, Value outputAt) {
          storeLanes(first, lanes, inputSteps[0], outputAt);
        });
      });
    });
  });
}

/// The rows of a group lie behind each other at each tap.
void PackEmitter::emitOwnLanes() {
  int64_t rows = shape[1];
  e.forEachUnit(tasks(), {blocks()}, [&](ArrayRef<Value> at) {
    e.withPart(at[0], shape[0], kLanes, [&](int64_t lanes) {
      for (int64_t row = 0; row < rows; ++row) {
        SmallVector<int64_t> offsets;
        for (int64_t lane = 0; lane < lanes; ++lane)
          offsets.push_back(lane * inputSteps[0] +
                            nn::channelOfGroupedRow(row, lane, rows) * inputSteps[1]);
        Value to = e.add(e.mul(at[0], outputSteps[0]), row * kLanes);
        forEachTap(e.mul(at[0], kLanes * inputSteps[0]), to, rows * kLanes,
                   [&](Value first, Value outputAt) {
                     e.store(loadLanes(first, offsets), output, outputAt);
                   });
      }
    });
  });
}

void PackEmitter::emitBlocked() {
  int64_t perGroup = shape[1], filtersPerGroup = shape[0] / groups, channels = perGroup * groups;
  int64_t inputBlocks = llvm::divideCeilSigned(channels, kLanes), read = shapeOf(op.getOutput())[1];
  e.forEachUnit(tasks(), {blocks(), read}, [&](ArrayRef<Value> at) {
    Value group = e.div(e.mul(at[0], kLanes), filtersPerGroup);
    Value firstBlock = e.atMost(e.div(e.mul(group, perGroup), kLanes), e.index(inputBlocks - read));
    Value firstChannel = e.mul(e.add(firstBlock, at[1]), kLanes);
    Value outputAt = e.add(e.mul(at[0], outputSteps[0]), e.mul(at[1], outputSteps[1]));
    if (groups != 1)
      return emitGroupedBlock(at[0], firstChannel, outputAt);
    e.withPart(at[0], shape[0], kLanes, [&](int64_t lanes) {
      bool endsInTail = op.getForm() == nn::FilterForm::Tail && lanes != kLanes;
      e.withPart(at[1], channels, kLanes, [&](int64_t count) {
        if (endsInTail)
          return emitTail(at[0], firstChannel, outputAt, count);
        emitBlock(at[0], firstChannel, outputAt, lanes, count);
      });
    });
  });
}

/// The last block of the form tail: halves of rows of pairs of channels, or with a row of channels
/// for each filter.
void PackEmitter::emitTail(Value block, Value firstChannel, Value outputAt, int64_t channels) {
  Value first = e.add(e.mul(block, kLanes * inputSteps[0]), e.mul(firstChannel, inputSteps[1]));
  e.forEach(kLanes, [&](Value row) {
    forEachTap(e.index(0), e.add(outputAt, e.mul(row, kLanes)), kLanes * kLanes,
               [&](Value, Value to) { e.store(e.constant(lanesOf(element), 0), output, to); });
  });
  int64_t filters = shape[0] % kLanes;
  for (int64_t half = 0; half < filters; half += kHalf) {
    int64_t count = std::min(filters - half, kHalf);
    bool isPaired = nn::hasPairs(count, shape[1], kLanes);
    auto offset = [&](Value filter, Value channel) {
      if (!isPaired)
        return e.add(e.mul(filter, kLanes), channel);
      Value pair = e.mul(e.div(channel, 2), kLanes), member = e.rem(channel, 2);
      return e.add(e.add(pair, e.mul(filter, 2)), member);
    };
    e.forEach(count, [&](Value filter) {
      Value from = e.add(first, e.mul(e.add(filter, half), inputSteps[0]));
      e.forEach(channels, [&](Value channel) {
        Value to = e.add(e.add(outputAt, half * kLanes), offset(filter, channel));
        forEachTap(e.add(from, e.mul(channel, inputSteps[1])), to, kLanes * kLanes,
                   [&](Value from, Value to) { e.store(e.loadScalar(input, from), output, to); });
      });
    });
  }
}

/// One block of filters times one of channels, where every filter reads every channel.
void PackEmitter::emitBlock(Value block, Value firstChannel, Value outputAt, int64_t lanes,
                            int64_t channels) {
  Value inputAt = e.add(e.mul(block, kLanes * inputSteps[0]), e.mul(firstChannel, inputSteps[1]));
  e.forEach(channels, [&](Value channel) {
    forEachTap(e.add(inputAt, e.mul(channel, inputSteps[1])),
               e.add(outputAt, e.mul(channel, kLanes)), kLanes * kLanes,
               [&](Value first, Value at) { storeLanes(first, lanes, inputSteps[0], at); });
  });
  if (channels == kLanes)
    return;
  Value zero = e.constant(lanesOf(element), 0);
  e.forEach({e.index(channels), e.index(kLanes)}, [&](Value channel) {
    forEachTap(e.index(0), e.add(outputAt, e.mul(channel, kLanes)), kLanes * kLanes,
               [&](Value, Value at) { e.store(zero, output, at); });
  });
}

/// Where the weight of a filter of a block and a channel lies: in halves of pairs of channels where
/// the form is tail and the block is not whole.
Value PackEmitter::offsetInBlock(Value block, Value lane, Value channel) {
  Value inWhole = e.add(e.mul(channel, kLanes), lane);
  if (op.getForm() != nn::FilterForm::Tail)
    return inWhole;
  Value first = e.mul(block, kLanes),
        last = e.atMost(e.add(first, kLanes - 1), e.index(shape[0] - 1));
  int64_t perGroup = shape[0] / groups;
  Value isOneGroup = e.less(e.div(last, perGroup), e.add(e.div(first, perGroup), 1));
  Value isWhole = arith::AndIOp::create(e, isOneGroup, e.less(e.add(first, kHalf - 1), last));
  Value filter = e.add(e.mul(e.div(lane, kHalf), kHalf * kLanes), e.mul(e.rem(lane, kHalf), 2));
  Value inPair = e.add(e.mul(e.div(channel, 2), kLanes), e.rem(channel, 2));
  return e.choose(isWhole, inWhole, e.add(filter, inPair));
}

/// The same element by element, where a filter has weights for the channels of its group only.
void PackEmitter::emitGroupedBlock(Value block, Value firstChannel, Value outputAt) {
  e.forEach(kLanes, [&](Value lane) {
    e.forEach(kLanes, [&](Value channel) {
      emitGroupedTaps(e.add(e.mul(block, kLanes), lane), e.add(firstChannel, channel),
                      e.add(outputAt, offsetInBlock(block, lane, channel)));
    });
  });
}

void PackEmitter::emitGroupedTaps(Value filter, Value channel, Value outputAt) {
  int64_t perGroup = shape[1], filtersPerGroup = shape[0] / groups;
  Value group = e.div(filter, filtersPerGroup), firstOfGroup = e.mul(group, perGroup);
  Value exists = e.less(filter, e.index(shape[0]));
  for (Value condition :
       {e.less(channel, e.add(firstOfGroup, perGroup)), e.less(firstOfGroup, e.add(channel, 1))})
    exists = arith::AndIOp::create(e, exists, condition);
  auto copy = [&] {
    Value within = e.sub(channel, firstOfGroup);
    forEachTap(e.add(e.mul(filter, inputSteps[0]), e.mul(within, inputSteps[1])), outputAt,
               kLanes * kLanes,
               [&](Value from, Value to) { e.store(e.loadScalar(input, from), output, to); });
  };
  auto clear = [&] {
    Value zero = e.constant(element, 0);
    forEachTap(e.index(0), outputAt, kLanes * kLanes,
               [&](Value, Value to) { e.store(zero, output, to); });
  };
  e.branch(exists, copy, clear);
}

/// Blocks of filters, or of columns; the rows of each in fours.
void PackEmitter::emitRounded() {
  bool isGemm = op.getForm() == nn::FilterForm::Gemm;
  int64_t rows = isGemm ? shape[0] : shape[1] * taps();
  int64_t fours = rows / kRowsOfWords, rest = rows % kRowsOfWords;
  e.forEachUnit(tasks(), {blocks()}, [&](ArrayRef<Value> at) {
    e.withPart(at[0], isGemm ? shape[1] : shape[0], kLanes, [&](int64_t lanes) {
      e.forEach(fours, [&](Value four) { emitFour(at[0], four, kRowsOfWords, lanes); });
      if (rest != 0)
        emitFour(at[0], e.index(fours), rest, lanes);
    });
  });
}

/// The words of `rows` rows, and of zeros in the place of what is missing of four.
void PackEmitter::emitFour(Value block, Value four, int64_t rows, int64_t lanes) {
  int64_t laneStep = op.getForm() == nn::FilterForm::Gemm ? 1 : inputSteps[0];
  Value first = e.mul(block, kLanes * laneStep);
  SmallVector<Value> values;
  for (int64_t i = 0; i < rows; ++i) {
    Value row = e.add(e.mul(four, kRowsOfWords), i);
    values.push_back(loadLanes(e.add(first, offsetOfRow(row)), lanes, laneStep));
  }
  values.resize(kRowsOfWords, e.constant(lanesOf(element), 0.0));
  Value to = e.add(e.mul(block, outputSteps[0]), e.mul(four, outputSteps[1]));
  for (auto [i, words] : llvm::enumerate(::kiln::emitRounded(e, values)))
    e.store(words, output, e.add(to, static_cast<int64_t>(i) * kLanes));
}

/// Where the first element of a row of the packed matrix lies in the source.
Value PackEmitter::offsetOfRow(Value row) {
  if (op.getForm() == nn::FilterForm::Gemm)
    return e.mul(row, shape[1]);
  // Channels and taps lie in the order of the planar form.
  if (op.getForm() == nn::FilterForm::Planar)
    return row;
  Value inBlock = e.rem(row, kLanes * taps()), tap = e.div(inBlock, kLanes);
  Value channel = e.add(e.mul(e.div(row, kLanes * taps()), kLanes), e.rem(inBlock, kLanes));
  return e.add(e.mul(channel, taps()), tap);
}

} // namespace

void emitPackFilter(Emitter &e, kernel::PackFilterOp op) { PackEmitter(e, op).emit(); }

} // namespace kiln
