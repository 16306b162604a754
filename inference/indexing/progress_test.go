package indexing_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

// noise writes square pictures of noise, whose sizes are as their areas.
func noise(t *testing.T, sides ...int) (out []indexing.Source) {
	t.Helper()
	folder := t.TempDir()
	random := rand.NewChaCha8([32]byte{})
	for i, side := range sides {
		picture := image.NewNRGBA(image.Rect(0, 0, side, side))
		_, _ = random.Read(picture.Pix)
		for p := 3; p < len(picture.Pix); p += 4 {
			picture.Pix[p] = 255
		}
		var file bytes.Buffer
		if err := png.Encode(&file, picture); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, strconv.Itoa(i)+".png")
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out = append(out, indexing.Source{Name: path})
	}
	return out
}

// TestTimeLeft runs archives in which each tile is taken to last a second, and compares
// what is said to be left with what was left.
func TestTimeLeft(t *testing.T) {
	t.Parallel()
	m := openModel(t)
	for name, tt := range map[string]struct {
		sources []indexing.Source
		off     float64 // most that what is expected may be off, as a share of all tiles
	}{
		"one scene":           {noise(t, 96), 0},
		"chips":               {indexing.Distinct(noise(t, 16, 16, 16, 16, 16, 16, 16, 16)), 0.01},
		"a large one first":   {indexing.Distinct(noise(t, 96, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16)), 0.1},
		"a large one last":    {indexing.Distinct(noise(t, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 96)), 0.1},
		"sizes unknown":       {noise(t, 32, 32, 32, 32), 0},
		"a source that fails": {indexing.Distinct(append(noise(t, 64, 64, 64, 64), indexing.Source{Name: "gone.png"})), 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Layout = tiling.Layout{Side: 16}
			var told []indexing.Progress
			o.Progress = func(p indexing.Progress) { told = append(told, p) }
			last, err := indexing.Run(context.Background(), m, tt.sources, o)
			if err != nil {
				t.Fatal(err)
			}
			all := last.Done()
			for n, p := range told {
				left, known := p.Left(time.Duration(p.Done()) * time.Second)
				if off := math.Abs(left.Seconds() - float64(all-p.Done())); !known || off > tt.off*float64(all) {
					t.Errorf("after %d of %d tiles %v are left (%v)", n+1, all, left, known)
				}
			}
			if last.Expected != all {
				t.Errorf("%d tiles were expected in the end of %d", last.Expected, all)
			}
		})
	}
}

// TestTimeLeftGoesOn interrupts a run in a scene.
func TestTimeLeftGoesOn(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	o.Layout = tiling.Layout{Side: 16}
	sources := indexing.Distinct(noise(t, 16, 96, 96))
	ctx, cancel := context.WithCancel(context.Background())
	o.Progress = func(p indexing.Progress) {
		if p.Rows == 20 {
			cancel()
		}
	}
	if _, err := indexing.Run(ctx, m, sources, o); err == nil {
		t.Fatal("it was not interrupted")
	}
	var told []indexing.Progress
	o.Progress = func(p indexing.Progress) { told = append(told, p) }
	last, err := indexing.Run(context.Background(), m, sources, o)
	if err != nil || last.RowsBefore == 0 || last.RowsBefore+last.Rows != 73 {
		t.Fatalf("%+v, %v", last, err)
	}
	if i := slices.IndexFunc(told, func(p indexing.Progress) bool { return math.Abs(float64(p.Expected-last.Rows)) > 5 }); i >= 0 {
		t.Errorf("%+v, and %d tiles were left", told[i], last.Rows)
	}
}

func TestTimeLeftUnknown(t *testing.T) {
	t.Parallel()
	for _, p := range []indexing.Progress{{}, {Sources: 5}, {Sources: 5, Expected: 100}, {Sources: 5, Rows: 3}} {
		if left, known := p.Left(time.Minute); known {
			t.Errorf("%+v: %v", p, left)
		}
	}
}
