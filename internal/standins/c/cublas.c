// Stands in for cuBLAS: products do nothing and are counted.
#include <stddef.h>

void *standin_new(void);

static int mode;
int cublasCreate_v2(void **handle) { return *handle = standin_new(), 0; }
int cublasGetMathMode(void *handle, int *m) { return *m = mode, 0; }
int cublasSetMathMode(void *handle, int m) { return mode = m, 0; }
