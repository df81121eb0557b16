// Counts off the shapes of a kernel's operands and its attributes.
#include "compiler/lowering/DescribeLaunch.h"

#include "compiler/lowering/KernelName.h"
#include "compiler/lowering/KernelToVector/ConvGeometry.h"
#include "compiler/lowering/KernelToVector/Kernels.h"
#include "dialects/kernel/KernelDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace kiln {
namespace {

ArrayRef<int64_t> shapeOf(Value value) { return cast<MemRefType>(value.getType()).getShape(); }

int64_t product(ArrayRef<int64_t> sizes) {
  int64_t result = 1;
  for (int64_t size : sizes)
    result *= size;
  return result;
}

int64_t bytesOf(Value value) {
  auto type = cast<MemRefType>(value.getType());
  return product(type.getShape()) * llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

bool liesIn(Value value, Value section) {
  while (Operation *definition = value.getDefiningOp()) {
    if (!isa<memref::ViewOp, memref::SubViewOp, memref::CollapseShapeOp, memref::ExpandShapeOp>(
            definition))
      return false;
    value = definition->getOperand(0);
  }
  return value == section;
}

/// The positions that windows of `kernel` taps reach in one dimension of `size` positions.
int64_t reached(int64_t size, int64_t outputs, int64_t kernel, int64_t stride) {
  return std::min(size, stride > kernel ? outputs * kernel : (outputs - 1) * stride + kernel);
}

/// Bytes of a map of shape N x C.. x D x H x W (x lanes) that windows reach.
int64_t windowBytes(Value map, ArrayRef<int64_t> outSize, ArrayRef<int64_t> kernel,
                    ArrayRef<int64_t> strides) {
  int64_t bytes = bytesOf(map);
  for (size_t d = 0; d < 3; ++d) {
    int64_t size = shapeOf(map)[2 + d];
    bytes = bytes / size * reached(size, outSize[d], kernel[d], strides[d]);
  }
  return bytes;
}

/// Bytes of `size` pixels of a map.
int64_t pixelBytes(Value map, ArrayRef<int64_t> size) {
  return windowBytes(map, size, {1, 1, 1}, {1, 1, 1});
}

/// What a kernel does not touch of its buffers.
int64_t untouchedBytes(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](kernel::ConvOp conv) {
        int64_t bytes = bytesOf(conv.getInput()) - windowBytes(conv.getInput(), conv.getOutSize(),
                                                               conv.getTaps(), conv.getStrides());
        bytes += bytesOf(conv.getOutput()) - pixelBytes(conv.getOutput(), conv.getOutSize());
        if (Value residual = conv.getResidual())
          bytes += bytesOf(residual) - pixelBytes(residual, conv.getOutSize());
        return bytes;
      })
      .Case([](kernel::PoolOp pool) {
        return bytesOf(pool.getInput()) -
               windowBytes(pool.getInput(), pool.getOutSize(), pool.getKernel(),
                           pool.getStrides()) +
               bytesOf(pool.getOutput()) - pixelBytes(pool.getOutput(), pool.getOutSize());
      })
      .Case([](kernel::FillBorderOp fill) {
        SmallVector<int64_t, 3> inner(shapeOf(fill.getBuffer()).slice(2, 3));
        for (size_t d = 0; d < 3; ++d)
          inner[d] -= fill.getBorder()[d] + fill.getBorder()[d + 3];
        return pixelBytes(fill.getBuffer(), inner);
      })
      .Default(int64_t(0));
}

/// What the algorithm multiplies: for Winograd's the matrix products, which are fewer than those of
/// the convolution; not what lies in a border and is left out.
int64_t multiplyAdds(Operation *op) {
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](kernel::ConvOp conv) {
        int64_t images = shapeOf(conv.getOutput())[0], channels = conv.getChannels();
        int64_t products = images * conv.getFilters() * (channels / conv.getGroups());
        if (conv.getDepthwiseFilter())
          return (products + images * channels * product(conv.getTaps())) *
                 product(conv.getOutSize());
        for (int d = 0; d < 3; ++d)
          products *= conv.getOutSize()[d] * conv.getTaps()[d] - tapsInBorder(conv, d);
        return products;
      })
      .Case([](kernel::WinogradOp conv) {
        return multipliedDepthTaps(conv) * conv.getSizes().points() * conv.getFilters() *
               (conv.getChannels() / conv.getGroups());
      })
      .Case([](kernel::GemmOp gemm) {
        return product(shapeOf(gemm.getA())) * shapeOf(gemm.getOutput())[1];
      })
      .Default(int64_t(0));
}

/// `conv3x3`, `dwconv3x3`, `dwconv3x3_conv1x1`, `planarconv7x7`, `winograd4_3x3`, `gemv_f24`,
/// `pool`; what linalg does is `elementwise`.
std::string kindOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([](kernel::ConvOp conv) {
        bool isDepthwise = conv.getForm() == nn::FilterForm::Depthwise;
        return (isDepthwise || conv.getDepthwiseFilter()   ? "dwconv"
                : conv.getForm() == nn::FilterForm::Planar ? "planarconv"
                                                           : "conv") +
               tapsText(conv.getTaps()) + (conv.getDepthwiseFilter() ? "_conv1x1" : "");
      })
      .Case([](kernel::WinogradOp conv) {
        return "winograd" + std::to_string(nn::winogradTile(conv.getForm())) + "_" +
               tapsText(conv.getTaps());
      })
      .Case([](kernel::GemmOp gemm) {
        std::string kind = shapeOf(gemm.getA())[0] == 1 ? "gemv" : "gemm";
        return gemm.hasRoundedWeights() ? kind + "_f24" : kind;
      })
      .Case([](linalg::LinalgOp) { return "elementwise"; })
      .Default([](Operation *other) { return other->getName().stripDialect().str(); });
}

/// The tensors named in a location: a name around the node's name; a fused op has several.
void collectTensors(Location loc, llvm::SetVector<Attribute> &tensors) {
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations())
      collectTensors(part, tensors);
  } else if (auto name = dyn_cast<NameLoc>(loc)) {
    tensors.insert(name.getName());
  }
}

} // namespace

DictionaryAttr describeLaunch(Operation *op, StringRef function, int64_t tasks, Value weights) {
  llvm::SetVector<Attribute> layers;
  collectTensors(op->getLoc(), layers);
  int64_t weightBytes = 0, mapBytes = -untouchedBytes(op);
  llvm::SetVector<Value> buffers(op->operand_begin(), op->operand_end());
  for (Value buffer : buffers)
    if (isa<MemRefType>(buffer.getType()))
      (liesIn(buffer, weights) ? weightBytes : mapBytes) += bytesOf(buffer);
  Builder b(op->getContext());
  return b.getDictionaryAttr(
      {b.getNamedAttr("layers", b.getArrayAttr(layers.getArrayRef())),
       b.getNamedAttr("kind", b.getStringAttr(kindOf(op))),
       b.getNamedAttr("kernel", b.getStringAttr(function)),
       b.getNamedAttr("tasks", b.getI64IntegerAttr(tasks)),
       b.getNamedAttr("multiply_adds", b.getI64IntegerAttr(multiplyAdds(op))),
       b.getNamedAttr("weight_bytes", b.getI64IntegerAttr(weightBytes)),
       b.getNamedAttr("map_bytes", b.getI64IntegerAttr(mapBytes))});
}

} // namespace kiln
