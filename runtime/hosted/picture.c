/* Checks of picture files ahead of stb_image, which fills up what is missing of JPEG and PNM files
 * without a word, and of which Debian's version writes past its Huffman tables when a JPEG file
 * declares more than 256 codes (ITU T.81, B.2.4.2, allows no more). */
#include "runtime/hosted/picture.h"

#include <stdint.h>

static int is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

/* Whether the pixels that "P6 # comment\n width height maximum" promises are not all there. */
static int is_netpbm_cut_off(const unsigned char *data, size_t size) {
  const unsigned char *p = data + 2, *end = data + size;
  uint64_t numbers[3] = {0, 0, 0};
  for (int i = 0; i < 3; ++i) {
    for (; p < end && !is_digit(*p); ++p)
      if (*p == '#')
        while (p + 1 < end && p[1] != '\n')
          ++p;
    for (; p < end && is_digit(*p); ++p)
      numbers[i] = numbers[i] < 100000000 ? numbers[i] * 10 + (uint64_t)(*p - '0') : numbers[i];
  }
  uint64_t samples = data[1] == '6' ? 3 : 1, sample_bytes = numbers[2] > 255 ? 2 : 1;
  uint64_t header = (uint64_t)(p - data) + 1, rest = size > header ? size - header : 0;
  return rest < numbers[0] * numbers[1] * samples * sample_bytes;
}

enum { END_OF_IMAGE = 0xd9, HUFFMAN_TABLES = 0xc4, START_OF_SCAN = 0xda, RESTART_0 = 0xd0 };

/* Whether the file ends in the middle of a scan. */
static int is_jpeg_cut_off(const unsigned char *data, size_t size) {
  for (size_t at = size - 1; at > 0; --at)
    if (data[at - 1] == 0xff && (data[at] == END_OF_IMAGE || data[at] == START_OF_SCAN))
      return data[at] == START_OF_SCAN;
  return 1;
}

/* Whether the segment behind a marker, which begins with its length, declares too many codes. The
 * decoder reads a table that begins inside the segment to its end, and zeros behind the file's. */
static int has_bad_tables(const unsigned char *data, size_t size) {
  size_t length = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
  for (size_t at = 2; at < length && at < size;) {
    size_t codes = 0;
    for (size_t i = 1; i <= 16 && at + i < size; ++i)
      codes += data[at + i];
    if (codes > 256)
      return 1;
    at += 17 + codes;
  }
  return 0;
}

/* Segments in front of the first scan are passed over by their lengths, as the decoder does; behind
 * it every pair of bytes that could be a marker counts. */
static int is_jpeg_harmful(const unsigned char *data, size_t size) {
  int in_scans = 0;
  for (size_t at = 2; at + 4 <= size;) {
    if (data[at] != 0xff || data[at + 1] == 0xff) {
      ++at;
      continue;
    }
    unsigned marker = data[at + 1];
    at += 2;
    if (marker == HUFFMAN_TABLES && has_bad_tables(data + at, size - at))
      return 1;
    in_scans |= marker == START_OF_SCAN;
    int has_length = marker != 0 && (marker < RESTART_0 || marker > END_OF_IMAGE);
    if (!in_scans && has_length)
      at += (size_t)data[at] << 8 | data[at + 1];
  }
  return 0;
}

const char *kiln_picture_defect(const unsigned char *data, size_t size) {
  if (size < 3)
    return "cut off";
  if (data[0] == 'P' && (data[1] == '5' || data[1] == '6'))
    return is_netpbm_cut_off(data, size) ? "cut off" : NULL;
  if (data[0] != 0xff || data[1] != 0xd8)
    return NULL;
  if (is_jpeg_harmful(data, size))
    return "damaged";
  return is_jpeg_cut_off(data, size) ? "cut off" : NULL;
}
