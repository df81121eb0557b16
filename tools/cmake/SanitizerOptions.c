/* Options of the sanitizers in Kiln's programs; ASAN_OPTIONS and UBSAN_OPTIONS come after them.
 *
 * A report ends the process by a signal, which no test takes for the exit status of a message. The
 * shared LLVM libraries are not instrumented: they do not lift the poison that our instances of
 * their allocator put on memory for both. */

const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "abort_on_error=1:allow_user_poisoning=0"; }

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
  return "abort_on_error=1:halt_on_error=1:print_stacktrace=1";
}
