// Stands in for CUDA's runtime: device memory is the host's, and kernels do
// nothing. What is asked of it is written to STANDIN_LOG, a line each.
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { OK = 0, OUT_OF_MEMORY = 2, NO_DEVICE = 100, BAD_DEVICE = 101, ILLEGAL_ADDRESS = 700 };

typedef struct { unsigned x, y, z; } dim3;

static FILE *out;
static int devices = 1, width;
static long run_microseconds;
static const char *fault, *hold;

static long number(const char *variable, long otherwise) {
  const char *value = getenv(variable);
  return value ? atol(value) : otherwise;
}

__attribute__((constructor)) static void load(void) {
  const char *path = getenv("STANDIN_LOG");
  if (path) out = fopen(path, "a");
  if (out) setvbuf(out, 0, _IOLBF, 0);
  devices = number("STANDIN_DEVICES", 1);
  width = number("STANDIN_WIDTH", 0);
  run_microseconds = number("STANDIN_RUN_MICROSECONDS", 0);
  fault = getenv("STANDIN_FAULT");
  hold = getenv("STANDIN_HOLD");
}

// standin_note writes a line: what was called, and of how many bytes.
void standin_note(const char *what, size_t bytes) {
  if (out) fprintf(out, "%s %zu\n", what, bytes);
}

// standin_new returns a handle that nothing else has.
void *standin_new(void) { return calloc(1, 4096); }

// Devices: a card with the numbers of an H100.

int cudaGetDeviceCount(int *n) { return (*n = devices) ? OK : NO_DEVICE; }
static __thread int current;
int cudaGetDevice(int *d) { return *d = current, OK; }
int cudaSetDevice(int d) { return d < devices ? (current = d, OK) : BAD_DEVICE; }
int cudaDriverGetVersion(int *v) { return *v = 12080, OK; }
int cudaRuntimeGetVersion(int *v) { return *v = 12080, OK; }
const char *cudaGetErrorName(int e) { return e == NO_DEVICE ? "cudaErrorNoDevice" : "stand-in"; }
const char *cudaGetErrorString(int e) {
  switch (e) {
    case NO_DEVICE: return "no CUDA-capable device is detected";
    case BAD_DEVICE: return "invalid device ordinal";
    case OUT_OF_MEMORY: return "out of memory";
    case ILLEGAL_ADDRESS: return "an illegal memory access was encountered";
  }
  return "the stand-in's error";
}

// Source: cudaDeviceProp in CUDA 12's runtime API, up to what is read of it.
struct properties {
  char name[256], uuid[16], luid[8];
  unsigned luid_mask;
  size_t global_memory, shared_memory_of_block;
  int registers_of_block, warp;
  size_t pitch;
  int threads_of_block, block[3], grid[3], clock;
  size_t constant_memory;
  int major, minor;
  size_t texture_alignment, texture_pitch;
  int overlap, processors;
};

int cudaGetDeviceProperties_v2(struct properties *p, int d) {
  if (d >= devices) return BAD_DEVICE;
  memset(p, 0, 1032);
  *p = (struct properties){
      .name = "counting stand-in", .global_memory = 80ull << 30, .shared_memory_of_block = 49152, .registers_of_block = 65536, .warp = 32,
      .threads_of_block = 1024, .block = {1024, 1024, 64}, .grid = {2147483647, 65535, 65535}, .constant_memory = 65536, .major = 9,
      .texture_alignment = 512, .overlap = 1, .processors = 132,
  };
  return OK;
}

int cudaDeviceGetAttribute(int *value, int attribute, int d) {
  switch (attribute) {  // by the numbers of cudaDeviceAttr
    case 1: *value = 1024; break;     // threads of a block
    case 8: *value = 49152; break;    // shared memory of a block
    case 10: *value = 32; break;      // warp
    case 16: *value = 132; break;     // multiprocessors
    case 39: *value = 2048; break;    // threads of a multiprocessor
    case 75: *value = 9; break;       // compute capability, major
    case 76: *value = 0; break;       // and minor
    case 81: *value = 233472; break;  // shared memory of a multiprocessor
    case 97: *value = 232448; break;  // shared memory of a block that asks for it
    default: *value = 1;
  }
  return OK;
}

// Memory.

int cudaMemGetInfo(size_t *free, size_t *total) { return *free = *total = 80ull << 30, OK; }
static int take(void **p, size_t n) { return (*p = aligned_alloc(4096, (n + 4096) / 4096 * 4096)) ? OK : OUT_OF_MEMORY; }
int cudaMalloc(void **p, size_t n) { return standin_note("allocate-on-device", n), take(p, n); }
int cudaFree(void *p) { return free(p), OK; }

// What is pinned, by its first and last address. Little is, and only for good.
static struct { char *first, *last; } pins[256];
static int pinned;
static pthread_mutex_t pinning = PTHREAD_MUTEX_INITIALIZER;
static void pin(char *p, size_t n) {
  pthread_mutex_lock(&pinning);
  if (pinned < 256) pins[pinned].first = p, pins[pinned++].last = p + n;
  pthread_mutex_unlock(&pinning);
}
static void unpin(void *p) {
  pthread_mutex_lock(&pinning);
  for (int i = 0; i < pinned; i++)
    if (pins[i].first == p) pins[i--] = pins[--pinned];
  pthread_mutex_unlock(&pinning);
}
static int is_pinned(const void *p) {
  int found = 0;
  pthread_mutex_lock(&pinning);
  for (int i = 0; i < pinned; i++) found |= pins[i].first <= (char *)p && (char *)p < pins[i].last;
  return pthread_mutex_unlock(&pinning), found;
}
int cudaHostAlloc(void **p, size_t n, unsigned flags) {
  standin_note("allocate-pinned", n);
  if (take(p, n)) return OUT_OF_MEMORY;
  return pin(*p, n), OK;
}
int cudaMallocHost(void **p, size_t n) { return cudaHostAlloc(p, n, 0); }
int cudaFreeHost(void *p) { return unpin(p), free(p), OK; }

// Streams, each with the run that is under way in it.

struct stream {
  int begun;              // whether a kernel of the run was launched
  long ready;             // when its kernels will have run, in microseconds
  const char *in;         // the largest copy to the device, which is the input
  size_t in_bytes;
};
static struct stream own;  // that of who names none
static struct stream *of(void *s) { return (size_t)s > 2 ? s : &own; }

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// begin takes the device for a run, behind those that have begun before.
static void begin(struct stream *s) {
  static pthread_mutex_t device = PTHREAD_MUTEX_INITIALIZER;
  static long until;
  if (!run_microseconds || s->begun) return;
  s->begun = 1;
  pthread_mutex_lock(&device);
  if (until < now()) until = now();
  s->ready = until += run_microseconds;
  pthread_mutex_unlock(&device);
}

// finish waits for a stream's kernels.
static void finish(struct stream *s) {
  while (hold && !access(hold, F_OK)) usleep(1000);
  long left = s->ready - now();
  if (run_microseconds && left > 0) usleep(left);
}

// answer makes a vector of length 1 of each item's bytes, so that items that
// differ have answers that do.
static void answer(float *to, size_t rows, struct stream *s) {
  size_t item = s->in_bytes / rows / 8;
  const uint64_t *in = (const uint64_t *)s->in;
  for (size_t i = 0; i < rows; i++) {
    uint64_t sum = 14695981039346656037u;
    for (size_t j = 0; j < item; j++) sum = (sum ^ *in++) * 1099511628211u;
    sum ^= sum >> 32;
    for (int j = 0; j < width; j++) *to++ = (sum >> j % 64 & 1 ? 1 : -1) / sqrtf(width);
  }
}

static int copy(void *to, const void *from, size_t n, int kind, void *stream) {
  static const char *kinds[] = {"copy-on-host", "copy-to-device", "copy-to-host", "copy-on-device", "copy"};
  static const char *pageable[] = {"", "copy-pageable-to-device", "copy-to-pageable-host"};
  struct stream *s = of(stream);
  int host = kind == 1 || kind == 2, is_pageable = host && !is_pinned(kind == 1 ? from : to);
  standin_note(is_pageable ? pageable[kind] : kinds[kind], n);
  if (kind == 2 && is_pageable) finish(s);
  memcpy(to, from, n);
  if (kind == 1 && n > s->in_bytes) s->in = to, s->in_bytes = n;
  if (kind != 2) return OK;
  if (width && n % (4 * width) == 0) answer(to, n / (4 * width), s);
  s->begun = s->in_bytes = 0;
  return OK;
}
int cudaMemcpyAsync(void *to, const void *from, size_t n, int kind, void *stream) { return copy(to, from, n, kind, stream); }
int cudaMemcpy(void *to, const void *from, size_t n, int kind) { return copy(to, from, n, kind, 0); }
int cudaMemsetAsync(void *p, int v, size_t n, void *stream) { return memset(p, v, n), OK; }
int cudaMemset(void *p, int v, size_t n) { return memset(p, v, n), OK; }

int cudaStreamCreateWithFlags(void **s, unsigned flags) { return *s = standin_new(), OK; }
int cudaEventCreate(void **e) { return *e = standin_new(), OK; }
int cudaEventCreateWithFlags(void **e, unsigned flags) { return *e = standin_new(), OK; }
int cudaStreamSynchronize(void *s) {
  standin_note("synchronise-stream", 0);
  finish(of(s));
  // An error of the device's stays until the process ends.
  static int lost;
  if (fault && !access(fault, F_OK)) lost = 1;
  return lost ? ILLEGAL_ADDRESS : OK;
}
// A graph that is replayed does what its kernels do: nothing.
int cudaStreamEndCapture(void *s, void **graph) { return *graph = standin_new(), OK; }
int cudaGraphInstantiate(void **run, void *graph, unsigned long long flags) { return *run = standin_new(), OK; }
int cudaDeviceSynchronize(void) { return standin_note("synchronise-device", 0), OK; }

// Kernels.

void **__cudaRegisterFatBinary(void *binary) {
  static void *handle;
  return &handle;
}
static __thread struct { dim3 grid, block; size_t shared; void *stream; } call;
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, void *stream) {
  call.grid = grid, call.block = block, call.shared = shared, call.stream = stream;
  return 0;
}
int __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void **stream) {
  *grid = call.grid, *block = call.block, *shared = call.shared, *stream = call.stream;
  return OK;
}
int cudaLaunchKernel(const void *f, dim3 grid, dim3 block, void **arguments, size_t shared, void *stream) { return standin_note("launch", 0), begin(of(stream)), OK; }

// Source: cudaFuncAttributes in CUDA 12's runtime API, up to what is read of it.
struct attributes {
  size_t shared, constant, local;
  int threads_of_block, registers, ptx, binary, cache, dynamic_shared;
};
int cudaFuncGetAttributes(struct attributes *a, const void *f) {
  *a = (struct attributes){.threads_of_block = 1024, .registers = 32, .ptx = 90, .binary = 90, .dynamic_shared = 49152};
  return OK;
}
int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *n, const void *f, int block, size_t shared, unsigned flags) { return *n = 2, OK; }
