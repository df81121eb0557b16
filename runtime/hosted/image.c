/* Pictures as network inputs: decoded by stb_image, then value = (pixel * scale - mean) / std for
 * each channel. A picture is never resized silently; another size is an error that says what to do.
 */
#include "runtime/hosted/files.h"
#include "runtime/hosted/picture.h"

#include <stb_image.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILE = 1 << 28 };

/* Where height, width and channels lie in an input. */
typedef struct picture_layout {
  int64_t channels, height, width;
  int64_t channel_stride, pixel_stride; /* in elements */
} picture_layout;

static int is_channels(int64_t extent) { return extent == 1 || extent == 3; }

static int find_layout(const kiln_tensor *tensor, picture_layout *layout) {
  const int64_t *dims = tensor->dims;
  uint32_t rank = tensor->rank;
  for (; rank > 3 && dims[0] == 1; --rank)
    ++dims;
  int64_t one = 1, channels = one;
  int channels_last = 0;
  if (rank == 3 && is_channels(dims[0])) {
    channels = *dims++;
  } else if (rank == 3 && is_channels(dims[2])) {
    channels = dims[2];
    channels_last = 1;
  } else if (rank != 2) {
    return 0;
  }
  layout->channels = channels;
  layout->height = dims[0];
  layout->width = dims[1];
  layout->channel_stride = channels_last ? 1 : dims[0] * dims[1];
  layout->pixel_stride = channels_last ? channels : 1;
  return 1;
}

static int check_layout(const char *path, const kiln_tensor *tensor,
                        const kiln_preprocess *preprocess, picture_layout *layout,
                        kiln_message *message) {
  char shape[256];
  kiln_shape_text(tensor->rank, tensor->dims, shape, sizeof(shape));
  if (!find_layout(tensor, layout))
    return kiln_fail(message,
                     "%s: the input '%s' of shape %s does not take one picture; give a .npy file",
                     path, tensor->name, shape);
  int64_t wanted = preprocess->channels == KILN_CHANNELS_GRAY      ? 1
                   : preprocess->channels == KILN_CHANNELS_DEFAULT ? layout->channels
                                                                   : 3;
  if (wanted != layout->channels)
    return kiln_fail(message,
                     "%s: preprocessing gives %d channels, but the input '%s' of shape %s has %d",
                     path, (int)wanted, tensor->name, shape, (int)layout->channels);
  return 1;
}

static int check_size(const char *path, const char *input, int width, int height,
                      const picture_layout *layout, kiln_message *message) {
  if (width == layout->width && height == layout->height)
    return 1;
  return kiln_fail(
      message,
      "%s: the picture is %dx%d pixels, but the input '%s' takes %lldx%lld (width x height); "
      "resize it "
      "(e.g. convert %s -resize %lldx%lld! out.png) or compile for its size with --input-shape",
      path, width, height, input, (long long)layout->width, (long long)layout->height, path,
      (long long)layout->width, (long long)layout->height);
}

static double coefficient(const float *values, uint32_t count, int64_t channel, double none) {
  if (count == 0)
    return none;
  return values[(uint64_t)channel < count ? (uint64_t)channel : count - 1];
}

double kiln_preprocessed(const kiln_preprocess *preprocess, int64_t channel, double pixel) {
  double mean = coefficient(preprocess->mean, preprocess->means, channel, 0);
  double std = coefficient(preprocess->std, preprocess->stds, channel, 1);
  return (pixel * (double)preprocess->scale - mean) / std;
}

static void store_pixels(const unsigned char *pixels, const kiln_tensor *tensor,
                         const kiln_preprocess *preprocess, const picture_layout *layout,
                         void *data) {
  int64_t count = layout->height * layout->width, channels = layout->channels;
  for (int64_t c = 0; c < channels; ++c) {
    int64_t from = preprocess->channels == KILN_CHANNELS_BGR ? channels - 1 - c : c;
    for (int64_t i = 0; i < count; ++i)
      kiln_store_element(data, tensor->dtype,
                         (uint64_t)(c * layout->channel_stride + i * layout->pixel_stride),
                         kiln_preprocessed(preprocess, c, pixels[i * channels + from]));
  }
}

typedef struct file_bytes {
  unsigned char *data;
  size_t size;
} file_bytes;

static int read_whole(const char *path, file_bytes *bytes, kiln_message *message) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return kiln_fail(message, "%s: %s", path, strerror(errno));
  size_t room = 0, got = 1;
  while (got != 0 && bytes->size <= MAX_FILE) {
    if (bytes->size == room) {
      room = room == 0 ? 1 << 16 : room * 2;
      unsigned char *larger = realloc(bytes->data, room);
      if (larger == NULL)
        break;
      bytes->data = larger;
    }
    got = fread(bytes->data + bytes->size, 1, room - bytes->size, file);
    bytes->size += got;
  }
  int failure = ferror(file) ? errno : 0;
  fclose(file);
  if (failure != 0)
    return kiln_fail(message, "%s: %s", path, strerror(failure));
  if (bytes->size == 0)
    return kiln_fail(message, "%s: the file is empty", path);
  return got == 0 || kiln_fail(message, "%s: the file is too large for a picture", path);
}

/* The decoder says of a broken header only that it knows no such picture. */
static int describe_unreadable(const char *path, const file_bytes *bytes, kiln_message *message) {
  static const unsigned char png[] = {0x89, 'P', 'N', 'G'}, jpeg[] = {0xff, 0xd8};
  const unsigned char *data = bytes->data;
  if (bytes->size >= sizeof(png) &&
      (memcmp(data, png, sizeof(png)) == 0 || memcmp(data, jpeg, sizeof(jpeg)) == 0))
    return kiln_fail(message, "%s: the picture is damaged, or too large", path);
  return kiln_fail(message, "%s: neither a .npy file nor a picture (PNG, JPEG, binary PPM or PGM)",
                   path);
}

static int decode(const char *path, const file_bytes *bytes, const kiln_tensor *tensor,
                  const kiln_preprocess *preprocess, void *data, kiln_message *message) {
  picture_layout layout = {0, 0, 0, 0, 0};
  int width, height, channels, size = (int)bytes->size;
  if (!check_layout(path, tensor, preprocess, &layout, message))
    return 0;
  const char *defect = kiln_picture_defect(bytes->data, bytes->size);
  if (defect != NULL)
    return kiln_fail(message, "%s: the picture is %s", path, defect);
  if (!stbi_info_from_memory(bytes->data, size, &width, &height, &channels))
    return describe_unreadable(path, bytes, message);
  if (!check_size(path, tensor->name, width, height, &layout, message))
    return 0;
  unsigned char *pixels =
      stbi_load_from_memory(bytes->data, size, &width, &height, &channels, (int)layout.channels);
  if (pixels == NULL)
    return kiln_fail(message, "%s: the picture is damaged: %s", path, stbi_failure_reason());
  store_pixels(pixels, tensor, preprocess, &layout, data);
  stbi_image_free(pixels);
  return 1;
}

int kiln_image_read(const char *path, const kiln_tensor *tensor, const kiln_preprocess *preprocess,
                    void *data, kiln_message *message) {
  file_bytes bytes = {NULL, 0};
  int ok =
      read_whole(path, &bytes, message) && decode(path, &bytes, tensor, preprocess, data, message);
  free(bytes.data);
  return ok;
}

int kiln_input_read(const char *path, const kiln_tensor *tensor, const kiln_preprocess *preprocess,
                    void *data, kiln_message *message) {
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return kiln_fail(message, "%s: %s", path, strerror(errno));
  char magic[6] = {0};
  size_t got = fread(magic, 1, sizeof(magic), file);
  fclose(file);
  if (got == sizeof(magic) && memcmp(magic, "\x93NUMPY", 6) == 0)
    return kiln_npy_read_into(path, tensor, data, message);
  return kiln_image_read(path, tensor, preprocess, data, message);
}
