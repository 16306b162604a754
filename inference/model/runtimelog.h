#pragma once
// rsclip_log_runtime makes the environment of the ONNX Runtime at that path with
// a logger that calls rsclipRuntimeLog. It returns NULL, or what went wrong.
const char *rsclip_log_runtime(const char *library);
// rsclip_runtime_api are the functions of its C API from then on, whose order never
// changes.
extern void *const *rsclip_runtime_api;
