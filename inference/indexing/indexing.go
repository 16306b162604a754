// Package indexing makes an index of an archive: an embedding for each tile of each
// scene, in GeoParquet files.
//
// All tiles have one order: that of the sources, and in a scene row by row. A file
// holds tiles that follow each other, and says where the next one begins. So a run
// that was interrupted, at whatever moment, goes on behind the last whole file, and
// writes what it would have written without the interruption.
package indexing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/seed-74198975/rsclip/inference/bulk"
	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/majortom"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/inference/tiling"
	"github.com/seed-74198975/rsclip/internal/wholefile"
)

// Options are how an archive becomes an index.
type Options struct {
	// Out is the folder that the files are written to.
	Out string
	// Layout is how scenes are cut; a side of 0 takes pictures whole.
	Layout tiling.Layout
	// Metres is the wanted side of a pixel; 0 for full resolution.
	Metres float64
	// MaxNodata is the largest share of a tile that may hold no data; tiles beyond it
	// are left out.
	MaxNodata float64
	// ShardRows are the most rows of a file. Default 10,000.
	ShardRows int
	// Workers are how many tiles are decoded at the same time.
	Workers int
	// Client asks for addresses.
	Client *http.Client
	// Progress, if set, is told after each tile.
	Progress func(Progress)
}

// grid is that of the cells that rows name.
var grid = majortom.Grid{Kilometres: 10}

// namespace is that of the ids of tiles, made for this program.
var namespace = uuid.MustParse("7d0c6a4e-3a53-4f5e-9c0f-5b1a0e6c2f31")

// Run indexes sources with a model, or goes on where an earlier run with the same
// model, sources and layout has stopped. It returns what it did, also with an error.
func Run(ctx context.Context, m *model.Model, sources []Source, o Options) (Progress, error) {
	if o.ShardRows == 0 {
		o.ShardRows = 10_000
	}
	r := &run{model: m, sources: sources, options: o, workers: make(chan struct{}, max(1, o.Workers))}
	r.metadata = r.describe()
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return Progress{}, err
	}
	if err := r.resume(); err != nil {
		return r.progress, err
	}
	return r.progress, r.work(ctx)
}

// run is a run under way.
type run struct {
	model    *model.Model
	sources  []Source
	options  Options
	workers  chan struct{} // a place for each tile that is being decoded
	metadata table.Metadata
	progress Progress

	shard    int // number of the next file
	next     table.Cursor
	rows     []table.Row
	failures []table.Failure
}

// describe says what the embeddings are.
func (r *run) describe() table.Metadata {
	d := r.model.Description()
	o := r.pictures()
	m := table.Metadata{
		Model: d.Name, ModelSHA256: r.model.SHA256(), Dimensions: d.EmbeddingSize,
		Preprocessing: fmt.Sprintf("%d x %d, bands %v, deep %d, stretch %v", d.ImageWidth, d.ImageHeight, o.Bands, o.Deep, o.Stretch),
		TileSide:      r.options.Layout.Side, Overlap: r.options.Layout.Overlap,
	}
	if o.EXIFOrientation {
		m.Preprocessing += ", upright"
	}
	if o.Enough != [2]int{} {
		m.Preprocessing += ", fast"
	}
	m.Run = digest(m.ModelSHA256, m.Preprocessing, r.options.Layout, r.options.Metres, r.options.MaxNodata)
	return m
}

// pictures is how sources are read. What is cut into tiles is decoded at full size.
func (r *run) pictures() picture.Options {
	o := r.model.Pictures()
	if r.options.Layout.Side > 0 {
		o.Enough = [2]int{}
	}
	return o
}

// digest is the SHA-256 of some values as they print.
func digest(values ...any) string {
	sum := sha256.Sum256(fmt.Append(nil, values...))
	return hex.EncodeToString(sum[:])
}

// begun is how many sources have given tiles before a cursor.
func begun(c table.Cursor) int {
	if c.Tile > 0 {
		return c.Source + 1
	}
	return c.Source
}

// sourcesDigest is that of the first sources: their names, and what their items say of
// them, which the table has.
func (r *run) sourcesDigest(n int) string {
	h := sha256.New()
	for _, s := range r.sources[:n] {
		_, _ = fmt.Fprintf(h, "%q %v %v %q\n", s.Name, told(s.Datetime), told(s.CloudCover), told(s.Properties))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// told returns what is known, or nil.
func told[T any](known *T) any {
	if known == nil {
		return nil
	}
	return *known
}

// VectorsName names the file of vectors of a table's file.
func VectorsName(shard string) string { return strings.TrimSuffix(shard, ".parquet") + ".vectors" }

func shardName(n int) string { return fmt.Sprintf("shard-%06d.parquet", n) }

// resume finds where an earlier run has stopped, and refuses to go on where another
// run would differ.
func (r *run) resume() error {
	leftovers, err := filepath.Glob(filepath.Join(r.options.Out, wholefile.Leftovers))
	if err != nil {
		return err
	}
	for _, path := range leftovers {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	r.progress.Sources = len(r.sources)
	for ; ; r.shard++ {
		path := filepath.Join(r.options.Out, shardName(r.shard))
		m, err := table.ReadMetadata(path)
		if errors.Is(err, os.ErrNotExist) {
			return r.nothingBehind(path)
		}
		if err != nil {
			return err
		}
		switch {
		case m.ModelSHA256 == r.metadata.ModelSHA256 && m.Preprocessing != r.metadata.Preprocessing:
			return fmt.Errorf("%s has pictures that were prepared as %q, and not as %q: go on with the settings of pictures that it was begun with, by -model-config, or name another folder with -out", path, m.Preprocessing, r.metadata.Preprocessing)
		case m.Run != r.metadata.Run:
			return fmt.Errorf("%s is of another model or layout (%s, tiles of %d): name another folder with -out, or remove this one", path, m.Model, m.TileSide)
		case begun(m.Next) > len(r.sources) || m.Sources != r.sourcesDigest(begun(m.Next)):
			return fmt.Errorf("%s is of other sources, or their items said other things: go on with the list that it was begun with, to which more may be added at the end, or name another folder with -out", path)
		}
		if err := mend(path, m); err != nil {
			return err
		}
		r.next = m.Next
		r.progress.RowsBefore += m.Rows
	}
}

// nothingBehind refuses to write a file in front of others: their tiles would be there
// twice.
func (r *run) nothingBehind(missing string) error {
	files, err := filepath.Glob(filepath.Join(r.options.Out, "shard-*.parquet"))
	if err != nil {
		return err
	}
	if slices.Sort(files); len(files) > 0 && files[len(files)-1] > missing {
		return fmt.Errorf("%s is not there, and %s behind it is: remove what is behind it, and give the same command again, which makes the rest anew", missing, files[len(files)-1])
	}
	return nil
}

// task is a tile to embed, or a source that could not be opened.
type task struct {
	at     table.Cursor
	next   table.Cursor // of the tile behind it
	source opened
	place  *place
	window geotiff.Window // in pixels of the resolution that is shown
	close  func()         // after the last tile of a source, nil else
	err    error

	expected int // tiles of the run, as far as it was known then
}

// result is a row, or why there is none.
type result struct {
	task
	row     table.Row
	skipped bool
}

// work embeds all tiles from the cursor on.
func (r *run) work(ctx context.Context) error {
	// So many that each run of the model is full, while the next tiles are decoded.
	width := 2*r.model.BatchSize(model.Vision) + 2*cap(r.workers)
	for result := range bulk.Map(ctx, r.tasks(ctx), width, r.embed) {
		if result.close != nil {
			result.close()
		}
		if err := ctx.Err(); err != nil {
			return err // What ended with it is no failure of the tile.
		}
		if err := r.add(result); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if end := (table.Cursor{Source: len(r.sources)}); r.next != end || len(r.rows)+len(r.failures) > 0 {
		r.next = end
		return r.flush()
	}
	return nil
}

// add takes a result into the file that is being filled.
func (r *run) add(result result) error {
	s := r.sources[result.at.Source]
	switch {
	case result.err != nil:
		failure := table.Failure{Source: s.Name, Line: s.Line, Error: result.err.Error()}
		if result.source != nil {
			w := windowOf(result.source, result.window)
			failure.Window = &w
		}
		r.failures = append(r.failures, failure)
		r.progress.Failed++
	case result.skipped:
		r.progress.Skipped++
	default:
		r.rows = append(r.rows, result.row)
		r.progress.Rows++
	}
	r.next, r.progress.SourcesDone, r.progress.Expected = result.next, result.next.Source, result.expected
	if r.options.Progress != nil {
		r.options.Progress(r.progress)
	}
	if max(len(r.rows), len(r.failures)) >= r.options.ShardRows {
		return r.flush()
	}
	return nil
}

// flush writes a file of what there is.
func (r *run) flush() error {
	m := r.metadata
	m.Next, m.Failures = r.next, r.failures
	m.Sources = r.sourcesDigest(begun(r.next))
	if err := writeShard(filepath.Join(r.options.Out, shardName(r.shard)), r.rows, m); err != nil {
		return err
	}
	r.shard, r.rows, r.failures = r.shard+1, nil, nil
	return nil
}

// writeShard writes a table and what is beside it. The table comes last: a file of vectors
// alone is of a run that was interrupted.
func writeShard(path string, rows []table.Row, m table.Metadata) error {
	m.Rows = len(rows)
	vectors := make([][]float32, len(rows))
	for i, row := range rows {
		vectors[i] = row.Embedding
	}
	if err := scan.Write(VectorsName(path), vectors); err != nil {
		return err
	}
	return table.Write(path, rows, m)
}

// tasks opens the sources from the cursor on, and gives their tiles.
func (r *run) tasks(ctx context.Context) iter.Seq[task] {
	return func(yield func(task) bool) {
		first := r.next
		outlook := outlookOf(r.sources[min(first.Source, len(r.sources)):])
		for n := first.Source; n < len(r.sources); n++ {
			at, behind := table.Cursor{Source: n}, table.Cursor{Source: n + 1}
			if n == first.Source {
				at.Tile = first.Tile
			}
			source, closeSource, err := open(ctx, r.options.Client, r.sources[n].Name, r.options.Metres, r.pictures())
			var p *place
			if err == nil {
				if p, err = placeOf(source); err != nil {
					closeSource()
				}
			}
			if err != nil {
				outlook.open(r.sources[n], 1, 0)
				if !yield(task{at: at, next: behind, err: err, expected: outlook.expected()}) {
					return
				}
				continue
			}
			width, height := source.Size()
			layout := r.options.Layout
			if layout.Side == 0 {
				layout.Side = max(width, height)
			}
			across, down := layout.Count(width, height)
			outlook.open(r.sources[n], across*down, at.Tile)
			for ; at.Tile < across*down; at.Tile++ {
				t := task{at: at, next: table.Cursor{Source: n, Tile: at.Tile + 1}, source: source, place: p, window: layout.Tile(width, height, at.Tile), expected: outlook.expected()}
				if t.next.Tile == across*down {
					t.next, t.close = behind, closeSource
				}
				if !yield(t) {
					return
				}
			}
		}
	}
}

// embed shows a tile and embeds it.
func (r *run) embed(ctx context.Context, t task) result {
	out := result{task: t}
	if t.err != nil {
		return out
	}
	pixels, nodata, err := r.prepare(ctx, t)
	if err != nil {
		out.err = err
		return out
	}
	if out.skipped = nodata > r.options.MaxNodata; out.skipped {
		return out
	}
	vector, err := r.model.EmbedPixels(ctx, pixels)
	if err != nil {
		out.err = err
		return out
	}
	out.row = r.rowOf(t, nodata, vector)
	return out
}

// prepare decodes and resizes a tile when one of the workers is free. A fault of a
// decoder costs its tile only.
func (r *run) prepare(ctx context.Context, t task) (pixels []uint8, nodata float64, err error) {
	select {
	case r.workers <- struct{}{}:
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("decoding: panic: %v", v)
		}
		<-r.workers
	}()
	image, err := t.source.Show(ctx, t.window)
	if err != nil {
		return nil, 0, err
	}
	defer image.Release()
	if image.Nodata > r.options.MaxNodata {
		return nil, image.Nodata, nil
	}
	pixels, err = r.model.Preprocess(ctx, nil, image)
	return pixels, image.Nodata, err
}

func (r *run) rowOf(t task, nodata float64, vector []float32) table.Row {
	s := r.sources[t.at.Source]
	row := table.Row{Embedding: slices.Clone(vector), Tile: table.Tile{
		Source: s.Name, PixelBBox: windowOf(t.source, t.window), Datetime: s.Datetime, CloudCover: s.CloudCover, Properties: s.Properties, Nodata: nodata,
	}}
	w := row.PixelBBox
	row.ID = uuid.NewSHA1(namespace, fmt.Appendf(nil, "%s\n%d,%d,%d,%d", s.Name, w.X, w.Y, w.Width, w.Height)).String()
	if t.place != nil {
		middle, corners := t.place.outline(t.window)
		row.Geometry, row.BBox = table.Polygon(corners), table.Bounds(corners)
		cell := grid.Cell(middle[0], middle[1])
		row.GridCell, row.GSD = &cell, &t.place.metres
	}
	return row
}

// windowOf returns a window in pixels of full resolution.
func windowOf(source opened, w geotiff.Window) table.Window {
	x, y := 1.0, 1.0
	if scaled, ok := source.(interface{ Scale() (x, y float64) }); ok {
		x, y = scaled.Scale()
	}
	round := func(v int, scale float64) int32 { return int32(float64(v)*scale + 0.5) }
	return table.Window{X: round(w.X, x), Y: round(w.Y, y), Width: round(w.Width, x), Height: round(w.Height, y)}
}

// Failures returns the failures that the files of an index name, in their order.
func Failures(folder string) (out []table.Failure, err error) {
	for shard := 0; ; shard++ {
		m, err := table.ReadMetadata(filepath.Join(folder, shardName(shard)))
		if errors.Is(err, os.ErrNotExist) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, m.Failures...)
	}
}
