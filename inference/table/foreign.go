package table

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Bounds of what a row of a file that others made has, in bytes.
const (
	maxID       = 1 << 10
	maxText     = 64 << 10
	maxGeometry = 1 << 20
	maxBatch    = 16 << 20 // of rows that are read at a time
)

// Foreign reads tables of embeddings that others made: GeoParquet or Parquet of pyarrow,
// GeoPandas, DuckDB and the like, with columns as this package has them. The columns id
// and embedding must be there. Others may be missing.
type Foreign struct {
	// Model is the one that the embeddings must be of.
	Model Metadata
	// MadeBy is the SHA-256 of the model that made those of files that do not say so.
	// Default none: such files are refused.
	MadeBy string

	// Rows are those that were read, and Normalized those of them whose embeddings did
	// not have length 1, and have it now.
	Rows, Normalized int

	seen map[[16]byte]struct{} // ids, as the first bytes of their hashes
}

// ForeignError is why a table that others made cannot be taken.
type ForeignError struct {
	Path string
	// Row counts from 0; less for the file as a whole.
	Row int64
	// Column is empty for the file as a whole.
	Column string
	// Problem says what there is, and what must be there.
	Problem string
	Mend    string
}

func (e *ForeignError) Error() string {
	where := e.Path
	if e.Row >= 0 {
		where += fmt.Sprintf(": row %d (the first is 0)", e.Row)
	}
	if e.Column != "" {
		where += ", column " + e.Column
	}
	return where + ": " + e.Problem + ": " + e.Mend
}

// problem is an error that knows neither file nor row.
func problem(column, mend, format string, args ...any) *ForeignError {
	return &ForeignError{Row: -1, Column: column, Mend: mend, Problem: fmt.Sprintf(format, args...)}
}

const mendRow = "mend the row, or leave it out"

// Read reads a file whole, and calls each with its rows, some at a time. It remembers
// their ids, so that those of several files must differ.
func (f *Foreign) Read(path string, each func([]Row) error) error {
	if f.seen == nil {
		f.seen = make(map[[16]byte]struct{})
	}
	err := openFile(path, func(file *parquet.File, at io.ReaderAt, size int64) error {
		if err := f.checkModel(file); err != nil {
			return err
		}
		geometry, err := checkGeo(file)
		if err != nil {
			return err
		}
		c, err := columnsOf(file, geometry)
		if err != nil {
			return err
		}
		defer c.close()
		return f.read(file, c, at, size, each)
	})
	var foreign *ForeignError
	var own passed
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.error
	case errors.As(err, &foreign):
		foreign.Path = path
		return foreign
	}
	return fmt.Errorf("%s cannot be read as Parquet: %w: write it anew, with pyarrow or DuckDB", path, err)
}

// checkModel refuses embeddings of another model.
func (f *Foreign) checkModel(file *parquet.File) error {
	made := f.MadeBy
	if m := modelSaid(file); m != "" {
		made = m
	}
	switch {
	case made == "":
		return problem("", fmt.Sprintf("if that was %s, whose files have the SHA-256 %s, give -made-by %s, or write emb:model_sha256 into the file's metadata", f.Model.Model, f.Model.ModelSHA256, f.Model.ModelSHA256),
			"it does not say which model made its embeddings")
	case made != f.Model.ModelSHA256:
		return problem("", "name that model with -model, or embed the pictures with this one", "its embeddings are of the model with the hash %s, and %s has %s", made, f.Model.Model, f.Model.ModelSHA256)
	}
	return nil
}

// modelSaid is the hash of the model that a file names, in the metadata of rsclip index,
// or as a text of its own.
func modelSaid(file *parquet.File) string {
	if text, ok := file.Lookup(metadataKey); ok {
		var m Metadata
		if json.Unmarshal([]byte(text), &m) == nil && m.ModelSHA256 != "" {
			return m.ModelSHA256
		}
	}
	text, _ := file.Lookup("emb:model_sha256")
	return strings.Trim(text, `" `)
}

// checkGeo refuses geometries that are not in degrees of WGS 84, as far as the file says,
// and returns the name of their column.
func checkGeo(file *parquet.File) (name string, err error) {
	name = "geometry"
	text, ok := file.Lookup(geoKey)
	if !ok {
		return name, nil
	}
	var geo struct {
		Primary string `json:"primary_column"`
		Columns map[string]struct {
			Encoding string          `json:"encoding"`
			CRS      json.RawMessage `json:"crs"`
		} `json:"columns"`
	}
	if err := json.Unmarshal([]byte(text), &geo); err != nil {
		return name, problem("", "write it anew, with GeoPandas or DuckDB", "its metadata geo is broken (%v)", err)
	}
	if geo.Primary != "" {
		name = geo.Primary // PostGIS and DuckDB name it otherwise.
	}
	column, ok := geo.Columns[name]
	if !ok {
		return name, nil
	}
	if column.Encoding != "WKB" {
		return name, problem(name, `write it with geometry_encoding="WKB"`, "its encoding is %.40q, and must be WKB", column.Encoding)
	}
	if column.CRS == nil {
		return name, nil // WGS 84, longitude first.
	}
	var crs *struct {
		ID struct {
			Authority string `json:"authority"`
			Code      any    `json:"code"`
		} `json:"id"`
		Name string `json:"name"`
	}
	_ = json.Unmarshal(column.CRS, &crs) // Of what cannot be read nothing is known.
	const mend = "write it with to_crs(4326)"
	switch {
	case crs == nil:
		return name, problem(name, "say what it is with set_crs, and "+mend, "its coordinate system is unknown, and must be WGS 84 in degrees")
	case crs.ID.Authority == "OGC" && crs.ID.Code == "CRS84", crs.ID.Authority == "EPSG" && fmt.Sprint(crs.ID.Code) == "4326":
		return name, nil
	}
	return name, problem(name, mend, "its coordinate system is %.80q, and must be WGS 84 in degrees", crs.Name)
}

// read reads all rows of a file.
func (f *Foreign) read(file *parquet.File, c *columns, at io.ReaderAt, size int64, each func([]Row) error) error {
	rows, bytes := make([]Row, 0, 256), 0
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		if err := each(rows); err != nil {
			return passed{err}
		}
		rows, bytes = rows[:0], 0
		return nil
	}
	number := int64(0)
	for n, group := range file.RowGroups() {
		if err := c.open(file, n, group, at, size); err != nil {
			return err
		}
		for range group.NumRows() {
			row, err := f.row(c)
			if err != nil {
				var foreign *ForeignError
				if errors.As(err, &foreign) {
					foreign.Row = number
				}
				return err
			}
			number++
			rows = append(rows, row)
			bytes += row.Size()
			if len(rows) == cap(rows) || bytes >= maxBatch {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	return flush()
}

// row reads and checks a row.
func (f *Foreign) row(c *columns) (row Row, err error) {
	if row.Tile, err = c.tile(); err != nil {
		return row, err
	}
	sum := sha256.Sum256([]byte(row.ID))
	if _, twice := f.seen[[16]byte(sum[:16])]; twice {
		return row, problem("id", "give each row an id of its own", "%q is that of an earlier row, too", row.ID)
	}
	f.seen[[16]byte(sum[:16])] = struct{}{}
	normalized := false
	if row.Embedding, normalized, err = c.vector(f.Model); err != nil {
		return row, err
	}
	f.Rows++
	if normalized {
		f.Normalized++
	}
	return row, nil
}

// columns are those of a file that are read; nil for those that it has not.
type columns struct {
	id, embedding, source, geometry, datetime, gsd, gridCell, nodata, cloudCover, properties *leaf
	bbox, window                                                                             [4]*leaf

	all []*leaf
}

// columnsOf finds the columns of a file, and refuses those of a kind that is not read.
func columnsOf(file *parquet.File, geometry string) (*columns, error) {
	c := &columns{}
	numbers := []parquet.Kind{parquet.Int32, parquet.Int64, parquet.Float, parquet.Double}
	texts := []parquet.Kind{parquet.ByteArray}
	for _, want := range []struct {
		into   **leaf
		path   string
		kinds  []parquet.Kind
		needed bool
		is     string
	}{
		{&c.id, "id", []parquet.Kind{parquet.ByteArray, parquet.FixedLenByteArray}, true, "text"},
		{&c.embedding, "embedding", []parquet.Kind{parquet.Float, parquet.Double, parquet.FixedLenByteArray}, true, "a list of 16, 32 or 64-bit floats"},
		{&c.source, "source", texts, false, "text"},
		{&c.geometry, geometry, texts, false, "WKB"},
		{&c.bbox[0], "bbox.xmin", numbers, false, "a number"},
		{&c.bbox[1], "bbox.ymin", numbers, false, "a number"},
		{&c.bbox[2], "bbox.xmax", numbers, false, "a number"},
		{&c.bbox[3], "bbox.ymax", numbers, false, "a number"},
		{&c.window[0], "pixel_bbox.x", numbers, false, "a number"},
		{&c.window[1], "pixel_bbox.y", numbers, false, "a number"},
		{&c.window[2], "pixel_bbox.width", numbers, false, "a number"},
		{&c.window[3], "pixel_bbox.height", numbers, false, "a number"},
		{&c.datetime, "datetime", []parquet.Kind{parquet.Int32, parquet.Int64, parquet.Int96, parquet.ByteArray}, false, "a timestamp, a date or a text as RFC 3339 has it"},
		{&c.gsd, "gsd", numbers, false, "a number"},
		{&c.gridCell, "grid_cell", texts, false, "text"},
		{&c.nodata, "nodata", numbers, false, "a number"},
		{&c.cloudCover, "cloud_cover", numbers, false, "a number"},
		{&c.cloudCover, "eo:cloud_cover", numbers, false, "a number"}, // as STAC names it
		{&c.properties, "properties", texts, false, "a JSON object as text"},
	} {
		if *want.into != nil {
			continue // It has been found under another name.
		}
		l, err := leafOf(file, strings.Split(want.path, ".")...)
		switch {
		case err != nil:
			return nil, problem(want.path, "rename it if it is something else", "%v", err)
		case l == nil && want.needed:
			return nil, problem("", "write one, or rename the one that it has under another name", "it has no column %s, which must be %s", want.path, want.is)
		case l == nil:
			continue
		case !l.isKind(want.kinds...) || l.isDecimal() || want.into == &c.embedding && !l.isFloats() || want.into == &c.id && !l.isText():
			return nil, problem(want.path, "cast it, or rename it if it is something else", "it is %v, and must be %s", l.column.Type(), want.is)
		case (l.column.MaxRepetitionLevel() > 0) != (want.into == &c.embedding):
			return nil, problem(want.path, "rename it if it is something else", "it must be %s", want.is)
		}
		*want.into = l
		c.all = append(c.all, l)
	}
	// A box without all of its sides is none, but a window as a list is refused: our own
	// answers have it so.
	if c.window[0] == nil {
		if l := file.Root().Column("pixel_bbox"); l != nil {
			return nil, problem("pixel_bbox", "write it as a struct, or rename it if it is something else", "it must be a struct of x, y, width and height")
		}
	}
	for _, box := range []*[4]*leaf{&c.bbox, &c.window} {
		if slices.Contains(box[:], nil) {
			c.all = slices.DeleteFunc(c.all, func(l *leaf) bool { return slices.Contains(box[:], l) })
			*box = [4]*leaf{}
		}
	}
	return c, nil
}

// open goes to the beginning of a row group, when its pages have been looked at.
func (c *columns) open(file *parquet.File, n int, group parquet.RowGroup, at io.ReaderAt, size int64) error {
	for _, l := range c.all {
		if err := checkPages(at, size, &file.Metadata().RowGroups[n].Columns[l.column.Index()]); err != nil {
			return problem(strings.Join(l.column.Path(), "."), "write it anew, with pyarrow or DuckDB", "%v", err)
		}
		if err := l.open(group); err != nil {
			return err
		}
	}
	return nil
}

func (c *columns) close() {
	for _, l := range c.all {
		_ = l.close() // It was read.
	}
}

// isDecimal tells a number with a scale of its own, which is not read.
func (l *leaf) isDecimal() bool {
	_, is := l.logical().(*format.DecimalType)
	return is
}

// isFloats tells numbers, those of 16 bits too, and not texts of a fixed length.
func (l *leaf) isFloats() bool {
	return !l.isKind(parquet.FixedLenByteArray) || l.column.Type().Length() == 2
}

// isText tells text, and a UUID, which is as good.
func (l *leaf) isText() bool {
	_, uuid := l.logical().(*format.UUIDType)
	return uuid || !l.isKind(parquet.FixedLenByteArray)
}

// logical is what the file says of the meaning of a column; nil if it says nothing.
func (l *leaf) logical() format.LogicalTypeValue {
	if t := l.column.Type().LogicalType(); t != nil {
		return t.Value
	}
	return nil
}

// vector reads the embedding of a row, and gives it length 1.
func (c *columns) vector(m Metadata) (out []float32, normalized bool, err error) {
	values := make([]float64, 0, m.Dimensions)
	numbers, null := 0, false
	err = c.embedding.row(func(v parquet.Value) error {
		if numbers++; numbers > m.Dimensions {
			return nil
		}
		null = null || v.IsNull()
		if !null {
			values = append(values, floatOf(v))
		}
		return nil
	})
	const column = "embedding"
	largest := 0.0
	switch {
	case err != nil:
		return nil, false, err
	case null && numbers == 1:
		return nil, false, problem(column, mendRow, "it is null or empty; must have %d numbers, as %s gives", m.Dimensions, m.Model)
	case null:
		return nil, false, problem(column, mendRow, "one of its numbers is null; must have %d, as %s gives", m.Dimensions, m.Model)
	case numbers != m.Dimensions:
		return nil, false, problem(column, mendRow+"; if all rows are so, they are of another model", "it has %d numbers; must have %d, as %s gives", numbers, m.Dimensions, m.Model)
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, false, problem(column, mendRow, "number %d is %v; must be finite", i, v)
		}
		largest = max(largest, math.Abs(v))
	}
	if largest == 0 {
		return nil, false, problem(column, mendRow, "all numbers are 0, which is no direction; must have a length above 0")
	}
	square := 0.0
	for i := range values {
		values[i] /= largest // Their squares are numbers, too.
		square += values[i] * values[i]
	}
	length := math.Sqrt(square)
	normalized = math.Abs(length*largest-1) > 1e-6
	if !normalized {
		length = 1 / largest // Those that have it stay as they are.
	}
	out = make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v / length)
	}
	return out, normalized, nil
}

// tile reads all of a row but its embedding.
func (c *columns) tile() (t Tile, err error) {
	// What is read by functions of their own.
	for _, read := range []struct {
		name string
		leaf *leaf
		set  func(parquet.Value) error
	}{
		{"id", c.id, func(v parquet.Value) (err error) { t.ID, err = idOf(c.id, v); return err }},
		{"source", c.source, func(v parquet.Value) (err error) { t.Source, err = textOf(v); return err }},
		{"grid_cell", c.gridCell, optional(textOf, &t.GridCell)},
		{"properties", c.properties, optional(objectOf, &t.Properties)},
		{"gsd", c.gsd, optional(numberOf, &t.GSD)},
		{"cloud_cover", c.cloudCover, optional(numberOf, &t.CloudCover)},
		{"nodata", c.nodata, func(v parquet.Value) (err error) { t.Nodata, err = shareOf(v); return err }},
		{"datetime", c.datetime, optional(func(v parquet.Value) (int64, error) { return c.datetime.milliseconds(v) }, &t.Datetime)},
		{"geometry", c.geometry, t.setGeometry},
	} {
		v, err := read.leaf.value()
		if err != nil {
			return t, err
		}
		if read.leaf == nil || v.IsNull() && read.leaf != c.id {
			continue
		}
		if err := read.set(v); err != nil {
			return t, problem(read.name, mendRow, "%v", err)
		}
	}
	var sides [4]float64
	if there, err := boxOf(c.bbox, &sides); err != nil {
		return t, err
	} else if there {
		if t.BBox, err = bboxOf(sides); err != nil {
			return t, problem("bbox", mendRow, "%v", err)
		}
	}
	if there, err := boxOf(c.window, &sides); err != nil {
		return t, err
	} else if there {
		if t.PixelBBox, err = windowOf(sides); err != nil {
			return t, problem("pixel_bbox", mendRow, "%v", err)
		}
	}
	return t, nil
}

// optional sets what is there.
func optional[T any](of func(parquet.Value) (T, error), into **T) func(parquet.Value) error {
	return func(v parquet.Value) error {
		value, err := of(v)
		*into = &value
		return err
	}
}

// boxOf reads the four numbers of a struct, and tells whether they are there.
func boxOf(leaves [4]*leaf, sides *[4]float64) (there bool, err error) {
	there = leaves[0] != nil
	for i, l := range leaves {
		v, err := l.value()
		if err != nil {
			return false, err
		}
		if there = there && !v.IsNull(); there {
			sides[i] = floatOf(v)
		}
	}
	return there, nil
}

func bboxOf(sides [4]float64) (*BBox, error) {
	b := &BBox{sides[0], sides[1], sides[2], sides[3]}
	if b.XMin > b.XMax { // Over the antimeridian, as GeoJSON has it.
		b.XMax += 360
	}
	if !(b.XMin >= -360 && b.XMax <= 540 && b.YMin >= -90 && b.YMax <= 90 && b.YMin <= b.YMax) {
		return nil, fmt.Errorf("it is %v; must be xmin, ymin, xmax and ymax in degrees, and ymin no larger than ymax", sides)
	}
	return b, nil
}

func windowOf(sides [4]float64) (Window, error) {
	for _, v := range sides {
		if !(v >= 0 && v <= math.MaxInt32) {
			return Window{}, fmt.Errorf("it is %v; must be x, y, width and height in pixels", sides)
		}
	}
	return Window{int32(sides[0]), int32(sides[1]), int32(sides[2]), int32(sides[3])}, nil
}

// setGeometry takes a geometry, and the box around it, which the column bbox replaces if
// there is one.
func (t *Tile) setGeometry(v parquet.Value) (err error) {
	data := v.ByteArray()
	if len(data) > maxGeometry {
		return fmt.Errorf("it has %d bytes; must have at most %d", len(data), maxGeometry)
	}
	if _, t.BBox, err = ParseWKB(data); err == nil && t.BBox != nil {
		t.Geometry = slices.Clone(data)
	}
	return err
}

// idOf reads an id: a text, or a UUID.
func idOf(l *leaf, v parquet.Value) (string, error) {
	if v.IsNull() {
		return "", errors.New("it is null; must be a text")
	}
	if b := v.ByteArray(); l.isKind(parquet.FixedLenByteArray) {
		if len(b) != 16 {
			return "", fmt.Errorf("it has %d bytes, and a UUID has 16", len(b))
		}
		return uuid.UUID(b).String(), nil
	}
	id, err := textOf(v)
	if err == nil && (id == "" || len(id) > maxID || strings.ContainsRune(id, 0)) {
		err = fmt.Errorf("%.40q has %d bytes; must have 1 to %d, and none that is 0", id, len(id), maxID)
	}
	return id, err
}

func textOf(v parquet.Value) (string, error) {
	b := v.ByteArray()
	switch {
	case len(b) > maxText:
		return "", fmt.Errorf("it has %d bytes; must have at most %d", len(b), maxText)
	case !utf8.Valid(b):
		return "", fmt.Errorf("%.40q is not UTF-8", b)
	}
	return string(b), nil
}

// objectOf reads a JSON object.
func objectOf(v parquet.Value) (string, error) {
	text, err := textOf(v)
	var object map[string]any
	if err == nil && json.Unmarshal([]byte(text), &object) != nil {
		err = fmt.Errorf("%.40q is no JSON object", text)
	}
	return text, err
}

func numberOf(v parquet.Value) (float64, error) {
	n := floatOf(v)
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return 0, fmt.Errorf("it is %v; must be finite, or null if it is not known", n)
	}
	return n, nil
}

// shareOf reads a share of a whole.
func shareOf(v parquet.Value) (float64, error) {
	n, err := numberOf(v)
	if err == nil && (n < 0 || n > 1) {
		err = fmt.Errorf("it is %v; must be 0 to 1", n)
	}
	return n, err
}
