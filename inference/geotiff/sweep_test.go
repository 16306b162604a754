package geotiff_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

func TestSweep(t *testing.T) {
	folder := os.Getenv("RSCLIP_SWEEP")
	data, err := os.ReadFile(filepath.Join(folder, "samples.json"))
	if err != nil {
		t.Skip()
	}
	var all struct{ Files map[string]golden }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for name, want := range all.Files {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				fmt.Printf("REFUSED %s %v\n", name, err)
				return
			}
			i := f.Main
			if i.Width != want.Width || i.Height != want.Height || i.Bands != want.Bands {
				fmt.Printf("DIFF %s %d x %d of %d bands, want %d x %d of %d\n", name, i.Width, i.Height, i.Bands, want.Width, want.Height, want.Bands)
				return
			}
			defer func() {
				if t.Failed() { fmt.Printf("FAILED %s\n", name) }
			}()
			bands := read(t, i, i.Window())
			for b, band := range bands {
				if want.Complex {
					for at := range band {
						band[at] = float64(float32(band[at]))
					}
				}
				if got := digest(band); got != want.SHA256[b] {
					fmt.Printf("DIFF %s band %d has other samples than rasterio's: %v ...\n", name, b+1, band[:4])
					return
				}
			}
			if got := valid(t, f, bands); got != want.Valid {
				fmt.Printf("VALID %s %d pixels hold data, want %d\n", name, got, want.Valid)
				return
			}
			fmt.Printf("SAME %s\n", name)
		})
	}
}
