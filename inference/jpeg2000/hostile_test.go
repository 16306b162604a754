package jpeg2000_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-74198975/rsclip/inference/jpeg2000"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestStreamsThatAskForMuch decodes files of a few bytes that would take gigabytes,
// or minutes of a processor, for pictures of a few pixels. The process must end
// within what the header tells.
func TestStreamsThatAskForMuch(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what decodes for seconds")
	}
	var most int
	for name, stream := range map[string]hostile.Codestream{
		"tiny code blocks":                {Width: 3000, Height: 3000, Components: 3, Layers: 1, Block: 4},
		"tiny precincts":                  {Width: 2000, Height: 2000, Components: 3, Layers: 1, Levels: 5, Block: 4, Precinct: 1},
		"tiny precincts of few pixels":    {Width: 700, Height: 700, Components: 16, Layers: 1, Levels: 5, Block: 4, Precinct: 1},
		"layers of few pixels":            {Width: 256, Height: 256, Components: 4, Layers: 65535, Levels: 32, Block: 64, Tile: 8},
		"layers and precincts":            {Width: 500, Height: 500, Components: 3, Layers: 65535, Levels: 5, Block: 4, Precinct: 1},
		"as many tiles as pixels":         {Width: 255, Height: 255, Components: 1, Layers: 65535, Levels: 32, Block: 4, Tile: 1},
		"layers of a single pixel's tile": {Width: 1, Height: 1, Components: 16, Layers: 65535, Levels: 32, Block: 4},
	} {
		data := stream.Bytes()
		h, err := jpeg2000.ReadHeader(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		most = max(most, h.DecodedBytes(len(data)))
		if _, err := jpeg2000.Decode(context.Background(), data, h, 0); !errors.Is(err, jpeg2000.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", name, err)
		}
	}
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		t.Fatal(err)
	}
	// The program itself is in it, of which a machine with many cores holds more. The
	// files would take gigabytes.
	if resident := children.Maxrss << 10; resident > int64(most)+128<<20 {
		t.Errorf("a process took %d MiB, and headers tell of %d MiB at most", resident>>20, most>>20)
	}
}

// palette wraps a codestream in a file whose palette has many columns.
func palette(columns int, codestream []byte) []byte {
	box := func(kind string, contents ...byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(contents))), kind...), contents...)
	}
	colors := []byte{0, 1, byte(columns)}
	mapping := []byte(nil)
	for i := range columns {
		colors = append(colors, 31)
		mapping = append(mapping, 0, 0, 1, byte(i))
	}
	colors = append(colors, make([]byte, 4*columns)...)
	header := box("ihdr", 0, 0, 0x0f, 0xa0, 0, 0, 0x0f, 0xa0, 0, 1, 7, 7, 0, 0)
	header = append(header, box("colr", 1, 0, 0, 0, 0, 0, 16)...)
	header = append(append(header, box("pclr", colors...)...), box("cmap", mapping...)...)
	out := append([]byte(jpeg2000.Signature), box("ftyp", append([]byte("jp2 \x00\x00\x00\x00"), "jp2 "...)...)...)
	return append(append(out, box("jp2h", header...)...), box("jp2c", codestream...)...)
}

// TestPalettes decodes files whose palette gives a pixel more samples than their
// codestream has.
func TestPalettes(t *testing.T) {
	for columns, wanted := range map[int]error{4: nil, 255: jpeg2000.ErrTooLarge} {
		data := palette(columns, hostile.JPEG2000(4000, 4000, 1))
		h, err := jpeg2000.ReadHeader(data)
		if err != nil {
			t.Fatal(err)
		}
		p, err := jpeg2000.Decode(context.Background(), data, h, 0)
		if !errors.Is(err, wanted) {
			t.Errorf("%d columns: %v, want %v", columns, err, wanted)
			continue
		}
		if err == nil && (len(p.Components) != columns || h.Samples() < columns*h.Width*h.Height) {
			t.Errorf("%d columns gave %d components, and the header tells of %d samples", columns, len(p.Components), h.Samples())
		}
	}
}

// space is how much memory the process may still ask for, when it is locked up.
func space(t *testing.T, proc string) uint64 {
	t.Helper()
	limits, err := os.ReadFile(filepath.Join(proc, "limits"))
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile(filepath.Join(proc, "statm"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, found := strings.Cut(string(limits), "Max address space")
	if !found {
		t.Fatalf("no address space in:\n%s", limits)
	}
	limit, err := strconv.ParseUint(strings.Fields(line)[0], 10, 64)
	if err != nil {
		t.Fatalf("the address space is not bounded:\n%s", limits)
	}
	pages, err := strconv.ParseUint(strings.Fields(string(statm))[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return limit - pages*uint64(os.Getpagesize())
}
