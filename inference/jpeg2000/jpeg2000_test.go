package jpeg2000_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/jpeg2000"
)

const testdata = "../testdata/geotiff"

func files(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, pattern := range []string{"*.jp2", "*.j2k"} {
		names, err := filepath.Glob(filepath.Join(testdata, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out[filepath.Base(name)] = data
		}
	}
	if len(out) < 6 {
		t.Fatalf("there are %d files", len(out))
	}
	return out
}

// TestReference compares samples with those that rasterio reads of files without
// loss; oracle/geotiff.py wrote them.
func TestReference(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../testdata/golden/geotiff.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Files map[string]struct {
			Width, Height int
			SHA256        []string
		}
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	for name, data := range files(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := golden.Files[name]
			h, err := jpeg2000.ReadHeader(data)
			if err != nil {
				t.Fatal(err)
			}
			if h.Width != want.Width || h.Height != want.Height || h.Components != len(want.SHA256) {
				t.Fatalf("the header says %+v, want %d x %d of %d", h, want.Width, want.Height, len(want.SHA256))
			}
			p, err := jpeg2000.Decode(context.Background(), data, h, 0)
			if err != nil {
				t.Fatal(err)
			}
			for i := range p.Components {
				if got := digest(&p.Components[i]); got != want.SHA256[i] {
					t.Errorf("component %d has other samples than rasterio's", i)
				}
			}
		})
	}
}

// digest is the SHA-256 of the samples as little-endian float64.
func digest(c *jpeg2000.Component) string {
	h := sha256.New()
	size := c.SampleBytes()
	for at := 0; at < len(c.Samples); at += size {
		var v float64
		switch b := c.Samples[at:]; {
		case size == 1:
			v = float64(b[0])
		case c.Signed:
			v = float64(int16(binary.LittleEndian.Uint16(b)))
		default:
			v = float64(binary.LittleEndian.Uint16(b))
		}
		_ = binary.Write(h, binary.LittleEndian, math.Float64bits(v))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestReduce(t *testing.T) {
	t.Parallel()
	data := files(t)["sentinel-2-15-bit.jp2"]
	h, err := jpeg2000.ReadHeader(data)
	if err != nil {
		t.Fatal(err)
	}
	p, err := jpeg2000.Decode(context.Background(), data, h, 1)
	if err != nil {
		t.Fatal(err)
	}
	if c := p.Components[0]; c.Width != (h.Width+1)/2 || c.Height != (h.Height+1)/2 {
		t.Errorf("one resolution less of %d x %d is %d x %d", h.Width, h.Height, c.Width, c.Height)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := files(t)["rgb.jp2"]
	h, err := jpeg2000.ReadHeader(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"nothing": nil, "a signature": []byte(jpeg2000.Signature), "a codestream's": []byte(jpeg2000.CodestreamSignature), "cut in its header": good[:120]} {
		if _, err := jpeg2000.ReadHeader(data); !errors.Is(err, jpeg2000.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := jpeg2000.Decode(context.Background(), good[:len(good)/2], h, 0); !errors.Is(err, jpeg2000.ErrCorrupt) {
		t.Errorf("half a file: %v", err)
	}
	smaller := h
	smaller.Width--
	if _, err := jpeg2000.Decode(context.Background(), good, smaller, 0); !errors.Is(err, jpeg2000.ErrCorrupt) {
		t.Errorf("a file that is larger than its header was: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := jpeg2000.Decode(ctx, good, h, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
}

// TestLockedUp looks at a process that waits for its file: the kernel ends it at
// any system call but those of reading, writing and memory, and its memory is
// bounded.
func TestLockedUp(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = []string{"RSCLIP_JPEG2000=1000 1073741824 60 0"}
	forgotten, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = forgotten.Close() }()
	child.ExtraFiles = []*os.File{forgotten}
	in, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = child.Wait() })
	proc := filepath.Join("/proc", strconv.Itoa(child.Process.Pid))
	deadline := time.Now().Add(time.Minute)
	for {
		status, err := os.ReadFile(filepath.Join(proc, "status"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(status), "Seccomp:\t2\n") && strings.Contains(string(status), "NoNewPrivs:\t1\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the process is not locked up:\n%s", status)
		}
		time.Sleep(time.Millisecond)
	}
	limits, err := os.ReadFile(filepath.Join(proc, "limits"))
	if err != nil {
		t.Fatal(err)
	}
	if room := space(t, proc); room > 1<<30 || room < 1<<29 {
		t.Errorf("it may still ask for %d bytes, want 1 GiB less what it has asked for", room)
	}
	descriptors, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil || len(descriptors) != 3 {
		t.Errorf("it has %d open files, want 3: %v, %v", len(descriptors), descriptors, err)
	}
	for _, want := range []string{"Max cpu time              60", "Max core file size        0"} {
		if !strings.Contains(string(limits), want) {
			t.Errorf("%q is not among its limits:\n%s", want, limits)
		}
	}
}

// FuzzHeader reads headers of any bytes.
func FuzzHeader(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := jpeg2000.ReadHeader(data)
		if err == nil && (h.Width < 1 || h.Height < 1 || h.Components < 1 || h.DecodedBytes(len(data)) <= 0) {
			t.Errorf("%+v", h)
		}
	})
}

// FuzzDecode decodes any bytes; whatever happens in the other process, this one
// gets a picture of the header's size or an error of a known kind.
func FuzzDecode(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := jpeg2000.ReadHeader(data)
		if err != nil || h.Width > 1<<12 || h.Height > 1<<12 {
			return
		}
		p, err := jpeg2000.Decode(context.Background(), data, h, 0)
		switch {
		case err == nil && len(p.Components) == 0:
			t.Error("a picture without components")
		case err != nil && !errors.Is(err, jpeg2000.ErrCorrupt) && !errors.Is(err, jpeg2000.ErrUnsupported) && !errors.Is(err, jpeg2000.ErrTooLarge):
			t.Errorf("an error of no kind: %v", err)
		}
	})
}
