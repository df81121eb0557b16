/* Weights in a file of their own: mapped, so that only the pages in use occupy memory and several
 * processes share them. */
#include "kiln/hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

kiln_buffer kiln_map_weights(const char *path) {
  kiln_buffer none = {NULL, 0};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return none;
  struct stat status;
  void *data = MAP_FAILED;
  if (fstat(file, &status) == 0) {
    if (S_ISREG(status.st_mode) && status.st_size > 0)
      data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    else
      errno = S_ISDIR(status.st_mode) ? EISDIR : S_ISREG(status.st_mode) ? ENODATA : EINVAL;
  }
  int error = errno;
  close(file);
  errno = error;
  if (data == MAP_FAILED)
    return none;
  kiln_buffer weights = {data, (size_t)status.st_size};
  return weights;
}

void kiln_unmap_weights(kiln_buffer weights) {
  if (weights.data != NULL)
    munmap(weights.data, weights.bytes);
}
