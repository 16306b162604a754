#pragma once
// rsclip_run_in_worker runs a session of one input and one output in one of its own
// threads, and waits. It returns what went wrong, which the caller frees, or NULL.
char *rsclip_run_in_worker(void *session, void *options, const char *input_name, const void *input, const char *output_name, void *output);
