// Package search answers which tiles of an index are nearest to a query, exactly, of
// those that a filter allows.
package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/table"
)

// Index is an open index. Its methods may be called at the same time.
type Index struct {
	// Metadata is that of the first file.
	Metadata table.Metadata
	// Observe, if it is set before the first search, is told of each scan that has ended.
	Observe func(context.Context, Scan)

	files   []File
	shards  []shard
	scanner *scan.Scanner
	tiles   int
}

// Scan is that of all tiles for a query.
type Scan struct {
	Started time.Time
	// Queries is how many have shared it on average, this one included.
	Queries float64
}

// File is a file of an index, as it was when it was opened.
type File struct {
	Path    string
	Size    int64
	ModTime time.Time
}

// shards is the pattern of the tables of an index.
const shards = "shard-*.parquet"

// Files lists the tables of an index and of its parts, in their order.
func Files(folder string) (out []File, err error) {
	var paths []string
	for _, pattern := range []string{shards, "part-*/" + shards} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	for _, path := range paths {
		stat, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		out = append(out, File{path, stat.Size(), stat.ModTime()})
	}
	return out, nil
}

// Files are those that were opened.
func (x *Index) Files() []File { return x.files }

type shard struct {
	tiles   *table.Tiles
	vectors *scan.Table
}

// Open opens the index that `rsclip index` has written to a folder, if it is of the
// wanted model, by the hash of its files.
func Open(folder, modelSHA256 string) (x *Index, err error) {
	files, err := Files(folder)
	if err != nil {
		return nil, fmt.Errorf("opening index: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("opening index: %s has no shard-*.parquet: make an index with rsclip index -out %s", folder, folder)
	}
	x = &Index{files: files, shards: make([]shard, len(files))}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("opening index: %w", err), x.Close())
			x = nil
		}
	}()
	if x.Metadata, err = table.ReadMetadata(files[0].Path); err != nil {
		return x, err
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n, file := range files {
		group.Go(func() error { return x.shards[n].open(file.Path, x.Metadata, modelSHA256) })
	}
	if err := group.Wait(); err != nil {
		return x, err
	}
	var vectors []*scan.Table
	for _, s := range x.shards {
		x.tiles += s.tiles.Len()
		vectors = append(vectors, s.vectors)
	}
	if x.scanner, err = scan.NewScanner(vectors...); err != nil {
		return x, err
	}
	return x, nil
}

// open maps the tiles and vectors of a table, if it is of the wanted model and of the same
// run as the first.
func (s *shard) open(path string, first table.Metadata, modelSHA256 string) error {
	m, tiles, err := table.OpenTiles(path)
	if err != nil {
		return err
	}
	s.tiles = tiles
	switch {
	case m.ModelSHA256 != modelSHA256:
		return fmt.Errorf("%s is of the model %s with the hash %s, and the model that is served has %s: index the archive with this model, or serve that one", path, m.Model, m.ModelSHA256, modelSHA256)
	case m.Run != first.Run:
		return fmt.Errorf("%s is of another run than the first file: their tiles or pixels differ, so make the index anew", path)
	}
	s.vectors, err = scan.Open(strings.TrimSuffix(path, ".parquet") + ".vectors")
	switch {
	case err != nil:
	case s.vectors.Len() != tiles.Len():
		err = fmt.Errorf("%s has %d tiles and %d vectors", path, tiles.Len(), s.vectors.Len())
	case tiles.Len() > 0 && m.Dimensions > s.vectors.Dimensions():
		err = fmt.Errorf("%s has embeddings of %d numbers, and vectors of %d", path, m.Dimensions, s.vectors.Dimensions())
	}
	if err != nil {
		return fmt.Errorf("%w: give the command of rsclip index that made the index again, which makes the vectors anew from the table", err)
	}
	return nil
}

// Close unmaps the files. No search may be under way.
func (x *Index) Close() (err error) {
	for _, s := range x.shards {
		if s.vectors != nil {
			err = errors.Join(err, s.vectors.Close())
		}
		if s.tiles != nil {
			err = errors.Join(err, s.tiles.Close())
		}
	}
	return err
}

// Len is the number of tiles.
func (x *Index) Len() int { return x.tiles }

// VectorBytes is the size of the files of vectors.
func (x *Index) VectorBytes() (sum int) {
	for _, s := range x.shards {
		sum += s.vectors.Size()
	}
	return sum
}

// Tile returns a tile by its id, and its embedding.
func (x *Index) Tile(_ context.Context, id string) (tile *table.Tile, embedding []float32, err error) {
	for _, s := range x.shards {
		if row, ok := s.tiles.Find(id); ok {
			return s.tiles.Read(row, new(table.View)).Clone(), slices.Clone(s.vectors.Row(row)[:x.Metadata.Dimensions]), nil
		}
	}
	return nil, nil, ErrNoTile
}

// Memory is about what a search takes, in bytes: hits, and for each tile its product
// and whether it is allowed.
func (x *Index) Memory(q Query) int { return bytesPerHit*min(q.TopK, x.tiles) + 8*x.tiles }

// Query is what is looked for.
type Query struct {
	// Vector is nearest to the tiles that are wanted; see [Combine].
	Vector []float32
	Filter Filter
	// TopK is how many hits are wanted, behind the first Offset ones.
	TopK, Offset int
	// MinSimilarity leaves out tiles whose cosine is smaller. Default -1, all.
	MinSimilarity float64
	// Overlap is the largest share of its own area that a hit may have in common with
	// a better one. 1 keeps all.
	Overlap float64
}

// Bounds of a query.
const (
	MaxTopK   = 10_000
	maxLooked = 100_000 // hits that are looked at behind each other
)

// Hit is a tile, and the cosine of its embedding and the query.
type Hit struct {
	*table.Tile

	Similarity float64
}

// Combine makes one query of examples: the mean of those that are wanted, less that
// of those that are not, of length 1.
func Combine(positive, negative [][]float32) ([]float32, error) {
	if len(positive) == 0 {
		return nil, errors.New("there is nothing to look for: give a text, a picture or an id")
	}
	out := make([]float32, len(positive[0]))
	for _, side := range []struct {
		vectors [][]float32
		weight  float32
	}{{positive, 1 / float32(len(positive))}, {negative, -1 / float32(max(1, len(negative)))}} {
		for _, v := range side.vectors {
			for i := range out {
				out[i] += side.weight * v[i]
			}
		}
	}
	var square float64
	for _, v := range out {
		square += float64(v) * float64(v)
	}
	if square < 1e-12 {
		return nil, errors.New("the examples that are wanted and those that are not are the same")
	}
	length := float32(math.Sqrt(square))
	for i := range out {
		out[i] /= length
	}
	return out, nil
}

// Search returns the best hits, the best first, and how many tiles the filter allows.
// The filter comes first, so that a narrow one loses no hit.
func (x *Index) Search(ctx context.Context, q Query) (hits []Hit, allowed int, err error) {
	wanted, err := q.Filter.Read()
	if err != nil {
		return nil, 0, err
	}
	allows, allowed, err := x.allow(ctx, wanted.Holds)
	if err != nil || allowed == 0 {
		return nil, 0, err
	}
	started := time.Now()
	scanned, err := x.scanner.Scan(ctx, q.Vector)
	if err != nil {
		return nil, 0, err
	}
	if x.Observe != nil {
		x.Observe(ctx, Scan{started, scanned.Queries})
	}
	hits, err = q.Best(func(depth int) ([]Hit, bool, error) {
		found, err := scanned.Nearest(ctx, depth, allows)
		out, views := make([]Hit, len(found)), make([]table.View, len(found))
		for i, f := range found {
			shard, row := x.scanner.Place(f.Row)
			out[i] = Hit{x.shards[shard].tiles.Read(row, &views[i]), f.Product}
		}
		return out, len(found) < depth, err
	})
	for i := range hits {
		hits[i].Tile = hits[i].Clone() // It may be used when the files are closed.
	}
	return hits, allowed, err
}

// Best returns the hits that are wanted. It asks for the nearest so many tiles that
// the filter allows, the best first, and for more until enough of them are apart.
// Nearest also tells whether those are all that there are.
func (q Query) Best(nearest func(depth int) (found []Hit, all bool, err error)) (hits []Hit, err error) {
	enough := q.Offset + q.TopK
	for depth := enough; ; depth *= 4 {
		depth = min(depth, maxLooked)
		found, all, err := nearest(depth)
		if err != nil {
			return nil, err
		}
		hits = q.choose(found, enough)
		// Fewer than asked for are all that there are, or all that are near enough.
		if len(hits) == enough || all || depth == maxLooked || len(found) > 0 && found[len(found)-1].Similarity < q.MinSimilarity {
			return hits[min(q.Offset, len(hits)):], nil
		}
	}
}

// allow says which tiles the filter allows, and how many those are; nil for all.
func (x *Index) allow(ctx context.Context, wanted predicate) (allows []bool, allowed int, err error) {
	if wanted == nil {
		return nil, x.tiles, nil
	}
	allows = make([]bool, x.tiles)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	var count atomic.Int64
	first := 0
	for _, s := range x.shards {
		some := allows[first:][:s.tiles.Len()]
		first += len(some)
		group.Go(func() error {
			var view table.View
			n := 0
			for row := range some {
				if row%1024 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				if some[row] = wanted(s.tiles.Read(row, &view)); some[row] {
					n++
				}
			}
			count.Add(int64(n))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, 0, err
	}
	return allows, int(count.Load()), nil
}

// choose returns the first so many that are near enough, without those that overlap
// a better one too much.
func (q Query) choose(found []Hit, enough int) (out []Hit) {
	for _, hit := range found {
		if len(out) == enough || hit.Similarity < q.MinSimilarity {
			break
		}
		if q.Overlap >= 1 || !slices.ContainsFunc(out, func(better Hit) bool { return overlap(hit.Tile, better.Tile) > q.Overlap }) {
			out = append(out, hit)
		}
	}
	return out
}

// overlap is the share of a tile's area that another covers: on earth if both have a
// place there, else in their picture if that is the same.
func overlap(a, b *table.Tile) float64 {
	if a.BBox != nil && b.BBox != nil {
		return covered(a.BBox.XMin, a.BBox.XMax, b.BBox.XMin, b.BBox.XMax) * covered(a.BBox.YMin, a.BBox.YMax, b.BBox.YMin, b.BBox.YMax)
	}
	if a.Source != b.Source {
		return 0
	}
	v, w := a.PixelBBox, b.PixelBBox
	return covered(float64(v.X), float64(v.X+v.Width), float64(w.X), float64(w.X+w.Width)) * covered(float64(v.Y), float64(v.Y+v.Height), float64(w.Y), float64(w.Y+w.Height))
}

// covered is the share of a length that another covers.
func covered(from, to, otherFrom, otherTo float64) float64 {
	if to <= from {
		return 0
	}
	return max(0, min(to, otherTo)-max(from, otherFrom)) / (to - from)
}
