package indexing_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

// TestFast indexes a JPEG by a model that decodes it to fewer pixels. The index says so,
// names the pixels of the file, and is gone on with by no model that sees all of them.
// Tiles are the same either way.
func TestFast(t *testing.T) {
	t.Parallel()
	exact, fast := openModel(t), openModelReading(t, &config.Picture{Fast: true})
	if exact.Description().FastPictures || !fast.Description().FastPictures {
		t.Error("descriptions do not say which model is fast")
	}
	path := filepath.Join(t.TempDir(), "waves.jpg")
	if err := os.WriteFile(path, waves(t, 500, 460), 0o600); err != nil {
		t.Fatal(err)
	}
	sources := []indexing.Source{{Name: path}}
	whole, tiles := options(t), options(t)
	whole.Layout = tiling.Layout{}
	tiles.Layout.Side = 256

	quick, slow := whole, options(t)
	slow.Layout = tiling.Layout{}
	for _, err := range []error{
		second(indexing.Run(context.Background(), fast, sources, quick)),
		second(indexing.Run(context.Background(), exact, sources, slow)),
		second(indexing.Run(context.Background(), fast, sources, tiles)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	got, want := rows(t, quick.Out), rows(t, slow.Out)
	if len(got) != 1 || len(want) != 1 || got[0].ID != want[0].ID || got[0].PixelBBox != want[0].PixelBBox {
		t.Fatalf("a window of %+v, want %+v", got, want)
	}
	dot := 0.0
	for i, x := range got[0].Embedding {
		dot += float64(x) * float64(want[0].Embedding[i])
	}
	if dot < 0.9 || slices.Equal(got[0].Embedding, want[0].Embedding) {
		t.Errorf("the cosine to the exact embedding is %v", dot)
	}
	for folder, fast := range map[string]bool{quick.Out: true, slow.Out: false, tiles.Out: false} {
		m, err := table.ReadMetadata(filepath.Join(folder, "shard-000000.parquet"))
		if err != nil || strings.HasSuffix(m.Preprocessing, ", fast") != fast {
			t.Errorf("%s: %q, %v; fast is %t", folder, m.Preprocessing, err, fast)
		}
	}
	if _, err := indexing.Run(context.Background(), exact, sources, quick); err == nil || !strings.Contains(err.Error(), "prepared as") {
		t.Errorf("going on in the exact way: %v", err)
	}
	if _, err := indexing.Run(context.Background(), fast, sources, slow); err == nil || !strings.Contains(err.Error(), "prepared as") {
		t.Errorf("going on in the fast way: %v", err)
	}
	upright := openModelReading(t, &config.Picture{EXIFRotate: true})
	if _, err := indexing.Run(context.Background(), upright, sources, slow); err == nil || !strings.Contains(err.Error(), "prepared as") {
		t.Errorf("going on with pictures that are turned: %v", err)
	}
	if p, err := indexing.Run(context.Background(), exact, sources, tiles); err != nil || p.Rows != 0 {
		t.Errorf("tiles in the exact way: %+v, %v", p, err)
	}
}

// waves is a JPEG of which a model sees no more than a half each way.
func waves(t *testing.T, width, height int) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		x, y := float64(i%width), float64(i/width)
		picture.Set(i%width, i/width, color.NRGBA{R: uint8(128 + 100*math.Sin(x/3)), G: uint8(128 + 100*math.Sin(y/5)), B: uint8(128 + 100*math.Sin((x+y)/7)), A: 255})
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func second[T any](_ T, err error) error { return err }
