// The writer of PNG files, in an object of its own.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb_image_write.h>
