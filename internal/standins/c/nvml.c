// Stands in for NVML: one GPU, that draws 400 W.
#include <stddef.h>
#include <time.h>

static int gpu;

int nvmlInit_v2(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *n) { return *n = 1, 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **device) { return *device = &gpu, i ? 2 : 0; }
int nvmlDeviceGetUtilizationRates(void *device, unsigned *gpu_and_memory) { return gpu_and_memory[0] = gpu_and_memory[1] = 100, 0; }
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *total_free_used) {
  total_free_used[0] = 80ull << 30, total_free_used[1] = 60ull << 30, total_free_used[2] = 20ull << 30;
  return 0;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { return *milliwatts = 400000, 0; }
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *millijoules) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return *millijoules = t.tv_sec * 400000ull + t.tv_nsec / 2500, 0;
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) { return *reasons = 0, 0; }
const char *nvmlErrorString(int result) { return "the stand-in's error"; }
