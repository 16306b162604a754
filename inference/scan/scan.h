// Products of one query with many rows of 8-bit codes.
#include <stdint.h>

// Writes scale * step * sum(query * code) of each row to products. Each row has its
// scale and another number in headers. Dimensions is a multiple of 8.
void rsclip_scan(const int16_t *query, const int8_t *codes, const float *headers, int rows, int dimensions, float step, float *products);
