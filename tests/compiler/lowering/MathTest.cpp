// The functions that replace a math library, against the C library in a wider type: over the whole
// range, at the special values of IEEE 754 and Annex F, on machines with and without fused
// multiply-add.
#include "KernelHarness.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace kiln::test {
namespace {

/// `body` computes %r from %x (and %y) of `type`.
std::string moduleOf(const std::string &type, const std::string &result, const std::string &body,
                     int64_t count, bool isBinary) {
  std::string memref = "memref<" + std::to_string(count) + "x" + type + ">";
  std::string out = "memref<" + std::to_string(count) + "x" + result + ">";
  std::string inputs = isBinary ? "%b0, %b1" : "%b0",
              types = isBinary ? memref + ", " + memref : memref;
  auto view = [&](const std::string &i, const std::string &to, int64_t bytes) {
    std::string from = "memref<" + std::to_string(count * bytes) + "xi8>";
    return std::pair("%a" + i + ": " + from + ", ",
                     "%b" + i + " = memref.view %a" + i + "[%c0][] : " + from + " to " + to + "\n");
  };
  auto bytesOf = [](const std::string &t) {
    return std::stoll(t.substr(t.find_first_of("123456789"))) / 8;
  };
  auto [arg0, view0] = view("0", memref, bytesOf(type));
  auto [arg1, view1] = view("1", memref, bytesOf(type));
  auto [arg2, view2] = view("2", out, bytesOf(result));
  return "func.func @net(" + arg0 + (isBinary ? arg1 : "") + arg2 +
         "%w: memref<0xi8>, %a: memref<0xi8>) attributes {kernel.entry} {\n%c0 = arith.constant 0 "
         ": index\n" +
         view0 + (isBinary ? view1 : "") + view2 +
         "linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>" +
         (isBinary ? ", affine_map<(d0) -> (d0)>" : "") +
         ", affine_map<(d0) -> (d0)>], iterator_types = [\"parallel\"]} ins(" + inputs + " : " +
         types + ") outs(%b2 : " + out + ") {\n^bb0(%x: " + type +
         (isBinary ? ", %y: " + type : "") + ", %old: " + result + "):\n" + body +
         "\nlinalg.yield %r : " + result + "\n}\nreturn\n}\n";
}

template <typename Out, typename In>
std::vector<Out> evaluate(const std::string &module, std::vector<In> x, std::vector<In> y,
                          const std::string &cpu) {
  std::vector<Out> result(x.size());
  CompiledKernel kernel(module, cpu);
  if (!kernel.isValid())
    return result;
  std::vector<void *> buffers = {x.data()};
  if (!y.empty())
    buffers.push_back(y.data());
  buffers.push_back(result.data());
  kernel.runRaw(buffers);
  return result;
}

template <typename T> std::vector<T> specialValues() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T value : {T(0),
                  Limits::denorm_min(),
                  Limits::min() / 2,
                  Limits::min(),
                  T(1e-30),
                  T(1e-4),
                  T(0.25),
                  T(0.5),
                  T(0.7071068),
                  T(1),
                  T(1) + Limits::epsilon(),
                  T(1.5),
                  T(2),
                  T(2.5),
                  T(3),
                  T(10),
                  T(88.7),
                  T(103.9),
                  T(709.7),
                  T(745),
                  T(8388607.5),
                  T(1e10),
                  Limits::max(),
                  Limits::infinity(),
                  Limits::quiet_NaN()}) {
    values.push_back(value);
    values.push_back(-value);
  }
  return values;
}

/// Special values, every magnitude, and the range where functions do most.
template <typename T> std::vector<T> samples(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<T> values = specialValues<T>();
  for (int i = 0; i < 20000; ++i) {
    if constexpr (sizeof(T) == 4)
      values.push_back(std::bit_cast<float>(static_cast<uint32_t>(random())));
    else
      values.push_back(std::bit_cast<double>(random()));
    values.push_back(std::uniform_real_distribution<T>(T(-12), T(12))(random));
    values.push_back(std::uniform_real_distribution<T>(T(-110), T(110))(random));
  }
  return values;
}

/// Distance in units in the last place of `want`, at least one denormal.
template <typename T> double unitsApart(long double want, T have) {
  T nearest = static_cast<T>(want);
  if (std::isnan(want) || std::isnan(have))
    return std::isnan(nearest) == std::isnan(have) ? 0 : INFINITY;
  if (nearest == have)
    return std::signbit(nearest) == std::signbit(have) ? 0 : INFINITY;
  if (std::isinf(have) || std::isinf(nearest))
    return INFINITY;
  T unit =
      std::nextafter(std::abs(nearest), std::numeric_limits<T>::infinity()) - std::abs(nearest);
  return std::abs((static_cast<long double>(have) - want) / unit);
}

/// `body` computes %r from %x of the type T.
template <typename T, typename F>
void checkBody(const std::string &op, const std::string &body, F expected, double units,
               const std::string &cpu) {
  std::string type = sizeof(T) == 4 ? "f32" : "f64";
  std::vector<T> x = samples<T>(7);
  std::string module = moduleOf(type, type, body, x.size(), false);
  std::vector<T> have = evaluate<T, T>(module, x, {}, cpu);
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_LE(unitsApart<T>(expected(static_cast<long double>(x[i])), have[i]), units)
        << op << "(" << x[i] << ") is " << have[i] << " on " << cpu;
}

template <typename T, typename F>
void checkUnary(const std::string &op, F expected, double units,
                const std::string &cpu = "native") {
  std::string type = sizeof(T) == 4 ? "f32" : "f64";
  checkBody<T>(op, "%r = math." + op + " %x : " + type, expected, units, cpu);
}

template <typename F> void checkEverywhere(const std::string &op, F expected, double units) {
  checkUnary<float>(op, expected, units);
  checkUnary<float>(op, expected, units, "x86_64");
  checkUnary<double>(op, expected, units);
}

TEST(Math, Exp) {
  checkEverywhere(
      "exp", [](long double x) { return std::exp(x); }, 2);
}
TEST(Math, OnePlusExp) {
  for (const char *cpu : {"native", "x86_64"}) {
    auto check = [&]<typename T>(T, const std::string &type) {
      std::string body = "%e = math.exp %x : " + type + "\n%one = arith.constant 1.0 : " + type +
                         "\n%r = arith.addf %one, %e : " + type;
      checkBody<T>(
          "1 + exp", body, [](long double x) { return 1 + std::exp(x); }, 2, cpu);
    };
    check(float(), "f32");
    check(double(), "f64");
  }
}
TEST(Math, OnePlusErf) {
  for (const char *cpu : {"native", "x86_64"}) {
    std::vector<float> x = samples<float>(7);
    std::string body =
        "%e = math.erf %x : f32\n%one = arith.constant 1.0 : f32\n%r = arith.addf %e, %one : f32";
    auto have = evaluate<float, float>(moduleOf("f32", "f32", body, x.size(), false), x, {}, cpu);
    for (size_t i = 0; i < x.size(); ++i) {
      // From there on the sum is 0, so that a factor of any size stays without effect.
      double want = x[i] < -7.1f ? 0.0 : std::erfc(-static_cast<double>(x[i]));
      double bound = x[i] < -7.1f ? 0.0 : x[i] < -4 ? 2e-8 : 2.5e-7;
      ASSERT_TRUE(std::isnan(want) ? std::isnan(have[i]) : std::abs(have[i] - want) <= bound)
          << "1 + erf(" << x[i] << ") is " << have[i] << " on " << cpu;
    }
  }
}
TEST(Math, ExpM1) {
  checkEverywhere(
      "expm1", [](long double x) { return std::expm1(x); }, 3);
}
TEST(Math, Log) {
  checkEverywhere(
      "log", [](long double x) { return std::log(x); }, 3);
}
TEST(Math, Tanh) {
  checkEverywhere(
      "tanh", [](long double x) { return std::tanh(x); }, 4);
}
TEST(Math, Erf) {
  checkEverywhere(
      "erf", [](long double x) { return std::erf(x); }, 4);
}
TEST(Math, Floor) {
  checkEverywhere(
      "floor", [](long double x) { return std::floor(x); }, 0);
}
TEST(Math, Ceil) {
  checkEverywhere(
      "ceil", [](long double x) { return std::ceil(x); }, 0);
}
TEST(Math, Trunc) {
  checkEverywhere(
      "trunc", [](long double x) { return std::trunc(x); }, 0);
}
TEST(Math, RoundEven) {
  checkEverywhere(
      "roundeven", [](long double x) { return std::nearbyint(x); }, 0);
}
TEST(Math, Sqrt) {
  checkEverywhere(
      "sqrt", [](long double x) { return std::sqrt(x); }, 0.51);
}

template <typename T> void checkPow(double units, const std::string &cpu) {
  std::string type = sizeof(T) == 4 ? "f32" : "f64";
  std::vector<T> x, y;
  for (T a : specialValues<T>())
    for (T b : specialValues<T>())
      x.push_back(a), y.push_back(b);
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    x.push_back(std::exp(20 * random.real()));
    y.push_back(random.chance(0.2) ? random.integer(-5, 5) : 4 * random.real());
    if (random.chance(0.3))
      x.back() = -x.back();
  }
  std::string module = moduleOf(type, type, "%r = math.powf %x, %y : " + type, x.size(), true);
  std::vector<T> have = evaluate<T, T>(module, x, y, cpu);
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_LE(
        unitsApart<T>(std::pow(static_cast<long double>(x[i]), static_cast<long double>(y[i])),
                      have[i]),
        units)
        << "pow(" << x[i] << ", " << y[i] << ") is " << have[i] << " on " << cpu;
}

TEST(Math, Pow) {
  checkPow<float>(1, "native");
  checkPow<float>(1, "x86_64");
  checkPow<double>(2000, "native");
}

/// A 16-bit format as IEEE 754 defines it.
struct HalfFormat {
  std::string name;
  int mantissaBits, leastExponent;

  double decode(uint16_t bits) const {
    int exponent = (bits & 0x7fff) >> mantissaBits, mantissa = bits & ((1 << mantissaBits) - 1);
    int special = (1 << (15 - mantissaBits)) - 1;
    double value = exponent == special ? (mantissa ? NAN : INFINITY)
                   : exponent == 0     ? std::ldexp(mantissa, leastExponent - mantissaBits)
                                       : std::ldexp(mantissa + (1 << mantissaBits),
                                                    exponent - 1 + leastExponent - mantissaBits);
    return std::copysign(value, bits & 0x8000 ? -1.0 : 1.0);
  }

  /// The nearest value of the format, ties to even.
  double round(double x) const {
    if (x == 0 || !std::isfinite(x))
      return x;
    double unit = std::ldexp(1, std::max(std::ilogb(x), leastExponent) - mantissaBits);
    double rounded = std::copysign(std::nearbyint(x / unit) * unit, x);
    return std::abs(rounded) > decode(0x7fff - (1 << mantissaBits)) ? std::copysign(INFINITY, x)
                                                                    : rounded;
  }
};

bool isSame(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <typename T>
void checkNarrowing(const HalfFormat &format, std::vector<T> x, const std::string &cpu) {
  std::string type = sizeof(T) == 4 ? "f32" : "f64";
  std::string body = "%r = arith.truncf %x : " + type + " to " + format.name;
  auto narrow =
      evaluate<uint16_t, T>(moduleOf(type, format.name, body, x.size(), false), x, {}, cpu);
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_TRUE(isSame(format.round(x[i]), format.decode(narrow[i])))
        << format.name << " of " << type << " " << x[i] << " is " << format.decode(narrow[i])
        << " on " << cpu;
}

/// Every value of the format to f32; f32 and f64 at, halfway between and a little beside its values
/// back.
void checkHalf(const HalfFormat &format, const std::string &cpu) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<uint16_t>(i);
  std::string body = "%r = arith.extf %x : " + format.name + " to f32";
  auto wide = evaluate<float, uint16_t>(moduleOf(format.name, "f32", body, all.size(), false), all,
                                        {}, cpu);
  std::vector<float> singles = samples<float>(11);
  std::vector<double> doubles;
  for (size_t i = 0; i < all.size(); ++i) {
    double value = format.decode(all[i]);
    ASSERT_TRUE(isSame(value, wide[i])) << format.name << " with the bits " << i;
    for (double factor : {1.0, 1 + std::ldexp(1, -format.mantissaBits - 1),
                          1 + std::ldexp(1, -format.mantissaBits)})
      for (double nudge : {1.0, 1 + 0x1p-40, 1 - 0x1p-40}) {
        singles.push_back(static_cast<float>(value * factor * nudge));
        // Denormals of bf16 are those of f32, where a double is rounded twice.
        if (format.leastExponent > -126 || std::abs(value) >= 0x1p-126)
          doubles.push_back(value * factor * nudge);
      }
  }
  checkNarrowing(format, singles, cpu);
  checkNarrowing(format, doubles, cpu);
}

TEST(Math, Float16) {
  checkHalf({"f16", 10, -14}, "native");
  checkHalf({"f16", 10, -14}, "x86_64");
}

TEST(Math, BFloat16) { checkHalf({"bf16", 7, -126}, "x86_64"); }

} // namespace
} // namespace kiln::test
