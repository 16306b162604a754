package picture

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// pngReader reads a PNG as Pillow does, for Go's decoder, which is stricter: it leaves
// out chunks that do not matter, and does not mind the checksums of pixels, nor that
// the last chunk is missing.
type pngReader struct {
	ctx context.Context //nolint:containedctx // Go's decoder knows no contexts.
	// rest is what of the file has not been looked at, and next are bytes to give out.
	rest, next []byte
	header     []byte // what the first chunk has, nil before it
	pixels     bool   // whether some were found
	// payload and checksum are those of the chunk of pixels that is given out.
	payload, checksum []byte
	ended             bool
}

// pngSignature is how many bytes there are before the first chunk.
const pngSignature = 8

func newPNGReader(ctx context.Context, file []byte) *pngReader {
	return &pngReader{ctx: ctx, next: file[:pngSignature], rest: file[pngSignature:]}
}

// Read gives out parts so small that what they unpack to takes a few milliseconds.
func (r *pngReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	for len(r.next) == 0 {
		if err := r.advance(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.next[:min(len(r.next), 1<<10)])
	r.next = r.next[n:]
	return n, nil
}

// advance finds the next bytes to give out.
func (r *pngReader) advance() error {
	switch {
	case r.payload != nil:
		r.next, r.payload = r.payload, nil
		return nil
	case r.checksum != nil:
		r.next, r.checksum = r.checksum, nil
		return nil
	case r.ended:
		return io.EOF
	}
	const around = 12 // length, kind and checksum
	if len(r.rest) < around {
		return r.end()
	}
	length, kind := int(binary.BigEndian.Uint32(r.rest)), r.rest[4:8]
	whole := r.rest[:min(len(r.rest), length+around)]
	r.rest = r.rest[len(whole):]
	switch string(kind) {
	case "IHDR":
		if r.header == nil && len(whole) >= length+around {
			r.next, r.header = whole, whole[8:8+length]
		}
	case "IEND":
		return r.end()
	case "IDAT":
		// The last chunk may be cut off; the pixels in it count.
		data := whole[8:min(len(whole), 8+length)]
		head := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), kind...) //nolint:gosec // At most the length.
		sum := crc32.Update(crc32.ChecksumIEEE(kind), crc32.IEEETable, data)
		r.next, r.payload, r.checksum, r.pixels = head, data, binary.BigEndian.AppendUint32(nil, sum), true
	case "PLTE":
		if !r.pixels {
			r.next = whole
		}
	case "tRNS":
		// Alpha is dropped, but for that of 16 bits, which says where no data is.
		if depth, color := r.kind(); !r.pixels && depth == 16 && (color == 0 && length == 2 || color == 2 && length == 6) {
			r.next = whole
		}
	}
	return nil
}

// end gives out the last chunk.
func (r *pngReader) end() error {
	r.ended = true
	r.next = []byte("\x00\x00\x00\x00IEND\xaeB`\x82")
	return nil
}

// kind returns the bits of a sample and the type of colours, 0 before the header.
func (r *pngReader) kind() (depth, color byte) {
	if len(r.header) < 13 {
		return 0, 0
	}
	return r.header[8], r.header[9]
}

// isGrey tells pictures without colours, with alpha or not.
func (r *pngReader) isGrey() bool { return r.colorType()&2 == 0 }

func (r *pngReader) colorType() byte {
	_, color := r.kind()
	return color
}
