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
	ctx  context.Context //nolint:containedctx // Go's decoder knows no contexts.
	file []byte
	// rest is what of the file has not been looked at, and next are bytes to give out.
	rest, next []byte
	pixels     bool // whether some were found
	// checksum and payload are those of the chunk of pixels that is given out.
	payload  []byte
	checksum []byte
	ended    bool
}

const pngSignature, pngHeader = 8, 8 + 12 + 13

// newPNGReader makes a reader of a file, whose first chunk is as it is.
func newPNGReader(ctx context.Context, file []byte) *pngReader {
	first := min(pngHeader, len(file))
	return &pngReader{ctx: ctx, file: file, next: file[:first], rest: file[first:], ended: first < pngHeader}
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
		if depth, color := r.file[24], r.file[25]; !r.pixels && depth == 16 && (color == 0 && length == 2 || color == 2 && length == 6) {
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
