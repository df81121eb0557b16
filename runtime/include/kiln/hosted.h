/* Conveniences for applications that run on an operating system: threads and weights in files.
 * Part of libkiln_runtime.a; needs POSIX threads and mmap. */
#ifndef KILN_HOSTED_H
#define KILN_HOSTED_H

#include "kiln/kiln.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A pool of `threads` threads, the calling one included: threads - 1 are started here. They spin
 * while an inference runs and sleep between inferences. Several threads may run networks on one
 * pool at once: one of them gets the pool's threads, the others work alone for that moment. NULL
 * when threads < 1 or the system refuses. The caller destroys the pool, after the last call that
 * uses it. */
kiln_pool *kiln_pool_create(int threads);

/* Ends the threads and frees the pool; NULL is allowed. */
void kiln_pool_destroy(kiln_pool *pool);

/* Maps a weights file read-only, without reading it. {NULL, 0} where that fails; errno says why.
 * The mapping is suitably aligned for net_open. */
kiln_buffer kiln_map_weights(const char *path);

/* Reads a weights file into memory of this process alone, in huge pages where the system has them:
 * an inference passes all weights, which small pages slow down. What kiln_map_weights maps is
 * shared by processes and costs nothing before it is used, but lies in huge pages only where the
 * system's cache of files happens to hold it so. Errors and alignment as there. */
kiln_buffer kiln_load_weights(const char *path);

/* Undoes kiln_map_weights or kiln_load_weights. */
void kiln_unmap_weights(kiln_buffer weights);

#ifdef __cplusplus
}
#endif

#endif /* KILN_HOSTED_H */
