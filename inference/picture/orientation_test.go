package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"
)

// exifOf is an EXIF block whose second entry is the orientation.
func exifOf(order binary.AppendByteOrder, mark string, orientation uint16) []byte {
	out := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	out = order.AppendUint16(out, 2)
	for _, entry := range [][2]uint16{{271, 9}, {274, orientation}} {
		out = order.AppendUint32(order.AppendUint16(order.AppendUint16(out, entry[0]), 3), 1)
		out = append(order.AppendUint16(out, entry[1]), 0, 0)
	}
	return out
}

func TestWhereEXIFIs(t *testing.T) {
	t.Parallel()
	little, big := exifOf(binary.LittleEndian, "II", 6), exifOf(binary.BigEndian, "MM", 8)
	segment := func(marker byte, body string) string {
		return string([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}) + body
	}
	chunk := func(kind string, body []byte) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)))) + kind + string(body) + "\x00\x00\x00\x00" //nolint:gosec // Small.
	}
	riff := func(kind string, body []byte) string {
		return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + string(body) + "\x00"[:len(body)%2] //nolint:gosec // Small.
	}
	exif := segment(0xe1, "Exif\x00\x00"+string(little))
	for name, tt := range map[string]struct {
		file string
		want int
	}{
		"JPEG":                               {"\xff\xd8" + exif, 6},
		"JPEG, big-endian":                   {"\xff\xd8" + segment(0xe1, "Exif\x00\x00"+string(big)), 8},
		"JPEG, behind others":                {"\xff\xd8" + segment(0xe0, "JFIF") + segment(0xe1, "http://ns.adobe.com/xap") + segment(0xe2, string(make([]byte, 0xda00))) + exif, 6},
		"JPEG, in another segment":           {"\xff\xd8" + segment(0xe2, "Exif\x00\x00"+string(little)), 1},
		"JPEG, behind the scan":              {"\xff\xd8" + segment(0xda, "") + exif, 1},
		"JPEG, behind what is no segment":    {"\xff\xd8" + "\xfe\xe0\x00\x02" + exif, 1},
		"JPEG, behind a segment of one byte": {"\xff\xd8\xff\xe0\x00\x01" + exif, 1},
		"JPEG, behind an empty segment":      {"\xff\xd8" + segment(0xe0, "") + exif, 6},
		"JPEG, cut":                          {("\xff\xd8" + exif)[:len(exif)+1], 1},
		"PNG":                                {"\x89PNG\r\n\x1a\n" + chunk("IHDR", make([]byte, 13)) + chunk("eXIf", little), 6},
		"PNG, behind an empty chunk":         {"\x89PNG\r\n\x1a\n" + chunk("tEXt", nil) + chunk("eXIf", big), 8},
		"PNG, in another chunk":              {"\x89PNG\r\n\x1a\n" + chunk("tEXt", little), 1},
		"PNG, cut":                           {"\x89PNG\r\n\x1a\n" + chunk("eXIf", little)[:30], 1},
		"WebP":                               {"RIFF\x00\x00\x00\x00WEBP" + riff("VP8X", make([]byte, 10)) + riff("EXIF", little), 6},
		"WebP, behind an odd chunk":          {"RIFF\x00\x00\x00\x00WEBP" + riff("VP8 ", make([]byte, 11)) + riff("EXIF", little), 6},
		"WebP, as a JPEG has it":             {"RIFF\x00\x00\x00\x00WEBP" + riff("EXIF", append([]byte("Exif\x00\x00"), big...)), 8},
		"WebP, cut":                          {"RIFF\x00\x00\x00\x00WEBP" + riff("EXIF", little)[:20], 1},
		"another format":                     {"II*\x00" + exif, 1},
		"a directory beyond the end":         {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x09\x00\x00\x00\x00\x00"), 1},
		"a directory without entries":        {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"), 1},
		"entries that are cut":               {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00"), 1},
		"no more than its header":            {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x08\x00\x00"), 1},
		"an entry beyond the number of them": {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00"+string(little[10:])), 1},
		"a block that leads to itself":       {"\xff\xd8" + segment(0xe1, "Exif\x00\x00II*\x00\x00\x00\x00\x00"), 1},
	} {
		if got := exifOrientation([]byte(tt.file)); got != tt.want {
			t.Errorf("%s: orientation %d, want %d", name, got, tt.want)
		}
	}
}

// TestOrientations turns a picture of three by two pixels, which are numbered.
func TestOrientations(t *testing.T) {
	t.Parallel()
	for orientation, want := range map[int]string{
		0: "123456", 1: "123456", 2: "321654", 3: "654321", 4: "456123", 5: "142536", 6: "415263", 7: "635241", 8: "362514", 9: "123456",
	} {
		in := &Image{Width: 3, Height: 2, Seen: Seen{Nodata: 0.5}}
		for _, n := range "123456" {
			in.Pix = append(in.Pix, byte(n), 0, byte(n)+100)
		}
		out, err := orient(context.Background(), in, orientation)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		for i := 0; i < len(out.Pix); i += 3 {
			got.WriteByte(out.Pix[i])
			if out.Pix[i+1] != 0 || out.Pix[i+2] != out.Pix[i]+100 {
				t.Errorf("orientation %d: a pixel is %v", orientation, out.Pix[i:i+3])
			}
		}
		if got.String() != want || out.Nodata != 0.5 || (out.Width == 2) != (orientation >= 5 && orientation <= 8) {
			t.Errorf("orientation %d: %s in rows of %d, want %s", orientation, &got, out.Width, want)
		}
		cost := Cost{Width: 3, Height: 2}.turned(orientation)
		if cost.Width != out.Width || cost.Height != out.Height || (cost.Bytes != 0) != (want != "123456") {
			t.Errorf("orientation %d costs %+v", orientation, cost)
		}
	}
}
