package picture

// #cgo LDFLAGS: -l:libjpeg.a
// #include "jpeg.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"
)

// jpegErrors are the results of the C side but for success.
var jpegErrors = map[C.int]error{
	C.RSCLIP_JPEG_CORRUPT:     ErrCorrupt,
	C.RSCLIP_JPEG_UNSUPPORTED: ErrUnsupported,
	C.RSCLIP_JPEG_STOPPED:     context.Canceled,
}

// jpegHeader is what a JPEG's header says.
type jpegHeader struct {
	width, height int
	manyScans     bool
	ids           []byte
	blocks        []int64 // of 8 x 8 samples, of each component
}

func readJPEGHeader(data []byte) (*jpegHeader, error) {
	var header C.struct_rsclip_jpeg_header
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	code := C.rsclip_jpeg_header((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)), &header, &message[0])
	if err := jpegError(code, &message); err != nil {
		return nil, err
	}
	h := &jpegHeader{width: int(header.width), height: int(header.height), manyScans: header.many_scans != 0}
	for i := range header.components {
		h.ids, h.blocks = append(h.ids, byte(header.ids[i])), append(h.blocks, int64(header.blocks[i]))
	}
	return h, nil
}

// inspectJPEG knows the cost of a JPEG. One whose scans come one after another
// holds all coefficients, of 2 bytes, until the last; each scan is a pass over
// the blocks of its components, however few bytes it has.
func inspectJPEG(data []byte, _ Options) (Cost, error) {
	h, err := readJPEGHeader(data)
	if err != nil {
		return Cost{}, err
	}
	c := Cost{Width: h.width, Height: h.height}
	var samples int64
	for _, b := range h.blocks {
		samples += 64 * b
	}
	padded := int64(h.width+1024) * int64(len(h.blocks))
	c.Bytes = 3*c.pixels() + 256*padded + 1<<20
	c.Work = 4*c.pixels() + 4*samples
	if h.manyScans {
		_, passes := h.scans(data)
		c.Bytes += 2 * samples
		c.Work += passes
	}
	return c, nil
}

// scans counts the scans of a file, and the samples that all of them pass over.
// Between a scan's header and the next marker are its codes.
func (h *jpegHeader) scans(data []byte) (count int, passes int64) {
	for at := 2; at < len(data); {
		next := bytes.IndexByte(data[at:], 0xff)
		if next < 0 {
			break
		}
		at += next
		for at < len(data) && data[at] == 0xff { // A marker may have many of these in front.
			at++
		}
		if at+3 > len(data) {
			break
		}
		marker := data[at]
		at++
		if marker <= 0x01 || marker >= 0xd0 && marker <= 0xd9 { // Stands alone, or is none.
			continue
		}
		size := max(2, int(binary.BigEndian.Uint16(data[at:])))
		if marker == 0xda {
			count++
			passes += h.passedOver(data[at+2 : min(len(data), at+size)])
		}
		at += size
	}
	return count, passes
}

// passedOver returns the samples of the components that a scan's header names.
func (h *jpegHeader) passedOver(scan []byte) (samples int64) {
	for i := 1; i < len(scan) && i < 2*len(h.ids); i += 2 {
		if c := slices.Index(h.ids, scan[i]); c >= 0 {
			samples += 64 * h.blocks[c]
		}
	}
	return samples
}

// decodeJPEG decodes a JPEG by libjpeg-turbo, as Pillow does; Go's own decoder
// replicates chroma, which gives other pixels. The EXIF orientation is not applied.
func decodeJPEG(ctx context.Context, data []byte, _ Options) (*Image, error) {
	h, err := readJPEGHeader(data)
	if err != nil {
		return nil, err
	}
	count := 1
	if h.manyScans {
		count, _ = h.scans(data)
	}
	image := newImage(h.width, h.height)
	stop := new(int32)
	defer context.AfterFunc(ctx, func() { atomic.StoreInt32(stop, 1) })()
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	code := C.rsclip_jpeg_decode((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)), (*C.uchar)(unsafe.Pointer(&image.Pix[0])),
		C.int(h.width), C.int(h.height), C.int(count), (*C.int)(unsafe.Pointer(stop)), &message[0])
	return image, jpegError(code, &message)
}

func jpegError(code C.int, message *[C.RSCLIP_JPEG_MESSAGE]C.char) error {
	if code == C.RSCLIP_JPEG_OK {
		return nil
	}
	return fmt.Errorf("%w: %s", jpegErrors[code], C.GoString(&message[0]))
}
