// Products of queries with many rows of 8-bit codes.
#include <stdint.h>

// Writes scale * step * sum(query * code) of each row to products, those of each query
// behind those of the one before it. Each row has its scale and another number in
// headers, each query its step in steps. Dimensions is a multiple of 8.
void rsclip_scan(const int16_t *queries, int count, const int8_t *codes, const float *headers, int rows, int dimensions, const float *steps, float *products);
