// Stands in for cuDNN: convolutions do nothing and are counted.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *standin_new(void);

int cudnnCreate(void **handle) { return *handle = standin_new(), 0; }
size_t cudnnGetVersion(void) { return 90800; }
const char *cudnnGetErrorString(int e) { return "the stand-in's error"; }
void cudnnGetLastErrorString(char *message, size_t n) { snprintf(message, n, "the stand-in's error"); }
int cudnnGetStream(void *handle, void **stream) { return *stream = 0, 0; }
int cudnnBackendCreateDescriptor(int type, void **d) { return *d = standin_new(), 0; }
// Every attribute has one element, which is 0, but for the descriptors that the
// caller has made.
int cudnnBackendGetAttribute(void *d, int name, int type, int64_t want, int64_t *got, void *elements) {
  enum { DESCRIPTORS = 15 };
  if (got) *got = want ? want : 1;
  if (elements && want > 0 && type != DESCRIPTORS) memset(elements, 0, 8);
  return 0;
}
int cudnnGetConvolutionForwardWorkspaceSize(void *h, void *x, void *w, void *c, void *y, int algorithm, size_t *n) { return *n = 0, 0; }

#define MADE(name) int name(void **d) { return *d = standin_new(), 0; }
MADE(cudnnCreateActivationDescriptor)
MADE(cudnnCreateConvolutionDescriptor)
MADE(cudnnCreateDropoutDescriptor)
MADE(cudnnCreateFilterDescriptor)
MADE(cudnnCreateLRNDescriptor)
MADE(cudnnCreatePoolingDescriptor)
MADE(cudnnCreateRNNDataDescriptor)
MADE(cudnnCreateRNNDescriptor)
MADE(cudnnCreateReduceTensorDescriptor)
MADE(cudnnCreateTensorDescriptor)
