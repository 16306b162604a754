// What the process that decodes says: a reply, then the samples of each component,
// row by row, least significant byte first.
#include <stdint.h>

#define RSCLIP_JP2_ENVIRONMENT "RSCLIP_JPEG2000"
#define RSCLIP_JP2_MESSAGE 200
#define RSCLIP_JP2_COMPONENTS 16
#define RSCLIP_JP2_SAMPLE_BYTES(bits) ((bits) <= 8 ? 1 : (bits) <= 16 ? 2 : 4)

enum { RSCLIP_JP2_OK, RSCLIP_JP2_CORRUPT, RSCLIP_JP2_UNSUPPORTED, RSCLIP_JP2_TOO_LARGE };

struct rsclip_jp2_reply {
  uint32_t status, components, color_space;
  uint32_t width[RSCLIP_JP2_COMPONENTS], height[RSCLIP_JP2_COMPONENTS], bits[RSCLIP_JP2_COMPONENTS];
  uint32_t is_signed[RSCLIP_JP2_COMPONENTS], alpha[RSCLIP_JP2_COMPONENTS];
  char message[RSCLIP_JP2_MESSAGE];
};
