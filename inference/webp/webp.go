// Package webp decodes WebP by libwebp, with as much memory as its callers have
// counted for it.
//
// A picture without loss may have 65,536 groups of codes, each of which takes 12 to 20
// KB, and its header does not tell how many. Encoders write at most 2600.
package webp

// #cgo CFLAGS: -O2
// #cgo LDFLAGS: -l:libwebpdemux.a -l:libwebp.a -lm -Wl,--wrap=WebPSafeMalloc -Wl,--wrap=WebPSafeCalloc
// #include <stdlib.h>
// #include "allow.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// ErrCorrupt reports a file that is cut off or broken, or has more codes than any
// encoder writes.
var ErrCorrupt = errors.New("it is cut off or broken, or has more codes than encoders write")

// Features are what a header tells.
type Features struct {
	Width, Height int
	// Lossy says that there is nothing without loss in it: no alpha and no animation.
	Lossy bool
}

// ReadFeatures reads a header.
func ReadFeatures(data []byte) (Features, error) {
	if len(data) == 0 {
		return Features{}, ErrCorrupt
	}
	var f C.WebPBitstreamFeatures
	if status := C.WebPGetFeatures((*C.uint8_t)(unsafe.Pointer(&data[0])), C.size_t(len(data)), &f); status != C.VP8_STATUS_OK {
		return Features{}, fmt.Errorf("%w: libwebp's status is %d", ErrCorrupt, status)
	}
	return Features{int(f.width), int(f.height), f.format == 1 && f.has_alpha == 0 && f.has_animation == 0}, nil
}

// Sizes of a group of codes, and of how many of them encoders write at most: libwebp's
// own, of which a group has a part of the picture of 4 x 4 pixels or more.
const (
	groupBytes = 5004*4 + 1024
	maxGroups  = 2600
)

// Bytes is the most memory that libwebp asks for to decode the picture, beside the
// file and what it decodes into.
func (f Features) Bytes() int64 {
	most := 512*int64(f.Width) + 2<<20
	if !f.Lossy { // Pixels of 4 bytes, those that transforms read, a plane of alpha, and codes.
		blocks := int64(f.Width+3) / 4 * (int64(f.Height+3) / 4)
		most += 6*int64(f.Width)*int64(f.Height) + groupBytes*min(maxGroups, blocks)
	}
	return most
}

// DecodeInto decodes a still picture into rows of 3 bytes a pixel, or of 4 with alpha.
func DecodeInto(to, data []byte, f Features, channels int) error {
	alpha := C.int(0)
	if channels == 4 {
		alpha = 1
	}
	in, out := (*C.uint8_t)(unsafe.Pointer(&data[0])), (*C.uint8_t)(unsafe.Pointer(&to[0]))
	if C.rsclip_webp_decode(in, C.size_t(len(data)), out, C.size_t(len(to)), C.int(f.Width*channels), alpha, C.size_t(f.Bytes())) == nil {
		return ErrCorrupt
	}
	return nil
}

// FirstFrame calls use with the first frame's pixels, of 4 bytes each. Its canvas may be
// larger than the picture's features say.
func FirstFrame(data []byte, f Features, use func(width, height int, pixels []byte) error) error {
	// libwebp keeps a pointer to the file between calls, so it is copied out
	// of Go's memory.
	file := C.CBytes(data)
	defer C.free(file)
	var options C.WebPAnimDecoderOptions
	C.WebPAnimDecoderOptionsInit(&options)
	options.color_mode = C.MODE_RGBA
	decoder := C.WebPAnimDecoderNew(&C.WebPData{bytes: (*C.uint8_t)(file), size: C.size_t(len(data))}, &options)
	if decoder == nil {
		return ErrCorrupt
	}
	defer C.WebPAnimDecoderDelete(decoder)
	var info C.WebPAnimInfo
	var frame *C.uint8_t
	if C.WebPAnimDecoderGetInfo(decoder, &info) == 0 || C.rsclip_webp_next(decoder, &frame, C.size_t(f.Bytes())) == 0 {
		return ErrCorrupt
	}
	width, height := int(info.canvas_width), int(info.canvas_height)
	return use(width, height, unsafe.Slice((*byte)(frame), 4*width*height))
}
