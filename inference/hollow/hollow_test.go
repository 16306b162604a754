package hollow_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/seed-74198975/rsclip/inference/hollow"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// read unpacks under a guard, and returns how much came.
func read(packed []byte, open func(io.Reader) (io.Reader, error)) (total int, err error) {
	guard := hollow.NewGuard(bytes.NewReader(packed))
	r, err := open(guard)
	if err != nil {
		return 0, err
	}
	for buffer := make([]byte, 4<<10); ; {
		n, err := r.Read(buffer)
		guard.Gave(n)
		total += n
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

func openFlate(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }
func openGzip(r io.Reader) (io.Reader, error)  { return gzip.NewReader(r) }
func openZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
}

// packed compresses by a writer.
func packed(w io.WriteCloser, into *bytes.Buffer, data []byte) []byte {
	_, _ = w.Write(data)
	_ = w.Close()
	return into.Bytes()
}

func TestGuard(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 4<<20) // Which no encoder makes smaller.
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	zeros := make([]byte, 32<<20)
	deflated := func(level int, data []byte) []byte {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, level)
		return packed(w, &b, data)
	}
	gzipped := func(data []byte) []byte {
		var b bytes.Buffer
		return packed(gzip.NewWriter(&b), &b, data)
	}
	frame := func(data []byte) []byte {
		var b bytes.Buffer
		w, _ := zstd.NewWriter(&b)
		return packed(w, &b, data)
	}
	end := deflated(1, nil)
	nothing := hostile.Nothing(8 << 20)
	emptyFrame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 1, 0, 0} // of a block of nothing, the last
	for name, tt := range map[string]struct {
		data []byte
		open func(io.Reader) (io.Reader, error)
		want error
	}{
		"noise, deflated":             {deflated(9, noise), openFlate, nil},
		"noise, stored":               {deflated(0, noise), openFlate, nil},
		"noise, by its frequencies":   {deflated(flate.HuffmanOnly, noise), openFlate, nil},
		"noise, gzip":                 {gzipped(noise), openGzip, nil},
		"noise, zstd":                 {frame(noise), openZstd, nil},
		"zeros, then noise":           {gzipped(slices.Concat(zeros, noise)), openGzip, nil},
		"noise, zeros, noise, zstd":   {frame(slices.Concat(noise, zeros, noise)), openZstd, nil},
		"a little of nothing":         {slices.Concat(nothing[:200<<10/len(hostile.Nothing(0))*len(hostile.Nothing(0))], end), openFlate, nil},
		"tables without data":         {slices.Concat(nothing, end), openFlate, hollow.Err},
		"zeros before nothing":        {slices.Concat(flushed(zeros), nothing, end), openFlate, hollow.Err},
		"gzip of nothing, many times": {bytes.Repeat(gzipped(nil), 100_000), openGzip, hollow.Err},
		"zstd of nothing, many times": {bytes.Repeat(emptyFrame, 100_000), openZstd, hollow.Err},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if n, err := read(tt.data, tt.open); !errors.Is(err, tt.want) {
				t.Errorf("%d bytes unpacked to %d: %v, want %v", len(tt.data), n, err, tt.want)
			}
		})
	}
}

// flushed deflates data, after which more blocks may follow.
func flushed(data []byte) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed)
	_, _ = w.Write(data)
	_ = w.Flush()
	return b.Bytes()
}
