// The part of NVML's interface that is used, by NVIDIA's documentation of it.
// The library is the driver's, and is loaded when the program runs.
#include <dlfcn.h>
#include <stddef.h>

typedef void *nvmlDevice_t;

typedef struct {
  unsigned int gpu, memory; // percent of the last moment
} nvmlUtilization_t;

typedef struct {
  unsigned long long total, free, used; // bytes
} nvmlMemory_t;

// What the library has. A function that an old driver lacks is NULL.
typedef struct {
  int (*init)(void);
  int (*count)(unsigned int *);
  int (*handle)(unsigned int, nvmlDevice_t *);
  int (*utilization)(nvmlDevice_t, nvmlUtilization_t *);
  int (*memory)(nvmlDevice_t, nvmlMemory_t *);
  int (*power)(nvmlDevice_t, unsigned int *);
  int (*energy)(nvmlDevice_t, unsigned long long *);
  int (*throttled)(nvmlDevice_t, unsigned long long *);
  const char *(*error)(int);
} nvml;

// nvml_load returns what is wrong, or NULL.
static const char *nvml_load(const char *name, nvml *l) {
  void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) return dlerror();
  l->init = dlsym(library, "nvmlInit_v2");
  l->count = dlsym(library, "nvmlDeviceGetCount_v2");
  l->handle = dlsym(library, "nvmlDeviceGetHandleByIndex_v2");
  l->utilization = dlsym(library, "nvmlDeviceGetUtilizationRates");
  l->memory = dlsym(library, "nvmlDeviceGetMemoryInfo");
  l->power = dlsym(library, "nvmlDeviceGetPowerUsage");
  l->energy = dlsym(library, "nvmlDeviceGetTotalEnergyConsumption");
  l->throttled = dlsym(library, "nvmlDeviceGetCurrentClocksThrottleReasons");
  l->error = dlsym(library, "nvmlErrorString");
  if (l->init == NULL || l->count == NULL || l->handle == NULL || l->error == NULL) return "it is not NVML";
  return NULL;
}

static int nvml_init(nvml *l) { return l->init(); }
static int nvml_count(nvml *l, unsigned int *n) { return l->count(n); }
static int nvml_handle(nvml *l, unsigned int i, nvmlDevice_t *d) { return l->handle(i, d); }
static const char *nvml_error(nvml *l, int result) { return l->error(result); }

#define NVML_ERROR_FUNCTION_NOT_FOUND 13
static int nvml_utilization(nvml *l, nvmlDevice_t d, nvmlUtilization_t *u) {
  return l->utilization == NULL ? NVML_ERROR_FUNCTION_NOT_FOUND : l->utilization(d, u);
}
static int nvml_memory(nvml *l, nvmlDevice_t d, nvmlMemory_t *m) {
  return l->memory == NULL ? NVML_ERROR_FUNCTION_NOT_FOUND : l->memory(d, m);
}
static int nvml_power(nvml *l, nvmlDevice_t d, unsigned int *milliwatts) {
  return l->power == NULL ? NVML_ERROR_FUNCTION_NOT_FOUND : l->power(d, milliwatts);
}
static int nvml_energy(nvml *l, nvmlDevice_t d, unsigned long long *millijoules) {
  return l->energy == NULL ? NVML_ERROR_FUNCTION_NOT_FOUND : l->energy(d, millijoules);
}
static int nvml_throttled(nvml *l, nvmlDevice_t d, unsigned long long *reasons) {
  return l->throttled == NULL ? NVML_ERROR_FUNCTION_NOT_FOUND : l->throttled(d, reasons);
}
