// Files of users in and out of tensors: what is read, and the message for each thing that can be
// wrong.
#include "runtime/hosted/files.h"
#include "kiln/hosted.h"

#include <gtest/gtest.h>

#include <csignal>
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

const int64_t dims23[] = {2, 3};
const kiln_tensor tensor23 = {"x", KILN_F32, 2, dims23, 24};
const kiln_preprocess plain = {KILN_CHANNELS_DEFAULT, 1.0f, 0, 0, nullptr, nullptr};

class FilesTest : public ::testing::Test {
protected:
  FilesTest() {
    char name[] = "/tmp/kiln-files-XXXXXX";
    folder = mkdtemp(name);
  }
  ~FilesTest() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string &name, const std::string &bytes) {
    std::string path = folder + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  std::string read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string folder;
  kiln_message message = {};
};

/// A .npy file of version 1 with this header and data.
std::string npy(std::string header, const std::string &data = "") {
  header += "\n";
  std::string text = "\x93NUMPY";
  text += {1, 0, static_cast<char>(header.size() % 256), static_cast<char>(header.size() / 256)};
  return text + header + data;
}

std::string dictionary(const std::string &type, const std::string &shape,
                       const std::string &order = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

/// "P5" or "P6" picture.
std::string netpbm(const std::string &magic, int width, int height, const std::string &pixels) {
  return magic + "\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + pixels;
}

} // namespace

TEST_F(FilesTest, NpyRoundTripOfEveryType) {
  for (uint32_t dtype = KILN_F32; dtype <= KILN_BOOL; ++dtype) {
    for (std::vector<int64_t> dims : {std::vector<int64_t>{}, {5}, {2, 3}, {1, 3, 2, 2}, {0, 4}}) {
      uint64_t count = 1;
      for (int64_t extent : dims)
        count *= static_cast<uint64_t>(extent);
      std::string data(count * kiln_dtype_bytes(dtype), '\0');
      for (size_t i = 0; i < data.size(); ++i)
        data[i] = dtype == KILN_BOOL ? i % 2 : static_cast<char>(i * 7 + 1);
      kiln_tensor tensor = {"t", dtype, static_cast<uint32_t>(dims.size()), dims.data(),
                            data.size()};
      std::string path = folder + "/a.npy";
      ASSERT_TRUE(kiln_npy_write(path.c_str(), &tensor, data.data(), &message)) << message.text;
      EXPECT_EQ((read(path).size() - data.size()) % 64, 0u);
      kiln_array array;
      ASSERT_TRUE(kiln_npy_read(path.c_str(), &array, &message)) << message.text;
      EXPECT_TRUE(kiln_array_matches(path.c_str(), &array, &tensor, &message)) << message.text;
      EXPECT_EQ(std::string(static_cast<char *>(array.data), array.bytes), data);
      kiln_array_free(&array);
      std::string into(data.size() + 1, '\0');
      ASSERT_TRUE(kiln_npy_read_into(path.c_str(), &tensor, into.data(), &message)) << message.text;
      EXPECT_EQ(into.substr(0, data.size()), data);
    }
  }
}

TEST_F(FilesTest, NpyErrorsSayWhatToDo) {
  struct Case {
    std::string bytes, expected;
  };
  std::string data(24, '\0');
  std::vector<Case> cases = {
      {"hello world, not numpy", "not a .npy file"},
      {"\x93NUMPY", "not a .npy file"},
      {npy(dictionary("<f4", "(2, 3)"), data.substr(1)), "cut off"},
      {npy(dictionary("<f4", "(2, 3)")).substr(0, 40), "cut off"},
      {npy(dictionary(">f4", "(2, 3)"), data), "big-endian"},
      {npy(dictionary("<f8", "(2, 3)"), data + data), "array.astype('float32')"},
      {npy(dictionary("<c8", "(2, 3)"), data + data), "'<c8'"},
      {npy(dictionary("<f4", "(2, 3)", "True"), data), "ascontiguousarray"},
      {npy(dictionary("<f4", "(3, 2)"), data),
       "has the shape 3x2, but 'x' is 2x3; save it reshaped"},
      {npy(dictionary("<f4", "(4, 3)"), data + data), "--input-shape"},
      {npy(dictionary("<f4", "(9999999999, 9999999999)")), "overflows"},
      {npy(dictionary("<f4", "(-2, -3)")), "not understood"},
      {npy(dictionary("<f4", "(2, 3")), "not understood"},
      {npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"), "records"},
      {npy("{}"), "no element type"},
  };
  for (const Case &c : cases) {
    std::string path = write("bad.npy", c.bytes), into(64, '\0');
    EXPECT_FALSE(kiln_npy_read_into(path.c_str(), &tensor23, into.data(), &message)) << c.expected;
    EXPECT_NE(std::string(message.text).find(c.expected), std::string::npos) << message.text;
    EXPECT_EQ(std::string(message.text).find(path), 0u) << message.text;
  }
}

// A header that promises terabytes is refused before memory is taken.
TEST_F(FilesTest, NpyHugeShape) {
  std::string path = write("huge.npy", npy(dictionary("|u1", "(1099511627776,)"), "abc"));
  kiln_array array;
  EXPECT_FALSE(kiln_npy_read(path.c_str(), &array, &message));
  EXPECT_NE(std::string(message.text).find("cut off"), std::string::npos) << message.text;
}

// What cannot be written whole leaves nothing behind and keeps what was there.
TEST_F(FilesTest, NpyIsWrittenWholeOrNotAtAll) {
  float data[6] = {};
  std::string path = folder + "/x.npy", link = folder + "/link.npy";
  std::filesystem::create_symlink(path, link);
  ASSERT_TRUE(kiln_npy_write(path.c_str(), &tensor23, data, &message)) << message.text;
  std::string old = read(path);
  data[0] = 1;
  {
    // No file may grow beyond 8 bytes here; the signal that says so is not wanted.
    signal(SIGXFSZ, SIG_IGN);
    rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 8;
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_FALSE(kiln_npy_write(path.c_str(), &tensor23, data, &message));
    setrlimit(RLIMIT_FSIZE, &before);
  }
  EXPECT_EQ(std::string(message.text), path + ": File too large");
  EXPECT_EQ(read(path), old);
  ASSERT_TRUE(kiln_npy_write(link.c_str(), &tensor23, data, &message)) << message.text;
  EXPECT_NE(read(path), old);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  auto entries = std::filesystem::directory_iterator(folder);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 2);
}

TEST_F(FilesTest, NpyMissingFile) {
  kiln_array array;
  EXPECT_FALSE(kiln_npy_read((folder + "/none.npy").c_str(), &array, &message));
  EXPECT_NE(std::string(message.text).find("No such file"), std::string::npos);
}

// Every header byte altered: read or refused, never a crash (sanitizers watch in their preset).
TEST_F(FilesTest, NpyDamagedHeaders) {
  std::string good = npy(dictionary("<f4", "(2, 3)"), std::string(24, '\0'));
  int refused = 0;
  for (size_t at = 0; at < good.size() - 24; ++at)
    for (char byte : {'\0', '\xff', '(', '9', '\''}) {
      std::string bytes = good;
      bytes[at] = byte;
      kiln_array array;
      if (kiln_npy_read(write("bad.npy", bytes).c_str(), &array, &message))
        kiln_array_free(&array);
      else
        ++refused;
    }
  EXPECT_GT(refused, 100);
}

TEST_F(FilesTest, PictureChannels) {
  const int64_t dims[] = {1, 3, 1, 2};
  const kiln_tensor input = {"image", KILN_F32, 4, dims, 24};
  std::string path = write("rgb.ppm", netpbm("P6", 2, 1, std::string("\x01\x02\x03\x0b\x0c\x0d")));
  float values[6];
  ASSERT_TRUE(kiln_input_read(path.c_str(), &input, &plain, values, &message)) << message.text;
  EXPECT_EQ(std::vector<float>(values, values + 6), (std::vector<float>{1, 11, 2, 12, 3, 13}));

  const float mean[] = {1, 2, 3}, std[] = {0.5f};
  kiln_preprocess bgr = {KILN_CHANNELS_BGR, 2.0f, 3, 1, mean, std};
  ASSERT_TRUE(kiln_input_read(path.c_str(), &input, &bgr, values, &message)) << message.text;
  EXPECT_EQ(std::vector<float>(values, values + 6), (std::vector<float>{10, 50, 4, 44, -2, 38}));
}

TEST_F(FilesTest, PictureChannelsLast) {
  const int64_t dims[] = {1, 4, 2, 3};
  const kiln_tensor input = {"image", KILN_U8, 4, dims, 24};
  std::string pixels = "abcdefghijklmnopqrstuvwx";
  std::string path = write("rgb.ppm", netpbm("P6", 2, 4, pixels));
  char values[24];
  ASSERT_TRUE(kiln_input_read(path.c_str(), &input, &plain, values, &message)) << message.text;
  EXPECT_EQ(std::string(values, 24), pixels);
}

TEST_F(FilesTest, PictureGray) {
  const int64_t dims[] = {2, 2};
  const kiln_tensor input = {"image", KILN_F64, 2, dims, 32};
  std::string path = write("gray.pgm", netpbm("P5", 2, 2, std::string("\x00\x40\x80\xff", 4)));
  double values[4];
  kiln_preprocess unit = {KILN_CHANNELS_GRAY, 0.5f, 0, 0, nullptr, nullptr};
  ASSERT_TRUE(kiln_input_read(path.c_str(), &input, &unit, values, &message)) << message.text;
  EXPECT_EQ(std::vector<double>(values, values + 4), (std::vector<double>{0, 32, 64, 127.5}));
}

TEST_F(FilesTest, PictureErrorsSayWhatToDo) {
  const int64_t square[] = {1, 1, 4, 4}, flat[] = {1, 16}, many[] = {1, 16, 2, 2};
  const kiln_tensor image = {"image", KILN_F32, 4, square, 64},
                    vector = {"v", KILN_F32, 2, flat, 64}, deep = {"deep", KILN_F32, 4, many, 256};
  float values[64];
  std::string path = write("in.pgm", netpbm("P5", 2, 2, "abcd"));
  auto fails = [&](const std::string &file, const kiln_tensor &tensor,
                   const kiln_preprocess &preprocess, const char *expected) {
    EXPECT_FALSE(kiln_input_read(file.c_str(), &tensor, &preprocess, values, &message)) << expected;
    EXPECT_NE(std::string(message.text).find(expected), std::string::npos) << message.text;
  };
  fails(path, image, plain, "the picture is 2x2 pixels, but the input 'image' takes 4x4");
  fails(path, image, plain, "--input-shape");
  fails(path, deep, plain, "give a .npy file");
  fails(path, image, {KILN_CHANNELS_RGB, 1, 0, 0, nullptr, nullptr},
        "preprocessing gives 3 channels");
  fails(write("cut.pgm", netpbm("P5", 4, 4, "abcd")), image, plain, "the picture is cut off");
  fails(write("text", "just words"), image, plain, "neither a .npy file nor a picture");
  fails(write("damaged.png", "\x89PNG\r\n\x1a\nno header"), image, plain, "the picture is damaged");
  fails(write("empty.png", ""), image, plain, "the file is empty");
  fails(folder, image, plain, "Is a directory");
  fails(folder + "/none.png", image, plain, "No such file");
  fails(path, vector, plain, "2x2 pixels, but the input 'v' takes 16x1");
}

// Red grows by 30 to the right, green by 40 downwards, blue is 100 everywhere.
TEST_F(FilesTest, PngAndJpeg) {
  const int64_t dims[] = {3, 6, 8};
  const kiln_tensor input = {"image", KILN_F32, 3, dims, 576};
  for (auto [name, tolerance] :
       {std::pair{"gradient.png", 0}, {"gradient.jpg", 8}, {"gradient-progressive.jpg", 8}}) {
    std::string path = std::string(KILN_TEST_INPUTS) + "/" + name;
    float values[144];
    ASSERT_TRUE(kiln_input_read(path.c_str(), &input, &plain, values, &message)) << message.text;
    for (int i = 0; i < 48; ++i) {
      EXPECT_NEAR(values[i], i % 8 * 30, tolerance) << name;
      EXPECT_NEAR(values[48 + i], i / 8 * 40, tolerance) << name;
      EXPECT_NEAR(values[96 + i], 100, tolerance) << name;
    }
  }
}

// Cut anywhere a picture is refused; with altered bytes it is read or refused, never a crash.
TEST_F(FilesTest, DamagedPictures) {
  const int64_t dims[] = {3, 6, 8};
  const kiln_tensor input = {"image", KILN_F32, 3, dims, 576};
  float values[144];
  for (const char *name : {"gradient.png", "gradient.jpg"}) {
    std::string good = read(std::string(KILN_TEST_INPUTS) + "/" + name);
    ASSERT_GT(good.size(), 70u);
    for (size_t length = 0; length + 16 < good.size(); ++length) {
      std::string path = write("bad", good.substr(0, length));
      EXPECT_FALSE(kiln_input_read(path.c_str(), &input, &plain, values, &message))
          << name << " " << length;
    }
    for (size_t at = 0; at < good.size(); ++at) {
      std::string bad = good;
      bad[at] ^= static_cast<char>(1 << at % 8);
      if (!kiln_input_read(write("bad", bad).c_str(), &input, &plain, values, &message)) {
        EXPECT_EQ(std::string(message.text).find(folder), 0u) << message.text;
      }
    }
  }
}

TEST_F(FilesTest, WeightsAreMappedOrRead) {
  for (kiln_buffer (*open)(const char *) : {kiln_map_weights, kiln_load_weights}) {
    std::string path = write("w", std::string(5000, 'w'));
    kiln_buffer weights = open(path.c_str());
    ASSERT_NE(weights.data, nullptr);
    EXPECT_EQ(weights.bytes, 5000u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data) % KILN_ALIGNMENT, 0u);
    EXPECT_EQ(static_cast<char *>(weights.data)[4999], 'w');
    kiln_unmap_weights(weights);
    EXPECT_EQ(open((folder + "/none").c_str()).data, nullptr);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(open(folder.c_str()).data, nullptr);
    EXPECT_EQ(errno, EISDIR);
    EXPECT_EQ(open(write("empty", "").c_str()).data, nullptr);
    EXPECT_EQ(errno, ENODATA);
  }
}

// Memory of the process itself, from a multiple of 2 MiB on.
TEST_F(FilesTest, LoadedWeightsDoNotFollowTheFile) {
  std::string path = write("w", std::string(3 << 20, 'w'));
  kiln_buffer weights = kiln_load_weights(path.c_str());
  ASSERT_NE(weights.data, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(weights.data) % (2 << 20), 0u);
  write("w", "short");
  EXPECT_EQ(static_cast<char *>(weights.data)[(3 << 20) - 1], 'w');
  kiln_unmap_weights(weights);
}

TEST(Elements, HalvesRoundToNearestEven) {
  struct Case {
    double value;
    uint16_t bits;
  };
  for (Case c : {Case{1, 0x3c00},
                 {-2, 0xc000},
                 {65504, 0x7bff},
                 {65519.9, 0x7bff},
                 {65520, 0x7c00},
                 {std::ldexp(1, -24), 0x0001},
                 {std::ldexp(1, -25), 0x0000},
                 {std::ldexp(1.5, -24), 0x0002},
                 {1 + std::ldexp(1, -11), 0x3c00},
                 {1 + std::ldexp(3, -11), 0x3c02},
                 {-0.0, 0x8000},
                 {std::ldexp(1023.75, -24), 0x0400},
                 {-INFINITY, 0xfc00}}) {
    uint16_t bits = 0;
    kiln_store_element(&bits, KILN_F16, 0, c.value);
    EXPECT_EQ(bits, c.bits) << c.value;
  }
}

// Every finite half survives the way through a number; NaN stays NaN.
TEST(Elements, HalvesRoundTrip) {
  for (uint32_t dtype : {KILN_F16, KILN_BF16})
    for (uint32_t i = 0; i < 65536; ++i) {
      uint16_t bits = static_cast<uint16_t>(i), back = 0;
      double value = kiln_element(&bits, dtype, 0);
      kiln_store_element(&back, dtype, 0, value);
      if (std::isnan(value))
        ASSERT_TRUE(std::isnan(kiln_element(&back, dtype, 0))) << i;
      else
        ASSERT_EQ(back, bits) << i;
    }
}

TEST(Elements, IntegersAreClampedAndRounded) {
  int8_t small = 0;
  for (auto [value, expected] : {std::pair{127.4, 127},
                                 {200.0, 127},
                                 {-129.0, -128},
                                 {2.5, 2},
                                 {3.5, 4},
                                 {-2.5, -2},
                                 {-0.5, 0},
                                 {-1.2, -1},
                                 {double(NAN), 0}}) {
    kiln_store_element(&small, KILN_I8, 0, value);
    EXPECT_EQ(small, expected) << value;
  }
  int64_t large = 0;
  kiln_store_element(&large, KILN_I64, 0, 1e300);
  EXPECT_EQ(large, std::numeric_limits<int64_t>::max());
  kiln_store_element(&large, KILN_I64, 0, -1e300);
  EXPECT_EQ(large, std::numeric_limits<int64_t>::min());
}

static std::string printed(const kiln_tensor &tensor, const void *data,
                           std::vector<const char *> labels, int top) {
  char *text = nullptr;
  size_t size = 0;
  FILE *file = open_memstream(&text, &size);
  kiln_print_output(file, &tensor, data, labels.data(), labels.size(), top);
  fclose(file);
  std::string result(text, size);
  free(text);
  return result;
}

TEST(Report, VectorsShowTheirLargest) {
  const int64_t dims[] = {1, 4, 1, 1};
  const float data[] = {0.25f, NAN, 0.5f, 0.25f};
  EXPECT_EQ(printed({"prob", KILN_F32, 4, dims, 16}, data, {"cat", "dog", "fish"}, 3),
            "prob: float32 1x4x1x1\n     2         0.5  fish\n     0        0.25  cat\n     3      "
            "  0.25\n");
  EXPECT_EQ(printed({"prob", KILN_F32, 4, dims, 16}, data, {}, 9),
            "prob: float32 1x4x1x1\n     2         0.5\n     0        0.25\n     3        0.25\n   "
            "  1         nan\n");
}

TEST(Report, FiguresNeedNumbers) {
  const int64_t dims[] = {1, 2, 2};
  const float data[] = {NAN, NAN, NAN, NAN};
  EXPECT_EQ(printed({"map", KILN_F32, 3, dims, 16}, data, {}, 0),
            "map: float32 1x2x2\n  no number, 4 of 4 not a number\n");
}

TEST(Report, OtherTensorsShowFigures) {
  const int64_t dims[] = {2, 2};
  const float data[] = {1, NAN, 2, 6};
  EXPECT_EQ(printed({"map", KILN_F32, 2, dims, 16}, data, {}, 3),
            "map: float32 2x2\n  minimum 1, maximum 6, mean 3, 1 of 4 not a number\n");
}
