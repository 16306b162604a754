#include "scan.h"

enum {
  together = 4, // queries for which a row is read into registers once
  near = 32     // rows that are in the cache when the next queries come
};

// The count is known where this is inlined, so that the sums are in registers.
static inline __attribute__((always_inline)) void few(const int count, const int16_t *queries, const int8_t *codes, const float *headers, int rows, int dimensions, const float *steps, float *products, int stride) {
  for (int row = 0; row < rows; row++) {
    const int8_t *code = codes + (long)row * dimensions;
    int32_t sums[together] = {0};
    for (int i = 0; i < dimensions; i++)
      for (int q = 0; q < count; q++) sums[q] += (int32_t)queries[(long)q * dimensions + i] * code[i];
    for (int q = 0; q < count; q++) products[(long)q * stride + row] = headers[2 * row] * steps[q] * (float)sums[q];
  }
}

// The compiler makes a version for each kind of processor; the program chooses at its
// start.
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void rsclip_scan(const int16_t *queries, int count, const int8_t *codes, const float *headers, int rows, int dimensions, const float *steps, float *products) {
  for (int from = 0; from < rows; from += near) {
    const int n = rows - from < near ? rows - from : near;
    const int8_t *code = codes + (long)from * dimensions;
    const float *header = headers + 2 * from;
    for (int q = 0; q < count; q += together) {
      const int16_t *query = queries + (long)q * dimensions;
      const float *step = steps + q;
      float *out = products + (long)q * rows + from;
      switch (count - q) {
      case 1: few(1, query, code, header, n, dimensions, step, out, rows); break;
      case 2: few(2, query, code, header, n, dimensions, step, out, rows); break;
      case 3: few(3, query, code, header, n, dimensions, step, out, rows); break;
      default: few(together, query, code, header, n, dimensions, step, out, rows);
      }
    }
  }
}
