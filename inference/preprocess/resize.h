#include <stdint.h>

// An axis has `taps` weights for each of `out` pixels, which count from the
// pixel `first` of the input.
void rsclip_resize_rows(uint8_t *to, const uint8_t *from, int width, int rows, int out, int taps, const int32_t *first, const int32_t *weights);
void rsclip_resize_columns(uint8_t *to, const uint8_t *from, int row, int out, int taps, const int32_t *first, const int32_t *weights);
