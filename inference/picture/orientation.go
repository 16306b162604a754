package picture

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// orient turns a picture upright, from one of EXIF's orientations, 1 to 8.
func orient(ctx context.Context, in *Image, orientation int) (*Image, error) {
	if orientation < 2 || orientation > 8 {
		return in, nil
	}
	// Each is a reflection of rows, of columns, and of the diagonal, last.
	flipX := orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8
	flipY := orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7
	width, height := in.Width, in.Height
	if orientation >= 5 {
		width, height = height, width
	}
	out := newImage(width, height)
	out.Seen = in.Seen
	err := interrupt.Rows(ctx, width, height, func(from, to int) {
		for y := from; y < to; y++ {
			for x := range width {
				sx, sy := x, y
				if orientation >= 5 {
					sx, sy = y, x
				}
				if flipX {
					sx = in.Width - 1 - sx
				}
				if flipY {
					sy = in.Height - 1 - sy
				}
				copy(out.Pix[3*(y*width+x):][:3], in.Pix[3*(sy*in.Width+sx):])
			}
		}
	})
	return out, err
}

// exifOrientationTag is the number of the tag that says how a picture is turned.
const exifOrientationTag = 274

// exifOrientation reads the orientation from the EXIF data of a JPEG, PNG or
// WebP file, or returns 1.
func exifOrientation(file []byte) int {
	exif := findEXIF(file)
	if len(exif) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if exif[0] == 'M' {
		order = binary.BigEndian
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return 1
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == exifOrientationTag {
			return int(order.Uint16(entries[8:]))
		}
		entries = entries[12:]
	}
	return 1
}

// findEXIF returns the EXIF block of a file, which is a small TIFF, or nil.
func findEXIF(file []byte) []byte {
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xd8")):
		return findJPEGEXIF(file[2:])
	case bytes.HasPrefix(file, []byte("\x89PNG")):
		// Chunks: length, type, data, check sum.
		return findChunk(file[8:], "eXIf", binary.BigEndian.Uint32, 0, 4, 12)
	case bytes.HasPrefix(file, []byte("RIFF")) && len(file) > 12:
		// Chunks: type, length, data, filled up to an even length.
		return bytes.TrimPrefix(findChunk(file[12:], "EXIF", binary.LittleEndian.Uint32, 4, 0, 8), []byte("Exif\x00\x00"))
	}
	return nil
}

// findJPEGEXIF looks through the segments before the first scan.
func findJPEGEXIF(rest []byte) []byte {
	for len(rest) >= 4 && rest[0] == 0xff && rest[1] != 0xda {
		n := int(binary.BigEndian.Uint16(rest[2:]))
		if n < 2 || len(rest) < n+2 {
			return nil
		}
		if body := rest[4 : n+2]; rest[1] == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return body[6:]
		}
		rest = rest[n+2:]
	}
	return nil
}

// findChunk looks through chunks whose length and kind stand at the given
// places, with overhead bytes beside the data.
func findChunk(rest []byte, kind string, length func([]byte) uint32, lengthAt, kindAt, overhead int) []byte {
	for len(rest) >= 8 {
		n := int(length(rest[lengthAt:]))
		if n > len(rest)-8 {
			return nil
		}
		if string(rest[kindAt:kindAt+4]) == kind {
			return rest[8 : 8+n]
		}
		size := n + overhead
		if overhead == 8 {
			size += n & 1
		}
		if size > len(rest) {
			return nil
		}
		rest = rest[size:]
	}
	return nil
}
