// A small door to libjpeg-turbo: it decodes a whole JPEG in memory, as Pillow
// sets it up (slow integer DCT, smooth chroma upsampling), and turns every
// error into a return value.
#include <stddef.h>

#define RSCLIP_JPEG_MESSAGE 256

enum { RSCLIP_JPEG_OK, RSCLIP_JPEG_CORRUPT, RSCLIP_JPEG_UNSUPPORTED, RSCLIP_JPEG_STOPPED };

struct rsclip_jpeg_header {
  int width, height;
  int components;     // 1 grey, 3 colours, 4 inverted CMYK
  int many_scans;     // whether all coefficients are held until the last scan
  int ids[4];         // of the components, as scans name them
  size_t blocks[4];   // of 8 x 8 samples, of each component
};

// Reads the header. message gets the reason of a failure.
int rsclip_jpeg_header(const unsigned char *data, size_t size, struct rsclip_jpeg_header *header, char *message);

// Decodes to so many eighths of the file's sides, rounded up, into pixels, which holds
// width * height * 3 bytes. It ends early once *stop is not 0, and fails where there are
// more scans than max_scans.
int rsclip_jpeg_decode(const unsigned char *data, size_t size, unsigned char *pixels, int width, int height, int eighths, int max_scans, const int *stop, char *message);

// Decodes a strip or tile of a TIFF into pixels, which holds width * rows *
// components bytes. Tables, if there are some, are a JPEG without a picture. Three
// components become RGB if ycbcr is set, and all others stay as they are. If replicate
// is set, pixels that share a sample have the same one.
int rsclip_jpeg_tile(const unsigned char *tables, size_t tables_size, const unsigned char *data, size_t size, unsigned char *pixels, int width, int rows, int most_rows, int components, int ycbcr, int replicate, const int *stop, char *message);
