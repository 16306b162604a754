package geotiff_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"runtime"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestPiecesThatRememberMuch reads a file of 500 strips, each of which says in some
// bytes that 64 MiB must be remembered to unpack it.
func TestPiecesThatRememberMuch(t *testing.T) {
	// A black strip of 64 x 64 pixels, by Python's lzma with a dictionary of 64 MiB.
	lzma, err := base64.StdEncoding.DecodeString("/Td6WFoAAAD/EtlBAgAhARwAAAAQz1jM4A//ABldAABv/f//o7f/Rz5IFXI5YVG4kijmo4SeKUYAAAAAAAEtgCAAAACZ3bNpqAAK/AIAAAAAAFla")
	if err != nil {
		t.Fatal(err)
	}
	// A frame with a window of 64 MiB, and a block that is a run of 4096 zeros.
	zstd := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, (26 - 10) << 3, 0x03, 0x80, 0, 0}
	for name, file := range map[string]hostile.TIFF{
		"LZMA": {Compression: 34925, Strip: lzma},
		"ZSTD": {Compression: 50000, Strip: zstd},
	} {
		file.Width, file.Height, file.Bands, file.Bits, file.Format = 64, 64*500, 1, 8, 1
		data := file.Bytes()
		f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := f.Main.Read(context.Background(), []int{0}, f.Main.Window()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 256<<20 {
			t.Errorf("%s: reading %d bytes allocated %d MiB", name, len(data), got>>20)
		}
	}
}
