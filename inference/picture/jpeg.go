package picture

// #cgo LDFLAGS: -l:libjpeg.a
// #include "jpeg.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// jpegErrors are the results of the C side but for success.
var jpegErrors = map[C.int]error{
	C.RSCLIP_JPEG_CORRUPT:     ErrCorrupt,
	C.RSCLIP_JPEG_UNSUPPORTED: ErrUnsupported,
}

// decodeJPEG decodes a JPEG by libjpeg-turbo, as Pillow does; Go's own decoder
// replicates chroma, which gives other pixels. The EXIF orientation is not applied.
func decodeJPEG(data []byte, o Options) (*Image, error) {
	var width, height, channels C.int
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	in, size := (*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data))
	if err := jpegError(C.rsclip_jpeg_header(in, size, &width, &height, &channels, &message[0]), &message); err != nil {
		return nil, err
	}
	if err := o.check(int(width), int(height)); err != nil {
		return nil, err
	}
	image := newImage(int(width), int(height))
	pixels := image.Pix
	if channels != 3 {
		pixels = make([]byte, int(width)*int(height)*int(channels))
	}
	code := C.rsclip_jpeg_decode(in, size, (*C.uchar)(unsafe.Pointer(&pixels[0])), width, height, channels, &message[0])
	if err := jpegError(code, &message); err != nil {
		return nil, err
	}
	switch channels {
	case 1:
		grey(image.Pix, pixels, 1, func(p []byte) byte { return p[0] })
	case 4:
		invertedCMYK(image.Pix, pixels)
	}
	return image, nil
}

func jpegError(code C.int, message *[C.RSCLIP_JPEG_MESSAGE]C.char) error {
	if code == C.RSCLIP_JPEG_OK {
		return nil
	}
	return fmt.Errorf("%w: %s", jpegErrors[code], C.GoString(&message[0]))
}

// invertedCMYK turns CMYK stored inverted, as Adobe does, into RGB with
// Pillow's integers.
func invertedCMYK(out, in []byte) {
	for i := 0; i < len(out)/3; i++ {
		p := in[4*i:]
		notK := int(p[3])
		for c := range 3 {
			t := (255-int(p[c]))*notK + 128
			out[3*i+c] = byte(max(0, notK-(t>>8+t)>>8))
		}
	}
}
