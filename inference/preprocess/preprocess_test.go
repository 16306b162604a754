package preprocess_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
)

const testdata = "../testdata"

// sizes are the picture sides of the checkpoints in the goldens.
var sizes = map[string]int{"tiny-base": 224, "tiny-large": 256}

func siglip(side int) preprocess.Spec {
	return preprocess.Spec{
		Height: side, Width: side, Resample: 3, RescaleFactor: 0.00392156862745098,
		Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.5, 0.5, 0.5},
	}
}

// TestTensorsEqualTheReference compares whole tensors, bit by bit, with those
// of SiglipImageProcessor.
func TestTensorsEqualTheReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/pixels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens []struct {
		Picture string
		Tensors map[string]string
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		t.Run(g.Picture, func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(filepath.Join(testdata, "pictures", g.Picture))
			if err != nil {
				t.Fatal(err)
			}
			image, err := picture.Decode(t.Context(), file, picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for checkpoint, want := range g.Tensors {
				p, err := preprocess.New(siglip(sizes[checkpoint]))
				if err != nil {
					t.Fatal(err)
				}
				pixels, out := make([]uint8, p.Elements()), make([]float32, p.Elements())
				if err := p.Pixels(t.Context(), pixels, image); err != nil {
					t.Fatal(err)
				}
				p.Normalize(out, pixels)
				if got := hash(out); got != want {
					t.Errorf("%s: tensor has SHA-256 %s, the reference %s", checkpoint, got, want)
				}
			}
		})
	}
}

func hash(values []float32) string {
	h := sha256.New()
	for _, v := range values {
		_ = binary.Write(h, binary.LittleEndian, math.Float32bits(v))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// TestArithmeticHasTheBitsOfTheTable has the specs that graphs can follow by
// arithmetic, and one that they cannot.
func TestArithmeticHasTheBitsOfTheTable(t *testing.T) {
	t.Parallel()
	clip := siglip(224)
	clip.Mean, clip.Std = [3]float64{0.48145466, 0.4578275, 0.40821073}, [3]float64{0.26862954, 0.26130258, 0.27577711}
	for name, tt := range map[string]struct {
		spec preprocess.Spec
		ok   bool
	}{"siglip": {siglip(224), true}, "means that round": {clip, false}} {
		p, err := preprocess.New(tt.spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, ok := p.Arithmetic(); ok != tt.ok {
			t.Errorf("%s: arithmetic has the bits: %t, want %t", name, ok, tt.ok)
		}
	}
}

func TestRefusedSpecs(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*preprocess.Spec){
		"filter":          func(s *preprocess.Spec) { s.Resample = 0 },
		"filter, Lanczos": func(s *preprocess.Spec) { s.Resample = 1 },
		"width":           func(s *preprocess.Spec) { s.Width = 0 },
		"height":          func(s *preprocess.Spec) { s.Height = 0 },
		"std":             func(s *preprocess.Spec) { s.Std[1] = 0 },
		"last std":        func(s *preprocess.Spec) { s.Std[2] = 0 },
	} {
		s := siglip(224)
		change(&s)
		if _, err := preprocess.New(s); err == nil {
			t.Errorf("a wrong %s was accepted", name)
		}
	}
}

func BenchmarkPixels(b *testing.B) {
	image := &picture.Image{Pix: make([]byte, 3*600*600, 3*600*600+1), Width: 600, Height: 600}
	for i := range image.Pix {
		image.Pix[i] = byte(i * 7)
	}
	p, err := preprocess.New(siglip(224))
	if err != nil {
		b.Fatal(err)
	}
	out := make([]uint8, p.Elements())
	b.ReportAllocs()
	for b.Loop() {
		_ = p.Pixels(b.Context(), out, image)
	}
}

// BenchmarkFiles decodes the files that RSCLIP_PICTURES lists, and prepares them, also
// from as few pixels as are enough. A folder RSCLIP_TENSORS gets what it makes of them,
// all in one file by the way's name.
func BenchmarkFiles(b *testing.B) {
	var files [][]byte
	for _, name := range filepath.SplitList(os.Getenv("RSCLIP_PICTURES")) {
		file, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, file)
	}
	if len(files) == 0 {
		b.Skip("RSCLIP_PICTURES is not set: name files of pictures, with colons between")
	}
	p, err := preprocess.New(siglip(224))
	if err != nil {
		b.Fatal(err)
	}
	out := make([]uint8, p.Elements())
	for name, what := range map[string]struct {
		enough  [2]int
		prepare bool
	}{"decode": {}, "prepare": {prepare: true}, "fast": {enough: [2]int{224, 224}, prepare: true}} {
		prepared := func(file []byte) {
			image, err := picture.Decode(b.Context(), file, picture.Options{Enough: what.enough})
			if err != nil {
				b.Fatal(err)
			}
			if what.prepare {
				_ = p.Pixels(b.Context(), out, image)
			}
			image.Release()
		}
		b.Run(name, func(b *testing.B) {
			i := 0
			before := cpuTime()
			for b.Loop() {
				prepared(files[i%len(files)])
				i++
			}
			b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
		})
		if folder := os.Getenv("RSCLIP_TENSORS"); folder != "" && what.prepare {
			var tensors []byte
			for _, file := range files {
				prepared(file)
				tensors = append(tensors, out...)
			}
			if err := os.WriteFile(filepath.Join(folder, name), tensors, 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// cpuTime is the time, in nanoseconds, that this process has kept cores busy,
// which other work on the machine does not lengthen as it does a clock's.
func cpuTime() int64 {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}
