// A network written as text, run by the reference evaluator.
#ifndef KILN_TESTS_COMPILER_REFERENCE_NETWORK_H
#define KILN_TESTS_COMPILER_REFERENCE_NETWORK_H

#include "compiler/reference/Evaluate.h"
#include "dialects/nn/NnDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <random>

namespace kiln::reference {

using Numbers = std::vector<double>;

/// Not a number and infinity, as the tests write them.
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline Numbers numbersOf(const Tensor &tensor) {
  if (mlir::isa<mlir::FloatType>(tensor.elementType()))
    return tensor.load<double>();
  std::vector<int64_t> integers = tensor.load<int64_t>();
  return Numbers(integers.begin(), integers.end());
}

/// Results as text, in which NaN equals NaN and -0 differs from 0.
inline std::string textOf(const Numbers &numbers) {
  std::string text;
  for (double number : numbers)
    text += (text.empty() ? "" : " ") +
            (std::isnan(number) ? std::string("nan") : std::to_string(number));
  return text;
}

/// One function with its context. `body` uses the arguments %a, %b ... of the types given and
/// returns values.
class Network {
public:
  Network(llvm::ArrayRef<llvm::StringRef> types, llvm::StringRef results, llvm::StringRef body) {
    context.loadDialect<nn::NnDialect, mlir::func::FuncDialect>();
    context.printOpOnDiagnostic(false);
    std::string text = "func.func @main(";
    for (auto [index, type] : llvm::enumerate(types))
      text += std::string(index ? ", %" : "%") + char('a' + index) + " : " + type.str();
    text += ") -> (" + results.str() + ") {\n" + body.str() + "\n}\n";
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
  }

  mlir::func::FuncOp function() { return *module->getOps<mlir::func::FuncOp>().begin(); }

  /// The input tensor of an argument with these elements, rounded to its type.
  Tensor input(unsigned index, const Numbers &numbers) {
    auto type = llvm::cast<mlir::RankedTensorType>(function().getArgumentTypes()[index]);
    Tensor tensor = *Tensor::allocate(function().getLoc(), type);
    EXPECT_EQ(int64_t(numbers.size()), tensor.size());
    if (mlir::isa<mlir::FloatType>(tensor.elementType()))
      tensor.store<double>(0, numbers);
    else
      tensor.store<int64_t>(0, std::vector<int64_t>(numbers.begin(), numbers.end()));
    return tensor;
  }

  llvm::SmallVector<Tensor> run(llvm::ArrayRef<Numbers> inputs, Observer observer = nullptr) {
    llvm::SmallVector<Tensor> tensors;
    for (auto [index, numbers] : llvm::enumerate(inputs))
      tensors.push_back(input(index, numbers));
    auto results = evaluate(function(), tensors, observer);
    EXPECT_TRUE(mlir::succeeded(results));
    return mlir::succeeded(results) ? *results
                                    : llvm::SmallVector<Tensor>(function().getNumResults());
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// The elements of the only result.
inline Numbers run(llvm::ArrayRef<llvm::StringRef> types, llvm::StringRef result,
                   llvm::StringRef body, llvm::ArrayRef<Numbers> inputs) {
  Network network(types, result, body);
  return numbersOf(network.run(inputs).front());
}

/// `count` numbers in [-1, 1] that f32 holds exactly.
inline Numbers randomNumbers(size_t count, unsigned seed) {
  std::minstd_rand generator(seed);
  std::uniform_int_distribution<int> distribution(-(1 << 20), 1 << 20);
  Numbers numbers(count);
  for (double &number : numbers)
    number = std::ldexp(distribution(generator), -20);
  return numbers;
}

inline void expectNear(const Numbers &actual, const Numbers &expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], expected[i], tolerance) << "element " << i;
}

} // namespace kiln::reference

#endif // KILN_TESTS_COMPILER_REFERENCE_NETWORK_H
