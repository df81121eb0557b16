/* A program without a C library around the network `net`: the input comes from standard input, the
 * output goes to standard output. So a cross compiler and an emulator are all that another
 * architecture needs. */
#include "net.h"

#if defined(__aarch64__)
__asm__(".globl _start\n_start:\n  bl run\n  mov x8, #93\n  svc #0\n");
static long system_call(long number, long file, const void *data, long bytes) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = file, x2 __asm__("x2") = bytes;
  register const void *x1 __asm__("x1") = data;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
enum { READ = 63, WRITE = 64 };
#elif defined(__riscv)
__asm__(".globl _start\n_start:\n  call run\n  li a7, 93\n  ecall\n");
static long system_call(long number, long file, const void *data, long bytes) {
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = file, a2 __asm__("a2") = bytes;
  register const void *a1 __asm__("a1") = data;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
}
enum { READ = 63, WRITE = 64 };
#elif defined(__x86_64__)
__asm__(".globl _start\n_start:\n  call run\n  mov %eax, %edi\n  mov $60, %eax\n  syscall\n");
static long system_call(long number, long file, const void *data, long bytes) {
  long result = number;
  __asm__ volatile("syscall"
                   : "+a"(result)
                   : "D"(file), "S"(data), "d"(bytes)
                   : "rcx", "r11", "memory");
  return result;
}
enum { READ = 0, WRITE = 1 };
#endif

static float input[NET_INPUT_INPUT_ELEMENTS], output[NET_OUTPUT_OUTPUT_ELEMENTS];
static _Alignas(KILN_ALIGNMENT) char arena[NET_ARENA_BYTES];

/* All bytes; 0 where the file ends before. */
static int transfer(long number, long file, char *data, long bytes) {
  while (bytes > 0) {
    long done = system_call(number, file, data, bytes);
    if (done <= 0)
      return 0;
    data += done;
    bytes -= done;
  }
  return 1;
}

/* The network's own status, or 100 where reading or writing failed. */
int run(void) {
  net_model model;
  net_inputs inputs = {.input = input};
  net_outputs outputs = {.output = output};
  kiln_buffer none = {0, 0}, memory = {arena, sizeof(arena)};
  if (!transfer(READ, 0, (char *)input, sizeof(input)))
    return 100;
  kiln_status status = net_open(&model, none, none, 0);
  if (status == KILN_OK)
    status = net_run(&model, &inputs, &outputs, memory, 0);
  if (status == KILN_OK && !transfer(WRITE, 1, (char *)output, sizeof(output)))
    return 100;
  return (int)status;
}
