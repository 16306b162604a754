#define _GNU_SOURCE
#include "pinned.h"

#include <dlfcn.h>

// function finds one of CUDA's runtime, which ONNX Runtime's provider has loaded.
static void *function(const char *name) {
  void *runtime = dlopen("libcudart.so.12", RTLD_LAZY | RTLD_NOLOAD);
  return runtime ? dlsym(runtime, name) : 0;
}

void *rsclip_pin(int device, size_t bytes) {
  int (*set_device)(int) = (int (*)(int))function("cudaSetDevice");
  int (*allocate)(void **, size_t, unsigned) = (int (*)(void **, size_t, unsigned))function("cudaHostAlloc");
  void *memory = 0;
  if (!set_device || !allocate || set_device(device) || allocate(&memory, bytes, 0)) return 0;
  return memory;
}

void rsclip_unpin(void *memory) {
  int (*release)(void *) = (int (*)(void *))function("cudaFreeHost");
  if (release) release(memory);
}
