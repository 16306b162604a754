package picture_test

import (
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// box is one of ISO's media files, which AVIF, HEIC and JPEG XL come in.
func box(kind string, content ...[]byte) []byte {
	data := slices.Concat(content...)
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), []byte(kind), data)
}

// riff is a chunk of a WebP, or the file, whose size may lie.
func riff(kind string, lie int, content ...[]byte) []byte {
	data := slices.Concat(content...)
	out := slices.Concat([]byte(kind), binary.LittleEndian.AppendUint32(nil, uint32(len(data)+lie)), data)
	return append(out, make([]byte, len(out)%2)...)
}

// TestLookalikes decodes files of other formats, files that only begin as one of ours,
// and WebPs whose parts say different things. Each is refused by what it is, and none
// takes memory for what it claims.
func TestLookalikes(t *testing.T) {
	webp := func(chunks ...[]byte) []byte { return riff("RIFF", 0, append([][]byte{[]byte("WEBP")}, chunks...)...) }
	extended := func(flags byte, width, height int) []byte { // VP8X: sides less one in 24 bits
		head := []byte{flags, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), byte((width - 1) >> 16), byte(height - 1), byte((height - 1) >> 8), byte((height - 1) >> 16)}
		return riff("VP8X", 0, head)
	}
	whole := hostile.WebP(8, 8)[12:]
	frame := func(width, height int, data []byte) []byte {
		head := []byte{0, 0, 0, 0, 0, 0, byte(width - 1), byte((width - 1) >> 8), 0, byte(height - 1), byte((height - 1) >> 8), 0, 0, 0, 0, 0}
		return riff("ANMF", 0, head, data)
	}
	brand := func(of string) []byte {
		return slices.Concat(box("ftyp", []byte(of+"\x00\x00\x00\x00"+of+"mif1")), box("meta", make([]byte, 200)), box("mdat", make([]byte, 1000)))
	}
	for name, tt := range map[string]struct {
		data []byte
		want error
	}{
		"AVIF":                             {brand("avif"), picture.ErrUnsupported},
		"AVIF of many pictures":            {brand("avis"), picture.ErrUnsupported},
		"HEIC":                             {brand("heic"), picture.ErrUnsupported},
		"JPEG 2000's box around AVIF":      {slices.Concat([]byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), brand("avif")), picture.ErrCorrupt},
		"JPEG XL":                          {append([]byte{0xff, 0x0a}, make([]byte, 100)...), picture.ErrUnsupported},
		"JPEG XL in boxes":                 {slices.Concat([]byte("\x00\x00\x00\x0cJXL \r\n\x87\n"), brand("jxl ")), picture.ErrUnsupported},
		"AVI":                              {riff("RIFF", 0, []byte("AVI LIST"), make([]byte, 100)), picture.ErrUnsupported},
		"SVG":                              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>`), picture.ErrUnsupported},
		"PDF":                              {[]byte("%PDF-1.7\n" + strings.Repeat(" ", 100)), picture.ErrUnsupported},
		"a WebP with AVIF in it":           {webp(riff("avif", 0, brand("avif"))), picture.ErrCorrupt},
		"a WebP of nothing":                {webp(), picture.ErrCorrupt},
		"a WebP with the chunk of another": {webp(riff("VP8 ", 0, whole[8:])), picture.ErrCorrupt},
		"a WebP that says it is 4 GB":      {riff("RIFF", 1<<32-1-12-len(whole)-10, []byte("WEBP"), whole), picture.ErrCorrupt},
		"a chunk that says it is 4 GB":     {webp(riff("VP8L", 1<<32-1-100, whole[8:])), picture.ErrCorrupt},
		"a canvas without a picture":       {webp(extended(0, 8000, 8000)), picture.ErrCorrupt},
		"a canvas of 2^48 pixels":          {webp(extended(0, 1<<24, 1<<24), whole), picture.ErrCorrupt},
		"a canvas unlike its picture":      {webp(extended(0, 8000, 8000), whole), picture.ErrCorrupt},
		"an animation without frames":      {webp(extended(2, 8, 8), riff("ANIM", 0, make([]byte, 6))), picture.ErrCorrupt},
		// libwebp goes by the picture in a frame.
		"a frame outside its canvas":      {webp(extended(2, 8, 8), riff("ANIM", 0, make([]byte, 6)), frame(4000, 4000, whole)), nil},
		"a frame unlike its picture":      {webp(extended(2, 8, 8), riff("ANIM", 0, make([]byte, 6)), frame(4, 4, whole)), nil},
		"a frame in its canvas":           {webp(extended(2, 8, 8), riff("ANIM", 0, make([]byte, 6)), frame(8, 8, whole)), nil},
		"groups of codes for every block": {hostile.WebPOfGroups(1024, 1024, 4), picture.ErrCorrupt},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		image, err := picture.Decode(t.Context(), tt.data, picture.Options{})
		runtime.ReadMemStats(&after)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
			t.Errorf("%s: %d bytes allocated %d MiB", name, len(tt.data), got>>20)
		}
		if err == nil {
			image.Release()
		}
	}
}
