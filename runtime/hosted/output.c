/* Files that are written whole or not at all. */
#define _XOPEN_SOURCE 700
#include "runtime/hosted/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const kiln_output *output, kiln_message *message) {
  return kiln_fail(message, "%s: %s", output->path,
                   errno != 0 ? strerror(errno) : "cannot be written");
}

/* Where a link leads is replaced, not the link. */
static char *target_of(const char *path) {
  char *real = realpath(path, NULL);
  return real != NULL ? real : strdup(path);
}

int kiln_output_open(const char *path, kiln_output *output, kiln_message *message) {
  struct stat status;
  int is_special = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
  memset(output, 0, sizeof(*output));
  output->path = path;
  output->target = is_special ? NULL : target_of(path);
  if (output->target != NULL) {
    size_t size = strlen(output->target) + 32;
    output->temporary = malloc(size);
    if (output->temporary != NULL)
      snprintf(output->temporary, size, "%s-%ld.tmp", output->target, (long)getpid());
  }
  errno = 0;
  if (is_special || output->temporary != NULL)
    output->file = fopen(is_special ? path : output->temporary, "wb");
  return output->file != NULL || kiln_output_close(output, message);
}

int kiln_output_close(kiln_output *output, kiln_message *message) {
  int ok = output->file != NULL && ferror(output->file) == 0;
  if (output->file != NULL)
    ok = fclose(output->file) == 0 && ok;
  if (ok && output->temporary != NULL)
    ok = rename(output->temporary, output->target) == 0;
  if (!ok)
    fail(output, message);
  if (!ok && output->file != NULL && output->temporary != NULL)
    remove(output->temporary);
  free(output->target);
  free(output->temporary);
  return ok;
}
