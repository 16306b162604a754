package model

// #cgo LDFLAGS: -ldl
// #include "pinned.h"
import "C"

import "unsafe"

// pins is memory that a GPU reads and writes by itself, while the host does
// something else. To and from any other, the driver copies by the host's hands, and
// the one who asked waits. Nil, there is no GPU.
type pins struct {
	device int
	taken  []unsafe.Pointer
	denied bool // whether there was too little
}

// memoryFor returns memory for so many numbers, pinned where it can be.
func memoryFor[E int64 | uint8 | float32](p *pins, numbers int) []E {
	if p == nil {
		return make([]E, numbers)
	}
	var e E
	memory := C.rsclip_pin(C.int(p.device), C.size_t(uintptr(numbers)*unsafe.Sizeof(e)))
	if memory == nil {
		p.denied = true
		return make([]E, numbers)
	}
	p.taken = append(p.taken, memory)
	return unsafe.Slice((*E)(memory), numbers)
}

// free gives back the memory that was pinned, which nothing may use.
func (p *pins) free() {
	if p == nil {
		return
	}
	for _, memory := range p.taken {
		C.rsclip_unpin(memory)
	}
}
