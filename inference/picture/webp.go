package picture

// #cgo LDFLAGS: -l:libwebpdemux.a -l:libwebp.a -lm
// #include <stdlib.h>
// #include <webp/decode.h>
// #include <webp/demux.h>
import "C"

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// inspectWebP knows the cost of a WebP: two canvases of libwebp's animation
// decoder, of 4 bytes a pixel, the file once more, and ours. Without loss, or
// with alpha, another picture of 4 bytes a pixel comes in between, and a plane.
func inspectWebP(data []byte, _ Options) (Cost, error) {
	var features C.WebPBitstreamFeatures
	if status := C.WebPGetFeatures((*C.uint8_t)(unsafe.Pointer(&data[0])), C.size_t(len(data)), &features); status != C.VP8_STATUS_OK {
		return Cost{}, fmt.Errorf("%w: libwebp's status is %d", ErrCorrupt, status)
	}
	c := Cost{Width: int(features.width), Height: int(features.height)}
	size := int64(4 + 4 + 3)
	if plain := features.format == 1 && features.has_alpha == 0 && features.has_animation == 0; !plain {
		size += 4 + 1
	}
	c.Bytes = size*c.pixels() + int64(len(data)) + 512*int64(c.Width) + 2<<20
	c.Work = 15 * c.pixels()
	return c, nil
}

// decodeWebP decodes the first frame of a WebP by libwebp's animation decoder,
// as Pillow does for still pictures too. Alpha is dropped, not blended.
func decodeWebP(ctx context.Context, data []byte, o Options) (*Image, error) {
	inspected, err := inspectWebP(data, o)
	if err != nil {
		return nil, err
	}
	// libwebp keeps a pointer to the file between calls, so it is copied out
	// of Go's memory.
	file := C.CBytes(data)
	defer C.free(file)
	var options C.WebPAnimDecoderOptions
	C.WebPAnimDecoderOptionsInit(&options)
	options.color_mode = C.MODE_RGBA
	decoder := C.WebPAnimDecoderNew(&C.WebPData{bytes: (*C.uint8_t)(file), size: C.size_t(len(data))}, &options)
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
	if width != inspected.Width || height != inspected.Height {
		return nil, fmt.Errorf("%w: its canvas is %d x %d pixels, and its picture %d x %d", ErrCorrupt, width, height, inspected.Width, inspected.Height)
	}
	out := newImage(width, height)
	pixels := unsafe.Slice((*byte)(frame), 4*width*height)
	err = interrupt.Rows(ctx, width, height, func(from, to int) {
		strided(out.Pix[3*width*from:3*width*to], pixels[4*width*from:], 4, 1)
	})
	return out, err
}
