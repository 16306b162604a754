#include <stddef.h>
#include <webp/decode.h>
#include <webp/demux.h>

// Each does what libwebp's function of the name does, and lets it ask for so many
// bytes of memory at most, frees not counted. Past them it has none.
int rsclip_webp_next(WebPAnimDecoder *decoder, uint8_t **frame, size_t allowed);
uint8_t *rsclip_webp_decode(const uint8_t *data, size_t size, uint8_t *to, size_t room, int stride, int alpha, size_t allowed);
