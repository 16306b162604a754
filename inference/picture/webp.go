package picture

// #cgo LDFLAGS: -l:libwebpdemux.a -l:libwebp.a -lm
// #include <stdlib.h>
// #include <webp/decode.h>
// #include <webp/demux.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// decodeWebP decodes the first frame of a WebP by libwebp's animation decoder,
// as Pillow does for still pictures too. Alpha is dropped, not blended.
func decodeWebP(data []byte, o Options) (*Image, error) {
	// libwebp keeps a pointer to the file between calls, so it is copied out
	// of Go's memory.
	file := C.CBytes(data)
	defer C.free(file)
	var features C.WebPBitstreamFeatures
	size := C.size_t(len(data))
	if status := C.WebPGetFeatures((*C.uint8_t)(file), size, &features); status != C.VP8_STATUS_OK {
		return nil, fmt.Errorf("%w: libwebp's status is %d", ErrCorrupt, status)
	}
	if err := o.check(int(features.width), int(features.height)); err != nil {
		return nil, err
	}
	var options C.WebPAnimDecoderOptions
	C.WebPAnimDecoderOptionsInit(&options)
	options.color_mode = C.MODE_RGBA
	decoder := C.WebPAnimDecoderNew(&C.WebPData{bytes: (*C.uint8_t)(file), size: size}, &options)
	if decoder == nil {
		return nil, fmt.Errorf("%w: the file is cut off or broken", ErrCorrupt)
	}
	defer C.WebPAnimDecoderDelete(decoder)
	var info C.WebPAnimInfo
	var frame *C.uint8_t
	var timestamp C.int
	if C.WebPAnimDecoderGetInfo(decoder, &info) == 0 || C.WebPAnimDecoderGetNext(decoder, &frame, &timestamp) == 0 {
		return nil, fmt.Errorf("%w: the first frame is cut off or broken", ErrCorrupt)
	}
	width, height := int(info.canvas_width), int(info.canvas_height)
	if err := o.check(width, height); err != nil {
		return nil, err
	}
	out := newImage(width, height)
	strided(out.Pix, unsafe.Slice((*byte)(frame), 4*width*height), 4, 1)
	return out, nil
}
