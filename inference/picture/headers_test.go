package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// TestHeadersThatAreRefused has files that break one rule each. The error says
// which kind of fault it is, and names what was found.
func TestHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	little := binary.LittleEndian
	rgb, palette, masks, runs := readFile(t, "formats", "rgb.bmp"), readFile(t, "formats", "palette.bmp"), readFile(t, "formats", "16-bit-565.bmp"), readFile(t, "formats", "rle8.bmp")
	gif := readFile(t, "formats", "palette.gif")
	start := func(bmp []byte) int { return int(little.Uint32(bmp[10:])) }
	for _, tt := range []struct {
		name string
		data []byte
		kind error
		says string
	}{
		{"BMP of 25 bytes", rgb[:25], picture.ErrCorrupt, "the header is cut off"},
		{"BMP cut in its header", rgb[:53], picture.ErrCorrupt, "the header has 40 bytes, the file ends before them"},
		{"BMP with a header of 41 bytes", put(rgb, 14, little, uint32(41)), picture.ErrUnsupported, "its header has 41 bytes"},
		{"BMP of 23 bits", put(rgb, 28, little, uint16(23)), picture.ErrUnsupported, "a pixel has 23 bits"},
		{"BMP of no rows", put(rgb, 22, little, uint32(0)), picture.ErrCorrupt, "75 x 0 pixels"},
		{"BMP that holds a JPEG", put(rgb, 30, little, uint32(4)), picture.ErrUnsupported, "its compression is 4 with 24 bits"},
		{"BMP with runs of 24 bits", put(rgb, 30, little, uint32(1)), picture.ErrUnsupported, "its compression is 1 with 24 bits"},
		{"BMP with runs of 4 in 8 bits", put(palette, 30, little, uint32(2)), picture.ErrUnsupported, "its compression is 2 with 8 bits"},
		{"BMP with bit fields of 8 bits", put(palette, 30, little, uint32(3)), picture.ErrUnsupported, "its compression is 3 with 8 bits"},
		{"BMP with a bit field of two parts", put(masks, 54, little, uint32(0xf00f)), picture.ErrUnsupported, "a colour has the bits 0xf00f"},
		{"BMP with too many colours", put(palette, 46, little, uint32(1<<16+1)), picture.ErrCorrupt, "its palette claims 65537 colours"},
		{"BMP with more colours than it holds", put(palette, 46, little, uint32(1<<16)), picture.ErrCorrupt, "its palette claims 65536 colours"},
		{"BMP whose pixels begin after its end", put(rgb, 10, little, uint32(len(rgb)+1)), picture.ErrCorrupt, "its pixels begin at byte"}, //nolint:gosec // Small.
		{"BMP without its last byte", rgb[:start(rgb)+75*3*53-1], picture.ErrCorrupt, "and need 12084"},
		{"BMP whose runs end early", runs[:start(runs)+101], picture.ErrCorrupt, "its runs are cut off"},
		{"GIF of 12 bytes", gif[:12], picture.ErrCorrupt, "the file ends before its first frame"},
		{"GIF cut in its palette", gif[:20], picture.ErrCorrupt, "the file ends before its first frame"},
		{"GIF without frames", gifOf(4, 4, []byte{0x3b, 0}), picture.ErrCorrupt, "the file ends before its first frame"},
		{"GIF with an extension without end", gifOf(4, 4, []byte{0x21, 0xfe, 3, 1, 2}), picture.ErrCorrupt, "the file ends before its first frame"},
		{"GIF with an extension that ends the file", gifOf(4, 4, []byte{0x21, 0xfe, 2, 1, 2}), picture.ErrCorrupt, "the file ends before its first frame"},
		{"GIF with a frame beyond all sizes", gifOf(4, 4, gifFrame(65535, 0, 1, 1)), picture.ErrCorrupt, "ends at 65536 x 4"},
		{"GIF with a frame below all sizes", gifOf(4, 4, gifFrame(0, 65535, 1, 1)), picture.ErrCorrupt, "ends at 4 x 65536"},
		{"PNG of 5 bits", pngOf(1, 1, 5, 0, 0, pngChunk("IDAT", zeros(2))), picture.ErrUnsupported, ""},
		{"PNG of a side beyond the limit", pngOf(picture.MaxSide+1, 1, 8, 2, 0), picture.ErrTooLarge, "the limit of a side is 65535"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			image, err := picture.Decode(t.Context(), tt.data, picture.Options{})
			if !errors.Is(err, tt.kind) || image != nil {
				t.Fatalf("got %v, want %v", err, tt.kind)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %q, which does not say %q", err, tt.says)
			}
		})
	}
}

// gifOf makes a GIF of four colours, black, red, green and blue, and of blocks.
func gifOf(width, height uint16, blocks ...[]byte) []byte {
	out := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte("GIF89a"), width), height)
	out = append(out, 0x81, 0, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255)
	return append(out, bytes.Join(blocks, nil)...)
}

// gifFrame is a frame of green pixels, of which there may be up to three.
func gifFrame(left, top, width, height uint16) []byte {
	out := []byte{0x2c}
	for _, v := range []uint16{left, top, width, height} {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	// Codes of 3 bits: clear, a pixel each, end.
	codes, bits := uint32(4), 3
	for range int(width) * int(height) % 4 {
		codes |= 2 << bits
		bits += 3
	}
	codes |= 5 << bits
	return append(out, 0, 2, 2, byte(codes), byte(codes>>8), 0, 0x3b)
}

// TestWhatIsAroundAFrame has a frame of one pixel on a screen of two, with what
// GIFs hold before a frame. Around it is the colour that is transparent, and the
// first where none is.
func TestWhatIsAroundAFrame(t *testing.T) {
	t.Parallel()
	frame := gifFrame(0, 0, 1, 1)
	black, red, blue := "\x00\x00\x00", "\xff\x00\x00", "\x00\x00\xff"
	for name, tt := range map[string]struct {
		blocks []byte
		around string
	}{
		"nothing before":                   {nil, black},
		"a transparent colour":             {[]byte{0x21, 0xf9, 4, 1, 0, 0, 3, 0}, blue},
		"a colour that is not transparent": {[]byte{0x21, 0xf9, 4, 0, 0, 0, 3, 0}, black},
		"a colour after a delay":           {[]byte{0x21, 0xf9, 4, 1, 2, 2, 1, 0}, red},
		"another extension":                {[]byte{0x21, 0xff, 4, 1, 0, 0, 3, 0}, black},
		"a control that is too short":      {[]byte{0x21, 0xfe, 3, 1, 0, 0, 0}, black},
		"a comment, then a colour":         {[]byte{0x21, 0xfe, 3, 1, 2, 3, 2, 1, 2, 0, 0x21, 0xf9, 4, 1, 0, 0, 3, 0}, blue},
		"a colour beyond the palette":      {[]byte{0x21, 0xf9, 4, 1, 0, 0, 4, 0}, black},
	} {
		image, err := picture.Decode(t.Context(), gifOf(2, 1, tt.blocks, frame), picture.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := string(image.Pix), "\x00\xff\x00"+tt.around; got != want {
			t.Errorf("%s: pixels %x, want %x", name, got, want)
		}
	}
}

// TestFilesOfFewBytes has a file of each format that is cut at each of its first
// 200 bytes: none of them is a picture, and each is refused as what it is.
func TestFilesOfFewBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"rgb.bmp", "palette.gif", "lossy.webp", "rgb-raw.tif", "exif-6.jpg", "exif-6.png", "bigtiff.tif", "rle4.bmp", "os2-8-bit.bmp"} {
		file := readFile(t, "formats", name)
		for n := range 200 {
			image, err := picture.Decode(t.Context(), file[:n], picture.Options{EXIFOrientation: true})
			if image != nil || !errors.Is(err, picture.ErrCorrupt) && !errors.Is(err, picture.ErrUnsupported) {
				t.Errorf("%d bytes of %s: %v", n, name, err)
			}
		}
	}
}
