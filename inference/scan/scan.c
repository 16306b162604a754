#include "scan.h"

// The compiler makes a version for each kind of processor; the program chooses at its
// start.
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void rsclip_scan(const int16_t *query, const int8_t *codes, const float *headers, int rows, int dimensions, float step, float *products) {
  for (int row = 0; row < rows; row++) {
    const int8_t *code = codes + (long)row * dimensions;
    int32_t sum = 0;
    for (int i = 0; i < dimensions; i++) sum += (int32_t)query[i] * code[i];
    products[row] = headers[2 * row] * step * (float)sum;
  }
}
