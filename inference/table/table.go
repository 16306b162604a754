// Package table is the file format of an index: GeoParquet, a row a tile, which
// DuckDB, pyarrow and GeoPandas read.
//
// Format: GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/.
package table

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/seed-74198975/rsclip/internal/regular"
	"github.com/seed-74198975/rsclip/internal/wholefile"
)

// Row is one tile, or one picture, with its embedding.
type Row struct {
	Tile

	// Embedding has length 1.
	Embedding []float32
}

// Size is about what a row takes in memory, in bytes.
func (r *Row) Size() int {
	n := 4*len(r.Embedding) + len(r.ID) + len(r.Source) + len(r.Geometry)
	if r.Properties != nil {
		n += len(*r.Properties)
	}
	return n
}

// record is a row as the file has it. It names the fields of Tile again, since
// parquet-go reads nulls of an embedded struct as zeros.
type record struct {
	ID         string    `parquet:"id"`
	Source     string    `parquet:"source,dict"`
	PixelBBox  Window    `parquet:"pixel_bbox"`
	Geometry   []byte    `parquet:"geometry,optional"`
	BBox       *BBox     `parquet:"bbox,optional"`
	Datetime   *int64    `parquet:"datetime,optional,timestamp(millisecond:utc)"`
	GSD        *float64  `parquet:"gsd,optional"`
	GridCell   *string   `parquet:"grid_cell,optional,dict"`
	Nodata     float64   `parquet:"nodata"`
	CloudCover *float64  `parquet:"cloud_cover,optional"`
	Properties *string   `parquet:"properties,optional"`
	Embedding  []float32 `parquet:"embedding,list,plain"`
}

func recordOf(r Row) record {
	return record{r.ID, r.Source, r.PixelBBox, r.Geometry, r.BBox, r.Datetime, r.GSD, r.GridCell, r.Nodata, r.CloudCover, r.Properties, r.Embedding}
}

func (r record) row() Row {
	return Row{Tile{r.ID, r.Source, r.PixelBBox, r.Geometry, r.BBox, r.Datetime, r.GSD, r.GridCell, r.Nodata, r.CloudCover, r.Properties}, r.Embedding}
}

// Tile is what is known of a tile, or of a whole picture.
type Tile struct {
	// ID is the same for the same window of the same source, whatever the run.
	ID string `parquet:"id"`
	// Source is the path or address that the tile was cut from.
	Source string `parquet:"source,dict"`
	// PixelBBox is the tile's window in the source, in pixels of full resolution.
	PixelBBox Window `parquet:"pixel_bbox"`
	// Geometry is the tile's outline in degrees of WGS 84, as a polygon in WKB; nil
	// for a picture without a place.
	Geometry []byte `parquet:"geometry,optional"`
	// BBox bounds Geometry.
	BBox *BBox `parquet:"bbox,optional"`
	// Datetime is when it was taken, in milliseconds since 1970, UTC.
	Datetime *int64 `parquet:"datetime,optional,timestamp(millisecond:utc)"`
	// GSD is the side of a pixel that the model saw before resizing, in metres.
	GSD *float64 `parquet:"gsd,optional"`
	// GridCell is the cell of the Major TOM grid of 10 km.
	GridCell *string `parquet:"grid_cell,optional,dict"`
	// Nodata is the share of pixels that hold no data, 0 to 1.
	Nodata float64 `parquet:"nodata"`
	// CloudCover is that of the whole scene, in percent, by its STAC item.
	CloudCover *float64 `parquet:"cloud_cover,optional"`
	// Properties are wanted properties of the STAC item, as a JSON object.
	Properties *string `parquet:"properties,optional"`
}

// Window is a part of a picture, in pixels.
type Window struct {
	X      int32 `json:"x"      parquet:"x"`
	Y      int32 `json:"y"      parquet:"y"`
	Width  int32 `json:"width"  parquet:"width"`
	Height int32 `json:"height" parquet:"height"`
}

// BBox bounds a geometry, in degrees.
type BBox struct {
	XMin float64 `parquet:"xmin"`
	YMin float64 `parquet:"ymin"`
	XMax float64 `parquet:"xmax"`
	YMax float64 `parquet:"ymax"`
}

// Metadata says what the embeddings of a file are.
type Metadata struct {
	// Model and ModelSHA256 are the model's name, and the hash of its description,
	// which has the hashes of its files.
	Model       string `json:"emb:model"`
	ModelSHA256 string `json:"emb:model_sha256"`
	// Preprocessing is how pictures became pixels.
	Preprocessing string `json:"emb:preprocessing"`
	// TileSide, in pixels, and Overlap, a share, say how scenes were cut; 0 for whole
	// pictures.
	TileSide int     `json:"emb:tile_side"`
	Overlap  float64 `json:"emb:tile_overlap"`
	// Dimensions is the length of an embedding.
	Dimensions int `json:"emb:dimensions"`
	// Run is what a run that goes on must have in common with this one.
	Run string `json:"rsclip:run,omitempty"`
	// Sources is the SHA-256 of the names of the sources that were begun before Next.
	Sources string `json:"rsclip:sources,omitempty"`
	// Next is where a run goes on behind this file.
	Next Cursor `json:"rsclip:next"`
	// Rows are those of the file.
	Rows int `json:"rsclip:rows"`
	// TilesSHA256 is the hash of the file of tiles beside this one; see [OpenTiles].
	// Write sets it.
	TilesSHA256 string `json:"rsclip:tiles_sha256,omitempty"`
	// Failures are the tiles and sources that gave no row.
	Failures []Failure `json:"rsclip:failures,omitempty"`
}

// Cursor is a place in the order of all tiles: a tile of a source, both from 0.
type Cursor struct{ Source, Tile int }

// Failure is a source, or a tile of one, that gave no row.
type Failure struct {
	Source string  `json:"source"`
	Line   int     `json:"line,omitempty"` // of the list that named it, from 1
	Window *Window `json:"window,omitempty"`
	Error  string  `json:"error"`
}

// Names of the file's metadata.
const (
	geoKey      = "geo"
	metadataKey = "rsclip"
)

// geoMetadata is what GeoParquet wants to know of the column geometry. Its
// coordinate system is WGS 84, longitude first, by default.
const geoMetadata = `{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{"encoding":"WKB","geometry_types":["Polygon"],` +
	`"covering":{"bbox":{"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}}}}`

// Write writes a file whole, and the file of tiles beside it, which comes first.
func Write(path string, rows []Row, m Metadata) (err error) {
	if m.TilesSHA256, err = writeTiles(path, rows); err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return wholefile.Write(path, func(to io.Writer) error {
		w := parquet.NewGenericWriter[record](to, parquet.Compression(&zstd.Codec{}), parquet.KeyValueMetadata(geoKey, geoMetadata), parquet.KeyValueMetadata(metadataKey, string(data)))
		for _, row := range rows {
			if _, err := w.Write([]record{recordOf(row)}); err != nil {
				return err
			}
		}
		return w.Close()
	})
}

// IsOurs tells whether a file is as Write writes it.
func IsOurs(path string) bool {
	ours := false
	err := open(path, func(f *parquet.File) error {
		_, err := metadataOf(f)
		ours = err == nil && parquet.EqualNodes(f.Schema(), parquet.SchemaOf(record{}))
		return nil
	})
	return ours && err == nil
}

// ReadMetadata reads what a file says of its embeddings.
func ReadMetadata(path string) (m Metadata, err error) {
	err = open(path, func(f *parquet.File) error {
		m, err = metadataOf(f)
		return err
	})
	return m, err
}

// Read reads a file whole, and calls each with its rows, some at a time; they are
// not valid after it returns.
func Read(path string, each func([]Row) error) (m Metadata, err error) {
	err = open(path, func(f *parquet.File) error {
		if m, err = metadataOf(f); err != nil {
			return err
		}
		r := parquet.NewGenericReader[record](f)
		defer func() { _ = r.Close() }()
		records, rows := make([]record, 256), make([]Row, 256)
		for {
			clear(records)
			n, err := r.Read(records)
			for i := range n {
				if rows[i] = records[i].row(); len(rows[i].Embedding) != m.Dimensions {
					return fmt.Errorf("the embedding of %s has %d numbers, the file says %d", rows[i].ID, len(rows[i].Embedding), m.Dimensions)
				}
			}
			if n > 0 {
				if err := each(rows[:n]); err != nil {
					return passed{err}
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	return m, err
}

// ReadTiles reads a file without its embeddings.
func ReadTiles(path string) (m Metadata, tiles []Tile, err error) {
	err = open(path, func(f *parquet.File) error {
		if m, err = metadataOf(f); err != nil {
			return err
		}
		r := parquet.NewGenericReader[Tile](f, parquet.SchemaOf(Tile{}))
		defer func() { _ = r.Close() }()
		some := make([]Tile, 256) // What the file says of its rows may be wrong.
		for {
			clear(some)
			n, err := r.Read(some)
			tiles = append(tiles, some[:n]...)
			switch {
			case errors.Is(err, io.EOF) && int64(len(tiles)) < r.NumRows():
				return io.ErrUnexpectedEOF
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			}
		}
	})
	return m, tiles, err
}

// BrokenError is a file that cannot be read as one of rsclip index.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string {
	mend := "name a table that rsclip index has made, or make it anew"
	if shard, _ := filepath.Match("shard-*.parquet", filepath.Base(e.Path)); shard {
		mend = "remove it and the shards behind it, and give the command of rsclip index that made it again, which makes them anew"
	}
	return fmt.Sprintf("%s is broken, or no file of rsclip index (%v): %s", e.Path, e.Err, mend)
}

func (e *BrokenError) Unwrap() error { return e.Err }

// passed is an error of who reads, and not of the file.
type passed struct{ error }

func open(path string, do func(*parquet.File) error) error {
	err := openFile(path, func(f *parquet.File, _ io.ReaderAt, _ int64) error { return do(f) })
	var own passed
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.error
	}
	return &BrokenError{path, err}
}

// openFile opens a file of any origin.
func openFile(path string, do func(f *parquet.File, at io.ReaderAt, size int64) error) (err error) {
	file, err := regular.Open(path)
	if err != nil {
		return passed{err}
	}
	defer func() { _ = file.Close() }()
	// Of some broken files the library knows no error.
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	stat, err := file.Stat()
	if err != nil {
		return passed{err}
	}
	f, err := parquet.OpenFile(file, stat.Size())
	if err != nil {
		return err
	}
	err = do(f, file, stat.Size())
	var own passed
	if errors.As(err, &own) {
		return passed{fmt.Errorf("reading %s: %w", path, own.error)}
	}
	return err
}

func metadataOf(f *parquet.File) (m Metadata, err error) {
	text, ok := f.Lookup(metadataKey)
	if !ok {
		return m, errors.New("it has no metadata rsclip")
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return m, fmt.Errorf("its metadata is broken: %w", err)
	}
	if m.Dimensions < 0 {
		return m, fmt.Errorf("its metadata is broken: embeddings have %d numbers", m.Dimensions)
	}
	return m, nil
}

// Polygon writes a ring of corners, longitude first, as WKB, and closes it.
func Polygon(corners [][2]float64) []byte {
	const littleEndian, polygon, rings = 1, 3, 1
	b := []byte{littleEndian}
	for _, n := range []uint32{polygon, rings, uint32(len(corners)) + 1} { //nolint:gosec // Four corners.
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for i := range len(corners) + 1 {
		for _, v := range corners[i%len(corners)] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// Bounds returns the box around corners.
func Bounds(corners [][2]float64) *BBox {
	b := &BBox{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, c := range corners {
		b.XMin, b.YMin = min(b.XMin, c[0]), min(b.YMin, c[1])
		b.XMax, b.YMax = max(b.XMax, c[0]), max(b.YMax, c[1])
	}
	return b
}
