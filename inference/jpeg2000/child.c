// The process in which OpenJPEG decodes. It is this same program, started again
// with RSCLIP_JPEG2000 in its environment: the constructor below runs before Go
// does, and never returns then. The file comes from standard input, samples go to
// standard output. Before the first byte of the file is looked at, the process
// gives up all but reading, writing and memory.
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openjpeg.h>

#include "child.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

static char message[RSCLIP_JP2_MESSAGE];

// Says why there are no samples, and ends.
static void fail(uint32_t status, const char *why) {
  struct rsclip_jp2_reply reply = {.status = status};
  snprintf(reply.message, sizeof reply.message, "%s", why);
  const char *at = (const char *)&reply;
  for (size_t left = sizeof reply; left > 0;) {
    ssize_t n = write(1, at, left);
    if (n <= 0) break;
    at += n, left -= (size_t)n;
  }
  _exit(0);
}

// Lets the process do nothing but what decoding needs.
static void lock_up(void) {
#ifdef THIS_ARCH
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(read), ALLOW(write), ALLOW(exit_group), ALLOW(exit), ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), ALLOW(futex),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return;
#endif
  fail(RSCLIP_JP2_UNSUPPORTED, "this system has no seccomp, so JPEG 2000 is not decoded: convert the file with gdal_translate -of GTiff");
}

struct input {
  const uint8_t *data;
  size_t size, at;
};

static OPJ_SIZE_T read_input(void *buffer, OPJ_SIZE_T n, void *user) {
  struct input *in = user;
  if (in->at >= in->size) return (OPJ_SIZE_T)-1;
  if (n > in->size - in->at) n = in->size - in->at;
  memcpy(buffer, in->data + in->at, n);
  in->at += n;
  return n;
}

static OPJ_OFF_T skip_input(OPJ_OFF_T n, void *user) {
  struct input *in = user;
  if (n < 0 && (size_t)-n > in->at) return -1;
  if (n > 0 && (size_t)n > in->size - in->at) return -1;
  in->at += (size_t)n;
  return n;
}

static OPJ_BOOL seek_input(OPJ_OFF_T to, void *user) {
  struct input *in = user;
  if (to < 0 || (size_t)to > in->size) return OPJ_FALSE;
  in->at = (size_t)to;
  return OPJ_TRUE;
}

static void keep_message(const char *text, void *user) {
  (void)user;
  if (message[0] == 0) {
    snprintf(message, sizeof message, "%s", text);
    message[strcspn(message, "\n")] = 0;
  }
}

static void write_all(const void *data, size_t size) {
  for (const char *at = data; size > 0;) {
    ssize_t n = write(1, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    at += n, size -= (size_t)n;
  }
}

// Writes a component's samples, each in as many bytes as its depth needs.
static void write_component(const opj_image_comp_t *c) {
  enum { ROOM = 1 << 16 };
  static uint8_t out[ROOM];
  size_t used = 0, bytes = RSCLIP_JP2_SAMPLE_BYTES(c->prec);
  for (size_t i = 0, n = (size_t)c->w * c->h; i < n; i++) {
    uint32_t v = (uint32_t)c->data[i];
    for (size_t b = 0; b < bytes; b++) out[used++] = (uint8_t)(v >> (8 * b));
    if (used > ROOM - 4 || i == n - 1) write_all(out, used), used = 0;
  }
}

static void decode(const uint8_t *data, size_t size, uint32_t reduce) {
  struct input in = {data, size, 0};
  int boxed = size > 12 && memcmp(data + 4, "jP  ", 4) == 0;
  opj_codec_t *codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
  opj_stream_t *stream = opj_stream_create(1 << 16, OPJ_TRUE);
  opj_image_t *image = NULL;
  if (!codec || !stream) fail(RSCLIP_JP2_TOO_LARGE, "there is no memory to decode it");
  opj_set_error_handler(codec, keep_message, NULL);
  opj_stream_set_user_data(stream, &in, NULL);
  opj_stream_set_user_data_length(stream, size);
  opj_stream_set_read_function(stream, read_input);
  opj_stream_set_skip_function(stream, skip_input);
  opj_stream_set_seek_function(stream, seek_input);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  parameters.cp_reduce = reduce;
  errno = 0;
  if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, &image) || !opj_decode(codec, stream, image) || !opj_end_decompress(codec, stream)) {
    if (errno == ENOMEM) fail(RSCLIP_JP2_TOO_LARGE, "decoding it takes more memory than pictures of its size do: save it anew, with code blocks of 64 x 64 samples");
    fail(RSCLIP_JP2_CORRUPT, message[0] ? message : "it cannot be decoded");
  }
  struct rsclip_jp2_reply reply = {.status = RSCLIP_JP2_OK, .components = image->numcomps, .color_space = (uint32_t)image->color_space};
  if (image->numcomps > RSCLIP_JP2_COMPONENTS) fail(RSCLIP_JP2_UNSUPPORTED, "it has more components than are read");
  for (uint32_t i = 0; i < image->numcomps; i++) {
    opj_image_comp_t *c = &image->comps[i];
    if (!c->data || c->prec > 32) fail(RSCLIP_JP2_CORRUPT, "a component has no samples");
    reply.width[i] = c->w, reply.height[i] = c->h, reply.bits[i] = c->prec, reply.is_signed[i] = c->sgnd, reply.alpha[i] = c->alpha;
  }
  write_all(&reply, sizeof reply);
  for (uint32_t i = 0; i < image->numcomps; i++) write_component(&image->comps[i]);
  _exit(0);
}

// The address space of the program before it decodes, in bytes, or 0.
static unsigned long long own_space(void) {
  unsigned long long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (!f) return 0;
  if (fscanf(f, "%llu", &pages) != 1) pages = 0;
  fclose(f);
  return pages * (unsigned long long)sysconf(_SC_PAGESIZE);
}

__attribute__((constructor)) static void child(void) {
  const char *task = getenv(RSCLIP_JP2_ENVIRONMENT);
  unsigned long long size, memory, own;
  unsigned reduce, seconds;
  if (!task || sscanf(task, "%llu %llu %u %u", &size, &memory, &seconds, &reduce) != 4) return;
  if (!(own = own_space())) fail(RSCLIP_JP2_UNSUPPORTED, "its process cannot be limited: /proc is not there");
  struct rlimit room = {own + memory, own + memory}, cpu = {seconds, seconds + 1}, none = {0, 0};
  if (setrlimit(RLIMIT_AS, &room) || setrlimit(RLIMIT_CPU, &cpu) || setrlimit(RLIMIT_CORE, &none)) fail(RSCLIP_JP2_UNSUPPORTED, "its process cannot be limited");
#ifdef __NR_close_range
  syscall(__NR_close_range, 3, ~0u, 0);  // What this program opens is closed already; its libraries may have forgotten to.
#endif
  uint8_t *data = malloc(size ? size : 1);
  if (!data) fail(RSCLIP_JP2_TOO_LARGE, "there is no memory to read it");
  lock_up();
  for (size_t got = 0; got < size;) {
    ssize_t n = read(0, data + got, size - got);
    if (n <= 0) fail(RSCLIP_JP2_CORRUPT, "the file was cut off on its way");
    got += (size_t)n;
  }
  decode(data, size, reduce);
}
