// A stand-in for NVML with one GPU. With HOT, the name of a file, the GPU is hot and
// full while the file is there, and else neither.
#ifdef HOT
#include <unistd.h>
#define IS_HOT (access(HOT, F_OK) == 0)
#define IS_FULL IS_HOT
#else
#define IS_HOT 1
#define IS_FULL 0
#endif

#ifndef INIT
#define INIT 0 // what nvmlInit_v2 returns
#endif
#ifndef TELLS
#define TELLS 0 // what utilization, power, energy and slowdowns return; 3 is "not supported"
#endif

typedef struct { unsigned int gpu, memory; } utilization;
typedef struct { unsigned long long total, free, used; } memory;

static int gpu;

int nvmlInit_v2(void) { return INIT; }
int nvmlDeviceGetCount_v2(unsigned int *n) { *n = 1; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int i, void **device) {
  *device = &gpu;
  return i == 0 ? 0 : 2;
}
int nvmlDeviceGetUtilizationRates(void *device, utilization *u) {
  if (device != &gpu) return 2;
  u->gpu = 37;
  u->memory = 99;
  return TELLS;
}
int nvmlDeviceGetMemoryInfo(void *device, memory *m) {
  if (device != &gpu) return 2;
  m->total = 80ULL << 30;
  m->used = (IS_FULL ? 79ULL : 20ULL) << 30;
  m->free = m->total - m->used;
  return 0;
}
#ifndef NO_POWER // as an old driver
int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) {
  if (device != &gpu) return 2;
  *milliwatts = 250500;
  return TELLS;
}
#endif
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) {
  if (device != &gpu) return 2;
  *millijoules = 7200500;
  return TELLS;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
  if (device != &gpu) return 2;
  *reasons = IS_HOT ? 0x40 : 0; // by hardware, for heat
  return TELLS;
}
const char *nvmlErrorString(int result) { return result == 9 ? "Driver Not Loaded" : "Not Supported"; }
