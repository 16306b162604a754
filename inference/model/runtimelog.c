#include "runtimelog.h"

#include <dlfcn.h>
#include <stdint.h>

#include "_cgo_export.h"

// The first functions of ONNX Runtime's C API, whose order never changes.
// Source: OrtApiBase and OrtApi in its onnxruntime_c_api.h.
typedef void (*log_function)(void *, int, const char *, const char *, const char *, const char *);
struct api {
  void *create_status, *get_error_code;
  const char *(*message)(const void *status);
  void *create_env;
  void *(*create_env_with_custom_logger)(log_function, void *, int level, const char *id, void **env);
};
struct api_base {
  const struct api *(*get)(uint32_t version);
};

enum {
  LOGS_ERRORS = 3,
  API_VERSION = 16,  // the first that runs sessions in threads of their own
};

void *const *rsclip_runtime_api;

static void log_line(void *unused, int severity, const char *category, const char *id, const char *location, const char *message) {
  rsclipRuntimeLog(severity, (char *)location, (char *)message);
}

const char *rsclip_log_runtime(const char *path) {
  void *library = dlopen(path, RTLD_LAZY);
  if (!library) return dlerror();
  const struct api_base *(*base)(void) = (const struct api_base *(*)(void))dlsym(library, "OrtGetApiBase");
  if (!base) return dlerror();
  const struct api *api = base()->get(API_VERSION);
  if (!api) return "its C API is too old";
  rsclip_runtime_api = (void *const *)api;
  // There is one environment, which everyone who makes one gets.
  static void *env;
  void *status = api->create_env_with_custom_logger(log_line, 0, LOGS_ERRORS, "rsclip", &env);
  return status ? api->message(status) : 0;
}
