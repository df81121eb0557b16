/* Weights in a file of their own: mapped, so that only the pages in use occupy memory and several
 * processes share them, or read into memory of huge pages. */
#define _DEFAULT_SOURCE
#include "kiln/hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Opens a file that is regular and not empty; -1 with errno where it is not. */
static int open_weights(const char *path, size_t *bytes) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0)
    return -1;
  if (fstat(file, &status) == 0) {
    if (S_ISREG(status.st_mode) && status.st_size > 0) {
      *bytes = (size_t)status.st_size;
      return file;
    }
    errno = S_ISDIR(status.st_mode) ? EISDIR : S_ISREG(status.st_mode) ? ENODATA : EINVAL;
  }
  int error = errno;
  close(file);
  errno = error;
  return -1;
}

kiln_buffer kiln_map_weights(const char *path) {
  kiln_buffer weights = {NULL, 0};
  size_t bytes = 0;
  int file = open_weights(path, &bytes);
  if (file < 0)
    return weights;
  void *data = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  int error = errno;
  close(file);
  errno = error;
  if (data == MAP_FAILED)
    return weights;
  weights.data = data;
  weights.bytes = bytes;
  return weights;
}

/* Private memory that begins with a huge page; NULL with errno where there is none. */
static char *allocate_huge(size_t bytes) {
  const size_t huge = (size_t)2 << 20;
  size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
  char *area = mmap(NULL, whole + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED)
    return NULL;
  size_t before = (huge - (size_t)area % huge) % huge;
  if (before != 0)
    munmap(area, before);
  munmap(area + before + whole, huge - before);
#ifdef MADV_HUGEPAGE
  madvise(area + before, whole, MADV_HUGEPAGE);
#endif
  return area + before;
}

/* False with errno; a file that is shorter than it was is EIO. */
static int read_all(int file, char *data, size_t bytes) {
  while (bytes != 0) {
    ssize_t got = read(file, data, bytes);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      errno = got == 0 ? EIO : errno;
      return 0;
    }
    data += got;
    bytes -= (size_t)got;
  }
  return 1;
}

kiln_buffer kiln_load_weights(const char *path) {
  kiln_buffer weights = {NULL, 0};
  size_t bytes = 0;
  int file = open_weights(path, &bytes);
  if (file < 0)
    return weights;
  char *data = allocate_huge(bytes);
  if (data != NULL && read_all(file, data, bytes)) {
    mprotect(data, bytes, PROT_READ);
    weights.data = data;
    weights.bytes = bytes;
  }
  int error = errno;
  if (data != NULL && weights.data == NULL)
    munmap(data, bytes);
  close(file);
  errno = error;
  return weights;
}

void kiln_unmap_weights(kiln_buffer weights) {
  if (weights.data != NULL)
    munmap(weights.data, weights.bytes);
}
