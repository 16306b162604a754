#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "jpeg.h"

// A progressive file repeats its scans as often as it likes, and each costs a
// pass over the picture. Real ones have about ten.
#define MAX_SCANS 100

struct decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  char *message;
};

static void fail(j_common_ptr info) {
  struct decoder *d = info->client_data;
  (*info->err->format_message)(info, d->message);
  longjmp(d->failed, 1);
}

static void ignore_message(j_common_ptr info, int level) { (void)info; (void)level; }
static void ignore_output(j_common_ptr info) { (void)info; }
static void no_source(j_decompress_ptr info) { (void)info; }

// The whole file is in memory, so being asked for more means that it is cut off.
static boolean no_more_input(j_decompress_ptr info) {
  struct decoder *d = info->client_data;
  snprintf(d->message, RSCLIP_JPEG_MESSAGE, "the file is truncated");
  longjmp(d->failed, 1);
  return FALSE;
}

static void skip_input(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if ((size_t)count > info->src->bytes_in_buffer) no_more_input(info);
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= count;
}

static void count_scans(j_common_ptr info) {
  struct decoder *d = info->client_data;
  if (d->info.input_scan_number > MAX_SCANS) {
    snprintf(d->message, RSCLIP_JPEG_MESSAGE, "it has more than %d scans", MAX_SCANS);
    longjmp(d->failed, 1);
  }
}

static void start(struct decoder *d, const unsigned char *data, size_t size, char *message) {
  d->message = message;
  d->info.err = jpeg_std_error(&d->errors);
  d->errors.error_exit = fail;
  d->errors.emit_message = ignore_message;
  d->errors.output_message = ignore_output;
  d->info.client_data = d;
  jpeg_create_decompress(&d->info);
  d->source.next_input_byte = data;
  d->source.bytes_in_buffer = size;
  d->source.init_source = no_source;
  d->source.fill_input_buffer = no_more_input;
  d->source.skip_input_data = skip_input;
  d->source.resync_to_restart = jpeg_resync_to_restart;
  d->source.term_source = no_source;
  d->info.src = &d->source;
  d->progress.progress_monitor = count_scans;
  d->info.progress = &d->progress;
}

// Reads the header and chooses the colour space as Pillow does.
static int open_header(struct decoder *d, int *channels) {
  jpeg_read_header(&d->info, TRUE);
  switch (d->info.num_components) {
  case 1: d->info.out_color_space = JCS_GRAYSCALE; break;
  case 3: d->info.out_color_space = JCS_RGB; break;
  case 4: d->info.out_color_space = JCS_CMYK; break;
  default:
    snprintf(d->message, RSCLIP_JPEG_MESSAGE, "it has %d components", d->info.num_components);
    return RSCLIP_JPEG_UNSUPPORTED;
  }
  if (d->info.data_precision != 8) {
    snprintf(d->message, RSCLIP_JPEG_MESSAGE, "it has %d bits a sample", d->info.data_precision);
    return RSCLIP_JPEG_UNSUPPORTED;
  }
  *channels = d->info.num_components;
  return RSCLIP_JPEG_OK;
}

int rsclip_jpeg_header(const unsigned char *data, size_t size, int *width, int *height, int *channels, char *message) {
  struct decoder d;
  int result = RSCLIP_JPEG_CORRUPT;
  memset(&d, 0, sizeof d);
  if (setjmp(d.failed) == 0) {
    start(&d, data, size, message);
    result = open_header(&d, channels);
    *width = (int)d.info.image_width;
    *height = (int)d.info.image_height;
  } else {
    result = RSCLIP_JPEG_CORRUPT;
  }
  jpeg_destroy_decompress(&d.info);
  return result;
}

int rsclip_jpeg_decode(const unsigned char *data, size_t size, unsigned char *pixels, int width, int height, int channels, char *message) {
  struct decoder d;
  int result = RSCLIP_JPEG_CORRUPT, got = 0;
  memset(&d, 0, sizeof d);
  if (setjmp(d.failed) == 0) {
    start(&d, data, size, message);
    result = open_header(&d, &got);
    if (result == RSCLIP_JPEG_OK) {
      jpeg_start_decompress(&d.info);
      // The caller sized the buffer by the header, which must not change.
      if (got != channels || (int)d.info.output_width != width || (int)d.info.output_height != height) {
        snprintf(message, RSCLIP_JPEG_MESSAGE, "its header changes");
        longjmp(d.failed, 1);
      }
      while (d.info.output_scanline < d.info.output_height) {
        JSAMPROW row = pixels + (size_t)d.info.output_scanline * width * channels;
        jpeg_read_scanlines(&d.info, &row, 1);
      }
      jpeg_finish_decompress(&d.info);
    }
  } else {
    result = RSCLIP_JPEG_CORRUPT;
  }
  jpeg_destroy_decompress(&d.info);
  return result;
}
