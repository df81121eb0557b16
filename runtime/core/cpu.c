/* Which of the instruction sets in kiln/cpu_features.def this machine offers: the CPU has to have
 * them and the operating system has to save their registers. Other architectures are compiled for
 * their baseline. */
#include "kiln/program.h"

#if defined(__x86_64__) || defined(__i386__)

typedef struct registers {
  uint32_t EAX, EBX, ECX, EDX;
} registers;

static registers cpuid(uint32_t leaf, uint32_t subleaf) {
  registers r;
  __asm__ volatile("cpuid"
                   : "=a"(r.EAX), "=b"(r.EBX), "=c"(r.ECX), "=d"(r.EDX)
                   : "a"(leaf), "c"(subleaf));
  return r;
}

/* A leaf beyond the CPU's last one answers with unrelated data on some machines: it counts as all
 * zeros. */
static registers cpuid_or_zero(uint32_t leaf, uint32_t subleaf) {
  registers none = {0, 0, 0, 0};
  if (cpuid(leaf & 0x80000000u, 0).EAX < leaf)
    return none;
  if (leaf == 7 && subleaf > cpuid(7, 0).EAX)
    return none;
  return cpuid(leaf, subleaf);
}

enum { SSE = 0, YMM = 0x6, ZMM = 0xe6 }; /* bits of XCR0 */

static uint32_t saved_state(void) {
  if ((cpuid_or_zero(1, 0).ECX & 1u << 27) == 0) /* OSXSAVE */
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

uint64_t kiln_cpu_features(void) {
  uint32_t state = saved_state();
  uint64_t features = 0;
  uint32_t leaf = 0, subleaf = 0;
  registers r = {0, 0, 0, 0};
#define KILN_CPU_FEATURE(INDEX, NAME, LEAF, SUBLEAF, REGISTER, BIT, STATE)                         \
  if (leaf != LEAF || subleaf != SUBLEAF)                                                          \
    r = cpuid_or_zero(leaf = LEAF, subleaf = SUBLEAF);                                             \
  if ((r.REGISTER >> BIT & 1u) != 0 && (state & STATE) == STATE)                                   \
    features |= UINT64_C(1) << INDEX;
#include "kiln/cpu_features.def"
  return features;
}

#else

uint64_t kiln_cpu_features(void) { return 0; }

#endif
