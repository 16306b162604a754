#include "worker.h"

#include <semaphore.h>
#include <string.h>

#include "runtimelog.h"

// Functions' numbers in ONNX Runtime's C API.
// Source: OrtApi in its onnxruntime_c_api.h.
enum { GET_ERROR_MESSAGE = 2, RELEASE_STATUS = 93, RUN_ASYNC = 260 };
typedef const char *(*message_function)(const void *status);
typedef void (*release_function)(void *status);
typedef void (*ended_function)(void *run, void **outputs, size_t count, void *status);
typedef void *(*run_function)(void *session, void *options, const char *const *input_names, const void *const *inputs, size_t input_count,
                              const char *const *output_names, size_t output_count, void **outputs, ended_function, void *run);

struct run {
  sem_t ended;
  void *status;
};

static void has_ended(void *run, void **outputs, size_t count, void *status) {
  struct run *r = run;
  r->status = status;
  sem_post(&r->ended);
}

char *rsclip_run_in_worker(void *session, void *options, const char *input_name, const void *input, const char *output_name, void *output) {
  struct run r = {.status = 0};
  sem_init(&r.ended, 0, 0);
  run_function begin = (run_function)rsclip_runtime_api[RUN_ASYNC];
  void *status = begin(session, options, &input_name, &input, 1, &output_name, 1, &output, has_ended, &r);
  if (!status) {
    while (sem_wait(&r.ended)) {
    }  // A signal came in between.
    status = r.status;
  }
  sem_destroy(&r.ended);
  if (!status) return 0;
  char *message = strdup(((message_function)rsclip_runtime_api[GET_ERROR_MESSAGE])(status));
  ((release_function)rsclip_runtime_api[RELEASE_STATUS])(status);
  return message;
}
