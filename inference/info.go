package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/httprange"
	"github.com/seed-74198975/rsclip/internal/regular"
)

// info is `rsclip info`: what a TIFF says of itself, of which only the directories
// are read, also over HTTP.
func info(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("info", flag.ContinueOnError)
	name := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		name, args = args[0], args[1:]
	}
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if name == "" {
		return errors.New("the file is missing: rsclip info FILE-OR-URL")
	}
	source, size, closeSource, err := openSource(ctx, name)
	if err != nil {
		return err
	}
	defer closeSource()
	f, err := geotiff.Open(source, size)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(describe(f))
}

// openSource opens a file or the address of one.
func openSource(ctx context.Context, name string) (source io.ReaderAt, size int64, closeSource func(), err error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		r, err := httprange.Open(ctx, &http.Client{Timeout: time.Minute}, name)
		if err != nil {
			return nil, 0, nil, err
		}
		return r, r.Size(), func() {}, nil
	}
	file, err := regular.Open(name)
	if err != nil {
		return nil, 0, nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		return nil, 0, nil, errors.Join(err, file.Close())
	}
	return file, stat.Size(), func() { _ = file.Close() }, nil
}

// sceneInfo is what `rsclip info` prints.
type sceneInfo struct {
	Width       int       `json:"width"`
	Height      int       `json:"height"`
	Bands       int       `json:"bands"`
	Type        string    `json:"type"`
	Compression string    `json:"compression"`
	Tile        [2]int    `json:"tile"` // width and height, also of a strip
	Nodata      *string   `json:"nodata"`
	Alpha       bool      `json:"alpha"`
	Mask        bool      `json:"mask"`
	EPSG        int       `json:"epsg,omitempty"`
	Transform   []float64 `json:"transform,omitempty"` // in GDAL's order
	PixelSize   []float64 `json:"pixel_size,omitempty"`
	Overviews   [][2]int  `json:"overviews"` // width and height
}

func describe(f *geotiff.File) sceneInfo {
	i := f.Main
	s := sceneInfo{
		Width: i.Width, Height: i.Height, Bands: i.Bands, Type: i.Type.String(), Compression: geotiff.CompressionName(i.Compression),
		Tile: [2]int{i.ChunkWidth, i.ChunkHeight}, Alpha: i.Alpha != geotiff.NoAlpha, Mask: f.Masks[i.Width] != nil, Overviews: [][2]int{},
	}
	if i.Nodata != nil { // It may be NaN, which JSON has no number for.
		text := fmt.Sprint(*i.Nodata)
		s.Nodata = &text
	}
	if g := i.Georeference; g != nil {
		width, height := g.PixelSize()
		s.Transform, s.PixelSize = g.Transform[:], []float64{width, height}
		if g.EPSG != geotiff.UserDefined {
			s.EPSG = g.EPSG
		}
	}
	for _, o := range f.Overviews {
		s.Overviews = append(s.Overviews, [2]int{o.Width, o.Height})
	}
	return s
}
