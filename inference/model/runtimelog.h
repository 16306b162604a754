#pragma once
// rsclip_log_runtime makes the environment of the ONNX Runtime at that path with
// a logger that calls rsclipRuntimeLog. It returns NULL, or what went wrong.
const char *rsclip_log_runtime(const char *library);
