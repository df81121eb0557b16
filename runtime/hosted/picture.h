/* What the picture decoder would not notice about a file, or not survive. */
#ifndef KILN_HOSTED_PICTURE_H
#define KILN_HOSTED_PICTURE_H

#include <stddef.h>

/* "cut off" or "damaged" for a PNM or JPEG file that is; NULL for any other file. */
const char *kiln_picture_defect(const unsigned char *data, size_t size);

#endif /* KILN_HOSTED_PICTURE_H */
