// Package jpeg decodes JPEG by libjpeg-turbo, with the pixels that Pillow and libtiff
// give: Go's own decoder replicates chroma, which gives other ones.
package jpeg

// #cgo LDFLAGS: -l:libjpeg.a
// #include "libjpeg.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"
)

// The kinds of failure. Errors of this package wrap one of them, or are the context's.
var (
	// ErrUnsupported reports a variant that is not read.
	ErrUnsupported = errors.New("unsupported JPEG")
	// ErrCorrupt reports a file that breaks the format's rules or ends early.
	ErrCorrupt = errors.New("corrupt JPEG")
)

// failures are the results of the C side but for success.
var failures = map[C.int]error{
	C.RSCLIP_JPEG_CORRUPT:     ErrCorrupt,
	C.RSCLIP_JPEG_UNSUPPORTED: ErrUnsupported,
	C.RSCLIP_JPEG_STOPPED:     context.Canceled,
}

// Header is what a file says of itself before its pixels.
type Header struct {
	Width, Height int
	// ManyScans says that all coefficients are held until the last scan.
	ManyScans bool
	// Blocks are those of 8 x 8 samples, of each component.
	Blocks []int64

	ids     []byte
	eighths int // of the file's sides, that the picture has
}

// ReadHeader reads the header of a file.
func ReadHeader(data []byte) (*Header, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrCorrupt)
	}
	var header C.struct_rsclip_jpeg_header
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	code := C.rsclip_jpeg_header((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)), &header, &message[0])
	if err := failure(code, &message); err != nil {
		return nil, err
	}
	h := &Header{Width: int(header.width), Height: int(header.height), ManyScans: header.many_scans != 0, eighths: 8}
	for i := range header.components {
		h.ids, h.Blocks = append(h.ids, byte(header.ids[i])), append(h.Blocks, int64(header.blocks[i]))
	}
	return h, nil
}

// Shrink halves Width and Height, rounded up, once to three times, as long as they are
// not less than those given. Decode then gives a picture of that size, and takes less
// for it: each block is decoded to fewer pixels.
func (h *Header) Shrink(width, height int) {
	for _, eighths := range scales {
		w, t := (h.Width*eighths+7)/8, (h.Height*eighths+7)/8
		if w >= width && t >= height {
			h.Width, h.Height, h.eighths = w, t, eighths
			return
		}
	}
}

// scales are those, in eighths, for which libjpeg-turbo has vector instructions. Five
// to seven eighths would take longer than the whole, and three as long as four.
var scales = []int{1, 2, 4}

// Scans counts the scans of a file, and the samples that all of them pass over.
// Between a scan's header and the next marker are its codes.
func (h *Header) Scans(data []byte) (count int, passes int64) {
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
func (h *Header) passedOver(scan []byte) (samples int64) {
	if len(scan) == 0 {
		return 0
	}
	for i := 1; i < len(scan) && i <= 2*int(scan[0]); i += 2 {
		if c := slices.Index(h.ids, scan[i]); c >= 0 {
			samples += 64 * h.Blocks[c]
		}
	}
	return samples
}

// Decode decodes a file to RGB, of which ReadHeader has read the header, into 3 bytes a
// pixel. The EXIF orientation is not applied.
func (h *Header) Decode(ctx context.Context, data, pixels []byte) error {
	count := 1
	if h.ManyScans {
		count, _ = h.Scans(data)
	}
	stop, done := stopper(ctx)
	defer done()
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	code := C.rsclip_jpeg_decode((*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)), (*C.uchar)(unsafe.Pointer(&pixels[0])),
		C.int(h.Width), C.int(h.Height), C.int(h.eighths), C.int(count), stop, &message[0])
	return failure(code, &message)
}

// Tile is a strip or tile of a TIFF: a JPEG that may lack tables, which the file has
// once for all of them.
type Tile struct {
	Tables []byte // nil for none
	Width  int    // of a row, in pixels
	Rows   int    // that are wanted; it may have more, up to MostRows
	// MostRows are those of a whole tile.
	MostRows   int
	Components int
	// YCbCr says that three components are luma and chroma, which become RGB. All
	// others stay as they are.
	YCbCr bool
	// Replicate says that pixels which share a chroma have the same one, as in the
	// TIFFs of before 1995; else it goes from one to the next smoothly.
	Replicate bool
}

// Decode decodes a tile into Width x Rows x Components bytes.
func (t Tile) Decode(ctx context.Context, data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrCorrupt)
	}
	pixels := make([]byte, t.Width*t.Rows*t.Components)
	var tables *C.uchar
	if len(t.Tables) > 0 {
		tables = (*C.uchar)(unsafe.Pointer(&t.Tables[0]))
	}
	number := map[bool]C.int{true: 1}
	stop, done := stopper(ctx)
	defer done()
	var message [C.RSCLIP_JPEG_MESSAGE]C.char
	code := C.rsclip_jpeg_tile(tables, C.size_t(len(t.Tables)), (*C.uchar)(unsafe.Pointer(&data[0])), C.size_t(len(data)), (*C.uchar)(unsafe.Pointer(&pixels[0])),
		C.int(t.Width), C.int(t.Rows), C.int(t.MostRows), C.int(t.Components), number[t.YCbCr], number[t.Replicate], stop, &message[0])
	return pixels, failure(code, &message)
}

// stopper returns a flag that is set when the context ends.
func stopper(ctx context.Context) (flag *C.int, done func()) {
	stop := new(int32)
	end := context.AfterFunc(ctx, func() { atomic.StoreInt32(stop, 1) })
	return (*C.int)(unsafe.Pointer(stop)), func() { end() }
}

func failure(code C.int, message *[C.RSCLIP_JPEG_MESSAGE]C.char) error {
	if code == C.RSCLIP_JPEG_OK {
		return nil
	}
	return fmt.Errorf("%w: %s", failures[code], C.GoString(&message[0]))
}
