#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "libjpeg.h"

struct decoder {
  struct jpeg_decompress_struct info;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  char *message;
  int max_scans; // that the caller has counted
  const volatile int *stop;
  int stopped;
  int unsupported; // the process, such as the lossless one
};

static void fail(j_common_ptr info) {
  struct decoder *d = info->client_data;
  (*info->err->format_message)(info, d->message);
  if (info->err->msg_code == JERR_SOF_UNSUPPORTED || info->err->msg_code == JERR_BAD_PRECISION) {
    d->unsupported = 1;
    snprintf(d->message, RSCLIP_JPEG_MESSAGE, "it is without loss, or has more than 8 bits a sample: save it as PNG or as baseline JPEG");
  }
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

// Called at each row of blocks that is read, and each row of pixels.
static void check(j_common_ptr info) {
  struct decoder *d = info->client_data;
  if (*d->stop) {
    d->stopped = 1;
    longjmp(d->failed, 1);
  }
  if (d->info.input_scan_number > d->max_scans) {
    snprintf(d->message, RSCLIP_JPEG_MESSAGE, "it has more than %d scans", d->max_scans);
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
}

// Reads the header and chooses the colour space as Pillow does.
static int open_header(struct decoder *d) {
  jpeg_read_header(&d->info, TRUE);
  switch (d->info.num_components) {
  case 1: d->info.out_color_space = JCS_RGB; break;
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
  return RSCLIP_JPEG_OK;
}

static size_t rounded(size_t n, int to) { return (n + to - 1) / to * to; }

int rsclip_jpeg_header(const unsigned char *data, size_t size, struct rsclip_jpeg_header *header, char *message) {
  struct decoder d;
  int result = RSCLIP_JPEG_CORRUPT;
  memset(&d, 0, sizeof d);
  if (setjmp(d.failed) == 0) {
    start(&d, data, size, message);
    result = open_header(&d);
    header->width = (int)d.info.image_width;
    header->height = (int)d.info.image_height;
    if (result == RSCLIP_JPEG_OK) {
      header->components = d.info.num_components;
      header->many_scans = jpeg_has_multiple_scans(&d.info);
      for (int i = 0; i < d.info.num_components; i++) {
        jpeg_component_info *c = &d.info.comp_info[i];
        header->ids[i] = c->component_id;
        header->blocks[i] = rounded(c->width_in_blocks, c->h_samp_factor) * rounded(c->height_in_blocks, c->v_samp_factor);
      }
    }
  } else {
    result = d.unsupported ? RSCLIP_JPEG_UNSUPPORTED : RSCLIP_JPEG_CORRUPT;
  }
  jpeg_destroy_decompress(&d.info);
  return result;
}

// Turns CMYK stored inverted, as Adobe does, into RGB with Pillow's integers.
static void inverted_cmyk(unsigned char *rgb, const unsigned char *cmyk, int width) {
  for (int x = 0; x < width; x++, rgb += 3, cmyk += 4) {
    int not_k = cmyk[3];
    for (int c = 0; c < 3; c++) {
      int t = (255 - cmyk[c]) * not_k + 128;
      int v = not_k - (((t >> 8) + t) >> 8);
      rgb[c] = v < 0 ? 0 : v;
    }
  }
}

int rsclip_jpeg_decode(const unsigned char *data, size_t size, unsigned char *pixels, int width, int height, int eighths, int max_scans, const int *stop, char *message) {
  struct decoder d;
  int result = RSCLIP_JPEG_CORRUPT;
  memset(&d, 0, sizeof d);
  d.max_scans = max_scans;
  d.stop = stop;
  if (setjmp(d.failed) == 0) {
    start(&d, data, size, message);
    d.progress.progress_monitor = check;
    d.info.progress = &d.progress;
    result = open_header(&d);
    if (result == RSCLIP_JPEG_OK) {
      d.info.scale_num = eighths;
      d.info.scale_denom = 8;
      jpeg_start_decompress(&d.info);
      // The caller sized the buffer by the header, which must not change.
      if ((int)d.info.output_width != width || (int)d.info.output_height != height) {
        snprintf(message, RSCLIP_JPEG_MESSAGE, "its header changes");
        longjmp(d.failed, 1);
      }
      JSAMPARRAY cmyk = NULL; // which libjpeg frees
      if (d.info.output_components == 4) cmyk = (*d.info.mem->alloc_sarray)((j_common_ptr)&d.info, JPOOL_IMAGE, 4 * width, 1);
      while (d.info.output_scanline < d.info.output_height) {
        JSAMPROW row = pixels + (size_t)d.info.output_scanline * width * 3;
        jpeg_read_scanlines(&d.info, cmyk ? cmyk : &row, 1);
        if (cmyk) inverted_cmyk(row, cmyk[0], width);
      }
      jpeg_finish_decompress(&d.info);
    }
  } else {
    result = d.stopped ? RSCLIP_JPEG_STOPPED : RSCLIP_JPEG_CORRUPT;
  }
  jpeg_destroy_decompress(&d.info);
  return result;
}

int rsclip_jpeg_tile(const unsigned char *tables, size_t tables_size, const unsigned char *data, size_t size, unsigned char *pixels, int width, int rows, int most_rows, int components, int ycbcr, int replicate, const int *stop, char *message) {
  struct decoder d;
  int result = RSCLIP_JPEG_CORRUPT;
  memset(&d, 0, sizeof d);
  d.max_scans = components;
  d.stop = stop;
  if (setjmp(d.failed) == 0) {
    start(&d, tables ? tables : data, tables ? tables_size : size, message);
    d.progress.progress_monitor = check;
    d.info.progress = &d.progress;
    if (tables) {
      if (jpeg_read_header(&d.info, FALSE) != JPEG_HEADER_TABLES_ONLY) {
        snprintf(message, RSCLIP_JPEG_MESSAGE, "its tables hold a picture");
        longjmp(d.failed, 1);
      }
      d.source.next_input_byte = data;
      d.source.bytes_in_buffer = size;
    }
    jpeg_read_header(&d.info, TRUE);
    if (d.info.progressive_mode || d.info.arith_code || d.info.data_precision != 8) {
      snprintf(message, RSCLIP_JPEG_MESSAGE, "its tiles are not baseline JPEG of 8 bits: convert it with gdal_translate -co COMPRESS=DEFLATE");
      result = RSCLIP_JPEG_UNSUPPORTED;
    } else if ((int)d.info.image_width != width || (int)d.info.image_height < rows || (int)d.info.image_height > most_rows || d.info.num_components != components) {
      snprintf(message, RSCLIP_JPEG_MESSAGE, "a tile has %d x %d pixels of %d components, and the file says %d x %d of %d", (int)d.info.image_width,
               (int)d.info.image_height, d.info.num_components, width, most_rows, components);
    } else {
      d.info.jpeg_color_space = ycbcr ? JCS_YCbCr : JCS_UNKNOWN;
      d.info.out_color_space = ycbcr ? JCS_RGB : JCS_UNKNOWN;
      if (replicate) d.info.do_fancy_upsampling = FALSE;
      jpeg_start_decompress(&d.info);
      while ((int)d.info.output_scanline < rows) {
        JSAMPROW row = pixels + (size_t)d.info.output_scanline * width * components;
        jpeg_read_scanlines(&d.info, &row, 1);
      }
      result = RSCLIP_JPEG_OK;
    }
  } else {
    result = d.stopped ? RSCLIP_JPEG_STOPPED : RSCLIP_JPEG_CORRUPT;
  }
  jpeg_destroy_decompress(&d.info);
  return result;
}
