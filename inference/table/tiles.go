package table

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-74198975/rsclip/internal/regular"
	"github.com/seed-74198975/rsclip/internal/wholefile"
)

// The file of tiles beside a table has the same rows without their embeddings, for
// servers, which map it: a million rows of Parquet take seconds to read, and as many
// objects in memory. Its SHA-256 is in the table's metadata.
//
// It is a header, then a fixed row for each tile, then the numbers of the rows by their
// ids, then the texts that the fixed rows name, all little-endian.
const (
	tilesMagic  = "rsclip-tiles-1\n\x00"
	tilesHeader = 64 // magic, number of rows, filled with zeros
	fixedSize   = 128
)

// fixed is a row of the file.
type fixed struct {
	Has        uint64 // bits of what is not nil
	Window     Window
	BBox       BBox
	Datetime   int64
	GSD        float64
	Nodata     float64
	CloudCover float64
	Texts      [5]span
}

// span is a part of the texts.
type span struct{ From, Length uint32 }

// Bits of fixed.Has.
const (
	hasGeometry = 1 << iota
	hasBBox
	hasDatetime
	hasGSD
	hasGridCell
	hasCloudCover
	hasProperties
)

// Places in fixed.Texts.
const (
	idText = iota
	sourceText
	geometryText
	gridCellText
	propertiesText
)

// Tiles are the tiles of a table. Its methods may be called at the same time.
type Tiles struct {
	data   []byte
	mapped bool
	rows   []fixed
	byID   []uint32
	texts  []byte
}

// View is a tile as it lies in a file, which must be open as long as it is used.
type View struct {
	Tile

	gridCell, properties string
}

// TilesName names the file of tiles beside a table.
func TilesName(path string) string { return strings.TrimSuffix(path, ".parquet") + ".tiles" }

// OpenTiles opens the tiles of a table. Those of a table without a file of tiles are
// read into memory.
func OpenTiles(path string) (m Metadata, t *Tiles, err error) {
	if m, err = ReadMetadata(path); err != nil {
		return m, nil, err
	}
	if m.TilesSHA256 != "" {
		t, err = mapTiles(TilesName(path), m.TilesSHA256)
	}
	if t != nil || err != nil && !errors.Is(err, os.ErrNotExist) {
		return m, t, err
	}
	m, tiles, err := ReadTiles(path)
	if err != nil {
		return m, nil, err
	}
	data, err := encodeTiles(tiles)
	if err != nil {
		return m, nil, fmt.Errorf("reading %s: %w", path, err)
	}
	t, err = tilesOf(data)
	return m, t, err
}

// mapTiles maps a file that has a hash.
func mapTiles(path, hash string) (t *Tiles, err error) {
	data, err := regular.Map(path, tilesHeader)
	if err != nil {
		return nil, err
	}
	broken := fmt.Errorf("%s is not what its table says: give the command of rsclip index that made the index again, which makes it anew from the table", path)
	if data == nil {
		return nil, broken
	}
	if digestOf(data) == hash {
		t, err = tilesOf(data)
	}
	if t == nil {
		return nil, errors.Join(broken, err, unix.Munmap(data))
	}
	t.mapped = true
	return t, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Close unmaps the file. No view may be used any more.
func (t *Tiles) Close() error {
	if !t.mapped {
		return nil
	}
	return unix.Munmap(t.data)
}

// Len is the number of tiles.
func (t *Tiles) Len() int { return len(t.rows) }

// Read looks at a tile.
func (t *Tiles) Read(row int, v *View) *Tile {
	f := &t.rows[row]
	v.Tile = Tile{ID: t.text(f, idText), Source: t.text(f, sourceText), PixelBBox: f.Window, Nodata: f.Nodata}
	if f.Has&hasGeometry != 0 {
		s := f.Texts[geometryText]
		v.Geometry = t.texts[s.From:][:s.Length:s.Length]
	}
	if f.Has&hasBBox != 0 {
		v.BBox = &f.BBox
	}
	if f.Has&hasDatetime != 0 {
		v.Datetime = &f.Datetime
	}
	if f.Has&hasGSD != 0 {
		v.GSD = &f.GSD
	}
	if f.Has&hasGridCell != 0 {
		v.gridCell = t.text(f, gridCellText)
		v.GridCell = &v.gridCell
	}
	if f.Has&hasCloudCover != 0 {
		v.CloudCover = &f.CloudCover
	}
	if f.Has&hasProperties != 0 {
		v.properties = t.text(f, propertiesText)
		v.Properties = &v.properties
	}
	return &v.Tile
}

func (t *Tiles) text(f *fixed, n int) string {
	s := f.Texts[n]
	return unsafe.String(unsafe.SliceData(t.texts[s.From:][:s.Length]), s.Length) //nolint:gosec // The file is mapped as long as views are used.
}

// Find returns the row of an id.
func (t *Tiles) Find(id string) (row int, ok bool) {
	n, ok := slices.BinarySearchFunc(t.byID, id, func(row uint32, id string) int { return strings.Compare(t.text(&t.rows[row], idText), id) })
	if !ok {
		return 0, false
	}
	return int(t.byID[n]), true
}

// Clone is the tile in memory of its own.
func (t *Tile) Clone() *Tile {
	c := *t
	c.ID, c.Source, c.Geometry = strings.Clone(t.ID), strings.Clone(t.Source), bytes.Clone(t.Geometry)
	c.BBox, c.Datetime, c.GSD, c.CloudCover = cloned(t.BBox), cloned(t.Datetime), cloned(t.GSD), cloned(t.CloudCover)
	for _, text := range []**string{&c.GridCell, &c.Properties} {
		if *text != nil {
			*text = new(strings.Clone(**text))
		}
	}
	return &c
}

func cloned[T any](v *T) *T {
	if v == nil {
		return nil
	}
	return new(*v)
}

// tilesOf reads what encodeTiles has written, and refuses what would not be safe to
// look at.
func tilesOf(data []byte) (*Tiles, error) {
	broken := errors.New("it is no file of tiles")
	if len(data) < tilesHeader || string(data[:len(tilesMagic)]) != tilesMagic {
		return nil, broken
	}
	n := binary.LittleEndian.Uint64(data[len(tilesMagic):])
	if n > uint64(len(data)/fixedSize) {
		return nil, broken
	}
	rows := int(n) //nolint:gosec // Bounded.
	texts := tilesHeader + rows*(fixedSize+4)
	if texts > len(data) {
		return nil, broken
	}
	t := &Tiles{data: data, texts: data[texts:]}
	if rows > 0 {
		t.rows = unsafe.Slice((*fixed)(unsafe.Pointer(&data[tilesHeader])), rows)                 //nolint:gosec // Of the length that was checked.
		t.byID = unsafe.Slice((*uint32)(unsafe.Pointer(&data[tilesHeader+rows*fixedSize])), rows) //nolint:gosec // The same.
	}
	for i := range t.rows {
		for _, s := range t.rows[i].Texts {
			if int(s.From)+int(s.Length) > len(t.texts) {
				return nil, broken
			}
		}
		if int(t.byID[i]) >= rows {
			return nil, broken
		}
	}
	return t, nil
}

// encodeTiles writes a file of tiles. Texts that tiles have in common are there once.
func encodeTiles(tiles []Tile) ([]byte, error) {
	var texts []byte
	known := make(map[string]span)
	add := func(text string) span {
		if s, ok := known[text]; ok {
			return s
		}
		s := span{uint32(min(len(texts), math.MaxUint32)), uint32(min(len(text), math.MaxUint32))} //nolint:gosec // What is larger is refused below.
		texts = append(texts, text...)
		known[text] = s
		return s
	}
	rows := make([]fixed, len(tiles))
	byID := make([]uint32, len(tiles))
	for i := range tiles {
		tile, f := &tiles[i], &rows[i]
		f.Window, f.Nodata = tile.PixelBBox, tile.Nodata
		f.Texts[idText], f.Texts[sourceText] = add(tile.ID), add(tile.Source)
		if tile.Geometry != nil {
			f.Has |= hasGeometry
			f.Texts[geometryText] = add(string(tile.Geometry))
		}
		keep(f, hasBBox, tile.BBox, &f.BBox)
		keep(f, hasDatetime, tile.Datetime, &f.Datetime)
		keep(f, hasGSD, tile.GSD, &f.GSD)
		keep(f, hasCloudCover, tile.CloudCover, &f.CloudCover)
		for _, text := range []struct {
			bit   uint64
			value *string
			place int
		}{{hasGridCell, tile.GridCell, gridCellText}, {hasProperties, tile.Properties, propertiesText}} {
			if text.value != nil {
				f.Has |= text.bit
				f.Texts[text.place] = add(*text.value)
			}
		}
		byID[i] = uint32(i) //nolint:gosec // There are fewer.
	}
	if len(texts) > math.MaxUint32 {
		return nil, errors.New("the texts of its tiles have more than 4 GiB: write fewer tiles to a file")
	}
	slices.SortStableFunc(byID, func(a, b uint32) int { return cmp.Compare(tiles[a].ID, tiles[b].ID) })
	var out bytes.Buffer
	out.WriteString(tilesMagic)
	out.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(tiles))))
	out.Write(make([]byte, tilesHeader-out.Len()))
	if err := errors.Join(binary.Write(&out, binary.LittleEndian, rows), binary.Write(&out, binary.LittleEndian, byID)); err != nil {
		return nil, err
	}
	out.Write(texts)
	return out.Bytes(), nil
}

// keep writes a value if it is there.
func keep[T any](f *fixed, bit uint64, value, into *T) {
	if value != nil {
		f.Has |= bit
		*into = *value
	}
}

// CheckTiles tells what is wrong with the file of tiles of a table; nil if nothing is, or
// if there are no such files yet.
func CheckTiles(path string, m Metadata) error {
	if m.TilesSHA256 == "" {
		return nil // Made before there were such files.
	}
	t, err := mapTiles(TilesName(path), m.TilesSHA256)
	if err != nil {
		return err
	}
	return t.Close()
}

// MendTiles writes the file of tiles of a table anew if it is missing or broken.
func MendTiles(path string, m Metadata) error {
	if m.TilesSHA256 == "" {
		return nil // Made before there were such files.
	}
	if CheckTiles(path, m) == nil {
		return nil
	}
	_, tiles, err := ReadTiles(path)
	if err != nil {
		return err
	}
	data, err := encodeTiles(tiles)
	if err != nil {
		return err
	}
	return wholefile.Write(TilesName(path), func(to io.Writer) error {
		_, err := to.Write(data)
		return err
	})
}

// writeTiles writes the file of tiles beside a table, and returns its SHA-256.
func writeTiles(path string, rows []Row) (hash string, err error) {
	tiles := make([]Tile, len(rows))
	for i, r := range rows {
		tiles[i] = r.Tile
	}
	data, err := encodeTiles(tiles)
	if err != nil {
		return "", err
	}
	return digestOf(data), wholefile.Write(TilesName(path), func(to io.Writer) error {
		_, err := to.Write(data)
		return err
	})
}
