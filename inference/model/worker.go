package model

// #include <stdlib.h>
// #include "worker.h"
import "C"

import (
	"errors"
	"reflect"
	"unsafe"
)

// runInWorker is a run in one of the session's own threads: ONNX Runtime's
// RunAsync, which the bindings lack. The thread helps no other run meanwhile, and so
// as many runs as there are threads go at once without more threads than cores.
func (t *tower[T]) runInWorker(p *place[T], b *buffer) error {
	in, out := C.CString(t.input), C.CString(t.output)
	defer C.free(unsafe.Pointer(in))
	defer C.free(unsafe.Pointer(out))
	failure := C.rsclip_run_in_worker(held(t.session, "s", "ortSession"), held(p.options, "o"), in, held(b.in[0], "ortValue"), out, held(b.out[0], "ortValue"))
	if failure == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(failure))
	return errors.New(C.GoString(failure))
}

// held is the object of ONNX Runtime's that one of the bindings holds in a field, and
// does not give out.
func held(binding any, fields ...string) unsafe.Pointer {
	v := reflect.ValueOf(binding)
	for _, f := range fields {
		v = v.Elem().FieldByName(f)
	}
	return v.UnsafePointer()
}
