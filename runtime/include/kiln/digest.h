/* The 64-bit digest by which a network recognises its weights: at the speed of memory, so that
 * checking half a gigabyte at load costs no more than reading it. It guards against mistakes
 * (another network's file, a damaged copy), not against an adversary.
 *
 * Eight lanes take turns at little-endian 64-bit words: lane = fold((lane ^ word) * P), fold(x) =
 * x ^ (x >> 32). Each step is a bijection of the lane for a fixed word and of the word for a fixed
 * lane, so one altered word always alters its lane. The end is padded with zeros to 64 bytes; the
 * length and the lanes are then folded together by the finaliser of MurmurHash3. Bytes may arrive
 * in pieces of any size.
 */
#ifndef KILN_DIGEST_H
#define KILN_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define KILN_DIGEST_PRIME UINT64_C(0x9e3779b97f4a7c55)

typedef struct kiln_digest {
  uint64_t lanes[8];
  uint64_t bytes;         /* seen so far */
  unsigned char tail[64]; /* the last bytes % 64 of them */
} kiln_digest;

static inline uint64_t kiln_digest_word(const unsigned char *p) {
  return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
         (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline uint64_t kiln_digest_step(uint64_t lane, uint64_t word) {
  lane = (lane ^ word) * KILN_DIGEST_PRIME;
  return lane ^ lane >> 32;
}

static inline uint64_t kiln_digest_mix(uint64_t x) {
  x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
  x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
  return x ^ x >> 33;
}

static inline void kiln_digest_blocks(uint64_t lanes[8], const unsigned char *p, size_t blocks) {
  uint64_t a = lanes[0], b = lanes[1], c = lanes[2], d = lanes[3];
  uint64_t e = lanes[4], f = lanes[5], g = lanes[6], h = lanes[7];
  for (; blocks != 0; --blocks, p += 64) {
    a = kiln_digest_step(a, kiln_digest_word(p));
    b = kiln_digest_step(b, kiln_digest_word(p + 8));
    c = kiln_digest_step(c, kiln_digest_word(p + 16));
    d = kiln_digest_step(d, kiln_digest_word(p + 24));
    e = kiln_digest_step(e, kiln_digest_word(p + 32));
    f = kiln_digest_step(f, kiln_digest_word(p + 40));
    g = kiln_digest_step(g, kiln_digest_word(p + 48));
    h = kiln_digest_step(h, kiln_digest_word(p + 56));
  }
  lanes[0] = a, lanes[1] = b, lanes[2] = c, lanes[3] = d;
  lanes[4] = e, lanes[5] = f, lanes[6] = g, lanes[7] = h;
}

static inline void kiln_digest_init(kiln_digest *digest) {
  for (int i = 0; i < 8; ++i)
    digest->lanes[i] = kiln_digest_mix((uint64_t)i + 1);
  digest->bytes = 0;
}

static inline void kiln_digest_update(kiln_digest *digest, const void *data, size_t bytes) {
  const unsigned char *p = (const unsigned char *)data;
  size_t held = (size_t)(digest->bytes % 64);
  digest->bytes += bytes;
  if (held != 0) {
    for (; held < 64 && bytes != 0; --bytes)
      digest->tail[held++] = *p++;
    if (held < 64)
      return;
    kiln_digest_blocks(digest->lanes, digest->tail, 1);
  }
  kiln_digest_blocks(digest->lanes, p, bytes / 64);
  p += bytes / 64 * 64;
  for (size_t i = 0; i < bytes % 64; ++i)
    digest->tail[i] = p[i];
}

/* Ends the digest: no bytes may follow. */
static inline uint64_t kiln_digest_finish(kiln_digest *digest) {
  size_t held = (size_t)(digest->bytes % 64);
  if (held != 0) {
    for (; held < 64; ++held)
      digest->tail[held] = 0;
    kiln_digest_blocks(digest->lanes, digest->tail, 1);
  }
  uint64_t value = kiln_digest_mix(digest->bytes + 1);
  for (int i = 0; i < 8; ++i)
    value = kiln_digest_mix(value ^ digest->lanes[i]);
  return value;
}

static inline uint64_t kiln_digest_of(const void *data, size_t bytes) {
  kiln_digest digest;
  kiln_digest_init(&digest);
  kiln_digest_update(&digest, data, bytes);
  return kiln_digest_finish(&digest);
}

#endif /* KILN_DIGEST_H */
