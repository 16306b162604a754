// A small door to libjpeg-turbo: it decodes a whole JPEG in memory, as Pillow
// sets it up (slow integer DCT, smooth chroma upsampling), and turns every
// error into a return value.
#include <stddef.h>

#define RSCLIP_JPEG_MESSAGE 256

enum { RSCLIP_JPEG_OK, RSCLIP_JPEG_CORRUPT, RSCLIP_JPEG_UNSUPPORTED };

// Reads width, height and the channels that decoding gives: 1 grey, 3 RGB, 4
// inverted CMYK. message gets the reason of a failure.
int rsclip_jpeg_header(const unsigned char *data, size_t size, int *width, int *height, int *channels, char *message);

// Decodes into pixels, which holds width * height * channels bytes.
int rsclip_jpeg_decode(const unsigned char *data, size_t size, unsigned char *pixels, int width, int height, int channels, char *message);
