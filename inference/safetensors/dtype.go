package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/seed-74198975/rsclip/internal/float16"
)

// DType is the number format of a tensor.
type DType string

// The number formats that are read.
const (
	F16  DType = "F16"
	BF16 DType = "BF16"
	F32  DType = "F32"
	F64  DType = "F64"
)

// widths are the bytes of one number. Formats without a decoder may be in a file,
// as counts of positions are, but cannot be read.
var widths = map[DType]int{
	F16: 2, BF16: 2, F32: 4, F64: 8,
	"I8": 1, "I16": 2, "I32": 4, "I64": 8, "U8": 1, "U16": 2, "U32": 4, "U64": 8, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}

// decoders turn the bytes of one number into a float32.
var decoders = map[DType]func([]byte) float32{
	F16:  func(b []byte) float32 { return float16.Widen(binary.LittleEndian.Uint16(b)) },
	BF16: func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) },
	F32:  func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) },
	F64:  func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) },
}

// Elements returns the number of elements of the tensor.
func (t Tensor) Elements() int { return int(t.size) / widths[t.DType] }

// Float32 reads the tensor as float32, in row-major order. F64 is rounded.
func (t Tensor) Float32() ([]float32, error) {
	width, decode := widths[t.DType], decoders[t.DType]
	if decode == nil {
		return nil, fmt.Errorf("reading tensor %q from %s: type %q is not supported; weights must be F32, F16, BF16 or F64", t.Name, t.file.path, t.DType)
	}
	out := make([]float32, t.Elements())
	chunk := make([]byte, min(t.size, 1<<20))
	for at := int64(0); at < t.size; {
		n := min(int64(len(chunk)), t.size-at)
		if _, err := t.file.file.ReadAt(chunk[:n], t.offset+at); err != nil {
			return nil, fmt.Errorf("reading tensor %q from %s: %w", t.Name, t.file.path, err)
		}
		first := int(at) / width
		for i := range int(n) / width {
			out[first+i] = decode(chunk[i*width:])
		}
		at += n
	}
	return out, nil
}
