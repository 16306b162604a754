package jpeg2000

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Header is what a file says of itself before its samples.
type Header struct {
	Width, Height         int // in pixels
	Components            int
	Bits                  int // of the deepest component
	TileWidth, TileHeight int
	Palette               bool // the component is an index into colours
}

// Signatures of a JP2 file and of a bare codestream.
const (
	Signature           = "\x00\x00\x00\x0cjP  \r\n\x87\n"
	CodestreamSignature = "\xff\x4f\xff\x51"
)

// maxBoxes bounds the boxes before the codestream.
const maxBoxes = 1000

// ReadHeader reads the header of a JP2 file or of a bare codestream.
// Format: ISO/IEC 15444-1, annexes A and I.
func ReadHeader(data []byte) (Header, error) {
	var palette bool
	if bytes.HasPrefix(data, []byte(Signature)) {
		box, err := findBox(data, "jp2c")
		if err != nil {
			return Header{}, err
		}
		if colors, err := findBox(data, "jp2h"); err == nil {
			_, err = findBox(colors, "pclr")
			palette = err == nil
		}
		data = box
	}
	if !bytes.HasPrefix(data, []byte(CodestreamSignature)) {
		return Header{}, fmt.Errorf("%w: it has no codestream", ErrCorrupt)
	}
	// After the two markers: length, capabilities, and the sizes.
	if len(data) < 44 {
		return Header{}, fmt.Errorf("%w: the header is cut off", ErrCorrupt)
	}
	number := func(at int) int { return int(binary.BigEndian.Uint32(data[at:])) }
	x1, y1, x0, y0 := number(8), number(12), number(16), number(20)
	h := Header{Width: x1 - x0, Height: y1 - y0, TileWidth: number(24), TileHeight: number(28), Palette: palette, Components: int(binary.BigEndian.Uint16(data[40:]))}
	if h.Width < 1 || h.Height < 1 || h.TileWidth < 1 || h.TileHeight < 1 || h.Components < 1 || len(data) < 42+3*h.Components {
		return Header{}, fmt.Errorf("%w: it is %d x %d pixels of %d components, in tiles of %d x %d", ErrCorrupt, h.Width, h.Height, h.Components, h.TileWidth, h.TileHeight)
	}
	for i := range h.Components {
		h.Bits = max(h.Bits, int(data[42+3*i]&0x7f)+1)
	}
	if h.Bits > 32 || h.Components > maxComponents {
		return Header{}, fmt.Errorf("%w: it has %d components of %d bits: choose some with gdal_translate -b", ErrUnsupported, h.Components, h.Bits)
	}
	return h, nil
}

// maxComponents is what the process that decodes can tell of.
const maxComponents = 16

// maxPalette is how many colours a palette may give a pixel: red, green, blue, alpha.
const maxPalette = 4

// channels bounds the components of the picture.
func (h Header) channels() int {
	if h.Palette {
		return max(h.Components, maxPalette)
	}
	return h.Components
}

// Samples bounds the samples of the picture.
func (h Header) Samples() int { return h.Width * h.Height * h.channels() }

// DecodedBytes bounds the memory that decoding a file of some bytes takes: OpenJPEG
// holds 4 bytes for each sample of the picture, as many for a tile, and the code
// blocks of a tile with their bookkeeping. A file that needs more, since its code
// blocks are tiny, is refused.
func (h Header) DecodedBytes(file int) int {
	tile := min(h.TileWidth, h.Width) * min(h.TileHeight, h.Height) * h.Components
	samples := 4 * h.Samples()
	if h.Palette { // Its indices are there, too.
		samples += 4 * h.Width * h.Height * h.Components
	}
	return samples + 8*tile + 3*file + 64<<20
}

// Work is about the nanoseconds that decoding a file of some bytes keeps a core
// of 2020 busy, for a file of a few bits a sample.
func (h Header) Work(file int) int64 {
	return int64(15*h.Samples() + 50*h.Width*h.Height + 5*file)
}

// findBox returns the contents of the first box of a kind.
func findBox(data []byte, kind string) ([]byte, error) {
	for range maxBoxes {
		if len(data) < 8 {
			break
		}
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		switch {
		case size == 0: // Up to the end.
			size = uint64(len(data))
		case size == 1 && len(data) >= 16:
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size < head {
			break
		}
		if string(data[4:8]) == kind { // The last box may be cut off; the decoder says so.
			return data[head:min(size, uint64(len(data)))], nil
		}
		if size > uint64(len(data)) {
			break
		}
		data = data[size:]
	}
	return nil, fmt.Errorf("%w: it has no %s box", ErrCorrupt, kind)
}
