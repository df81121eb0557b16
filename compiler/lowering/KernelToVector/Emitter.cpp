// See Emitter.h.
#include "compiler/lowering/KernelToVector/Emitter.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"

using namespace mlir;

namespace kiln {

VectorType lanesOf(Type element, int64_t lanes) { return VectorType::get({lanes}, element); }

ArrayRef<int64_t> shapeOf(Value buffer) { return cast<MemRefType>(buffer.getType()).getShape(); }

SmallVector<int64_t> stridesOf(Value buffer) { return computeStrides(shapeOf(buffer)); }

Value Emitter::index(int64_t value) { return arith::ConstantIndexOp::create(*this, value); }

Value Emitter::add(Value a, Value b) { return createOrFold<arith::AddIOp>(a, b); }

Value Emitter::sub(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }

Value Emitter::mul(Value a, int64_t b) { return createOrFold<arith::MulIOp>(a, index(b)); }

Value Emitter::div(Value a, int64_t b) { return createOrFold<arith::DivUIOp>(a, index(b)); }

Value Emitter::rem(Value a, int64_t b) { return createOrFold<arith::RemUIOp>(a, index(b)); }

Value Emitter::atMost(Value a, Value b) { return createOrFold<arith::MinSIOp>(a, b); }

Value Emitter::atLeast(Value a, Value b) { return createOrFold<arith::MaxSIOp>(a, b); }

Value Emitter::equal(Value a, int64_t b) {
  return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, a, index(b));
}

Value Emitter::less(Value a, Value b) {
  return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, a, b);
}

Value Emitter::choose(Value condition, Value yes, Value no) {
  return createOrFold<arith::SelectOp>(condition, yes, no);
}

/// True where the range holds exactly one multiple of the step.
static bool isSingle(IndexRange range, int64_t step) {
  std::optional<int64_t> begin = getConstantIntValue(range.begin),
                         end = getConstantIntValue(range.end);
  return begin && end && *begin < *end && *begin + step >= *end;
}

void Emitter::forEach(IndexRange range, Body body, int64_t step) {
  reduce(
      range, {},
      [&](Value i, ValueRange) {
        body(i);
        return SmallVector<Value>();
      },
      Unroll::Freely, step);
}

/// The loop and its counter take their share of the instructions that a core can start, most where
/// another program has the rest; four turns in one leave little of it.
static int64_t turnsOf(Unroll unroll, int64_t operations) {
  constexpr int64_t enough = 28, most = 4;
  return unroll == Unroll::Never ? 1 : std::clamp<int64_t>(enough / operations, 1, most);
}

static LLVM::LoopAnnotationAttr unrolled(MLIRContext *context, int64_t turns) {
  Builder b(context);
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, b.getBoolAttr(turns == 1),
      turns == 1 ? IntegerAttr() : b.getI32IntegerAttr(static_cast<int32_t>(turns)), {}, {}, {}, {},
      {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {}, {}, {}, {}, {}, {},
                                       {}, {}, {});
}

SmallVector<Value> Emitter::reduce(IndexRange range, ValueRange initial, CarriedBody body,
                                   Unroll unroll, int64_t step) {
  if (isSingle(range, step))
    return body(range.begin, initial);
  auto loop = scf::ForOp::create(*this, range.begin, range.end, index(step), initial);
  if (unroll != Unroll::Freely)
    loop->setAttr("llvm.loop_annotation",
                  unrolled(getContext(), turnsOf(unroll, static_cast<int64_t>(initial.size()))));
  OpBuilder::InsertionGuard guard(*this);
  Block *block = loop.getBody();
  if (initial.empty()) {
    setInsertionPoint(block->getTerminator());
    body(loop.getInductionVar(), {});
    return {};
  }
  setInsertionPointToEnd(block);
  scf::YieldOp::create(*this, body(loop.getInductionVar(), loop.getRegionIterArgs()));
  return llvm::to_vector(ValueRange(loop.getResults()));
}

void Emitter::branch(Value condition, llvm::function_ref<void()> yes,
                     llvm::function_ref<void()> no) {
  if (std::optional<int64_t> known = getConstantIntValue(condition)) {
    if (*known)
      yes();
    else if (no)
      no();
    return;
  }
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/bool(no));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  yes();
  if (!no)
    return;
  setInsertionPointToStart(branch.elseBlock());
  no();
}

void Emitter::withPart(Value number, int64_t extent, int64_t step,
                       llvm::function_ref<void(int64_t)> body) {
  int64_t whole = extent / step, rest = extent % step;
  if (rest == 0 || whole == 0)
    return body(rest == 0 ? step : rest);
  branch(
      less(number, index(whole)), [&] { body(step); }, [&] { body(rest); });
}

IndexRange Emitter::taskRange(int64_t tasks, int64_t units) {
  if (tasks == 1)
    return {index(0), index(units)};
  return {div(mul(task, units), tasks), div(mul(add(task, 1), units), tasks)};
}

SmallVector<Value> Emitter::coordinates(Value number, ArrayRef<int64_t> extents) {
  SmallVector<Value> result(extents.size());
  int64_t inner = 1, outer = computeProduct(extents);
  for (int64_t i = extents.size() - 1; i >= 0; --i) {
    outer /= extents[i];
    if (extents[i] == 1)
      result[i] = index(0);
    else if (outer == 1)
      result[i] = div(number, inner);
    else
      result[i] = rem(div(number, inner), extents[i]);
    inner *= extents[i];
  }
  return result;
}

void Emitter::forEachUnit(int64_t tasks, ArrayRef<int64_t> extents,
                          llvm::function_ref<void(ArrayRef<Value>)> body) {
  forEach(taskRange(tasks, computeProduct(extents)),
          [&](Value unit) { body(coordinates(unit, extents)); });
}

void Emitter::forEachRow(int64_t tasks, std::array<int64_t, 4> extents,
                         llvm::function_ref<void(ArrayRef<Value>)> body) {
  auto [images, blocks, planes, rows] = extents;
  int64_t allRows = images * planes * rows;
  if (!kernel::shareRows(tasks, allRows))
    return forEachUnit(tasks, {blocks, images, planes, rows}, [&](ArrayRef<Value> at) {
      body({at[1], at[0], at[2], at[3]});
    });
  IndexRange part = taskRange(tasks, allRows);
  forEach(blocks, [&](Value block) {
    forEach(part, [&](Value row) {
      SmallVector<Value> at = coordinates(row, {images, planes, rows});
      body({at[0], block, at[1], at[2]});
    });
  });
}

Value Emitter::flat(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  if (type.getRank() == 0)
    return memref::ExpandShapeOp::create(*this, ArrayRef<int64_t>{1}, buffer,
                                         ArrayRef<ReassociationIndices>{});
  return memref::CollapseShapeOp::create(
      *this, buffer, {llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()))});
}

Value Emitter::loadVector(Value array, Value at, int64_t lanes) {
  Type element = cast<MemRefType>(array.getType()).getElementType();
  return vector::LoadOp::create(*this, lanesOf(element, lanes), array, ValueRange(at));
}

Value Emitter::loadScalar(Value array, Value at) {
  return memref::LoadOp::create(*this, array, ValueRange(at));
}

Value Emitter::loadBroadcast(Value array, Value at, int64_t lanes) {
  Value element = loadScalar(array, at);
  return vector::BroadcastOp::create(*this, lanesOf(element.getType(), lanes), element);
}

void Emitter::store(Value value, Value array, Value at) {
  if (isa<VectorType>(value.getType()))
    vector::StoreOp::create(*this, value, array, ValueRange(at));
  else
    memref::StoreOp::create(*this, value, array, ValueRange(at));
}

Value Emitter::onNextPage(Value array, Value at, int64_t elements) {
  auto type = cast<MemRefType>(array.getType());
  constexpr int64_t pageBytes = 4096;
  int64_t elementsOfPage = pageBytes * 8 / type.getElementTypeBitWidth();
  return atMost(add(at, elementsOfPage), index(type.getNumElements() - elements));
}

void Emitter::prefetch(Value array, Value at, int level) {
  memref::PrefetchOp::create(*this, array, ValueRange(at), /*isWrite=*/false,
                             /*localityHint=*/4 - level, /*isDataCache=*/true);
}

Value Emitter::widened(Value vector, int64_t lanes) {
  auto type = cast<VectorType>(vector.getType());
  int64_t present = type.getNumElements();
  if (present == lanes)
    return vector;
  SmallVector<int64_t> places = llvm::to_vector(llvm::seq<int64_t>(0, present));
  places.resize(lanes, present);
  return vector::ShuffleOp::create(*this, vector, constant(type, 0.0), places);
}

/// In four steps: step s exchanges the halves of pairs of rows that lie 2^s apart.
SmallVector<Value> Emitter::transposed(SmallVector<Value> rows) {
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
      rows[i] = vector::ShuffleOp::create(*this, first, second, low);
      rows[i + span] = vector::ShuffleOp::create(*this, first, second, high);
    }
  }
  return rows;
}

Value Emitter::constant(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr scalar = isa<FloatType>(element)
                         ? TypedAttr(getFloatAttr(element, value))
                         : TypedAttr(getIntegerAttr(element, static_cast<int64_t>(value)));
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(*this, DenseElementsAttr::get(vector, Attribute(scalar)));
  return arith::ConstantOp::create(*this, scalar);
}

} // namespace kiln
