#pragma once
#include <stddef.h>
// rsclip_pin returns memory that a GPU reads and writes by itself, and NULL if CUDA's
// runtime is not loaded or has none.
void *rsclip_pin(int device, size_t bytes);
void rsclip_unpin(void *);
