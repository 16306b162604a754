package geotiff

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
)

// Bounds of what a directory may claim, since its entries may all point at the
// same bytes of a small file.
const (
	maxDirectories = 256     // in the chain
	maxEntries     = 4096    // of a directory
	maxPieces      = 1 << 24 // strips or tiles
	maxValueBytes  = 1 << 20 // of a tag that is read whole
)

// file is the bytes of a TIFF and how its numbers are written.
type file struct {
	r     io.ReaderAt
	size  int64
	order binary.ByteOrder
	big   bool // BigTIFF
}

// read returns bytes of the file, or says that it ends before them.
func (f *file) read(at, n uint64) ([]byte, error) {
	return f.readTo(func(n int) []byte { return make([]byte, n) }, at, n)
}

// readTo does so into room that is asked for if the file has them.
func (f *file) readTo(room func(n int) []byte, at, n uint64) ([]byte, error) {
	if n > uint64(f.size) || at > uint64(f.size)-n { //nolint:gosec // A file's size is not negative.
		return nil, corrupt("the file ends before byte %d", at+n)
	}
	out := room(int(n))                                                                                      //nolint:gosec // Below the size.
	if got, err := f.r.ReadAt(out, int64(at)); err != nil && (!errors.Is(err, io.EOF) || uint64(got) != n) { //nolint:gosec // Below the size.
		return nil, err
	}
	return out, nil
}

// field is an entry of a directory whose values have not been read.
type field struct {
	kind  uint16
	count uint64
	at    uint64 // where the values are in the file
	here  []byte // the values, if they fit into the entry
}

// typeSizes are the bytes of an element of each field type, 0 for unknown.
var typeSizes = [...]uint64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// Field types whose values are not unsigned integers.
const (
	typeASCII    = 2
	typeRational = 5
	typeSByte    = 6
	typeSShort   = 8
	typeSLong    = 9
	typeFloat    = 11
	typeDouble   = 12
)

// directory is one picture's entries, by tag.
type directory struct {
	*file
	fields map[uint16]field
}

// openFile reads the header, and returns where the first directory is.
func openFile(r io.ReaderAt, size int64) (*file, uint64, error) {
	f := &file{r: r, size: size, order: binary.LittleEndian}
	head, err := f.read(0, 8)
	if err != nil {
		return nil, 0, err
	}
	if head[0] == 'M' {
		f.order = binary.BigEndian
	}
	switch version := f.order.Uint16(head[2:]); {
	case string(head[:2]) != "II" && string(head[:2]) != "MM":
		return nil, 0, corrupt("it is no TIFF, which begins with II or MM, but begins with %q", head[:2])
	case version == 42:
		return f, uint64(f.order.Uint32(head[4:])), nil
	case version != 43:
		return nil, 0, corrupt("its version is %d, a TIFF's 42 or 43", version)
	}
	f.big = true
	at, err := f.read(8, 8)
	if err != nil {
		return nil, 0, err
	}
	return f, f.order.Uint64(at), nil
}

// readDirectory reads the entries of the directory at a place, and returns where
// the next one is, 0 after the last.
func (f *file) readDirectory(at uint64) (*directory, uint64, error) {
	countSize, entrySize, valueSize := uint64(2), uint64(12), uint64(4)
	if f.big {
		countSize, entrySize, valueSize = 8, 20, 8
	}
	head, err := f.read(at, countSize)
	if err != nil {
		return nil, 0, err
	}
	count := uint64(f.order.Uint16(head))
	if f.big {
		count = f.order.Uint64(head)
	}
	if count > maxEntries {
		return nil, 0, corrupt("a directory claims %d entries, the limit is %d", count, maxEntries)
	}
	entries, err := f.read(at+countSize, count*entrySize)
	if err != nil {
		return nil, 0, err
	}
	// A file may end after its last directory, without saying that it is the last.
	next := uint64(0)
	if tail, err := f.read(at+countSize+count*entrySize, valueSize); err == nil {
		next = f.word(tail)
	}
	d := &directory{file: f, fields: make(map[uint16]field, count)}
	for ; len(entries) > 0; entries = entries[entrySize:] {
		tag := f.order.Uint16(entries)
		if _, twice := d.fields[tag]; twice { // The first of equal tags counts.
			continue
		}
		e := field{kind: f.order.Uint16(entries[2:]), count: f.word(entries[4:])}
		if int(e.kind) >= len(typeSizes) || typeSizes[e.kind] == 0 {
			continue // TIFF 6.0 wants fields of types that a reader does not know skipped.
		}
		value := entries[entrySize-valueSize : entrySize]
		if e.count <= valueSize/typeSizes[e.kind] {
			e.here = value[:e.count*typeSizes[e.kind]]
		} else {
			e.at = f.word(value)
		}
		d.fields[tag] = e
	}
	return d, next, nil
}

// word reads a count or an offset, which BigTIFF has in 8 bytes.
func (f *file) word(b []byte) uint64 {
	if f.big {
		return f.order.Uint64(b)
	}
	return uint64(f.order.Uint32(b))
}

// bytes reads count values of a tag, from the given one on.
func (d *directory) bytes(tag uint16, from, count uint64) ([]byte, uint16, error) {
	e := d.fields[tag]
	size := typeSizes[e.kind]
	if from > e.count || count > e.count-from {
		return nil, 0, corrupt("tag %d has %d values and needs %d", tag, e.count, from+count)
	}
	if e.here != nil {
		return e.here[from*size : (from+count)*size], e.kind, nil
	}
	if count*size > maxValueBytes {
		return nil, 0, corrupt("tag %d claims %d values, more than %d bytes", tag, count, maxValueBytes)
	}
	b, err := d.read(e.at+from*size, count*size)
	return b, e.kind, err
}

// uints reads unsigned integers of a tag; a missing tag has none.
func (d *directory) uints(tag uint16, from, count uint64) ([]uint64, error) {
	b, kind, err := d.bytes(tag, from, count)
	if err != nil || len(b) == 0 {
		return nil, err
	}
	out := make([]uint64, count)
	for i := range out {
		switch p := b[uint64(i)*typeSizes[kind]:]; typeSizes[kind] { //nolint:gosec // An index.
		case 1:
			out[i] = uint64(p[0])
		case 2:
			out[i] = uint64(d.order.Uint16(p))
		case 4:
			out[i] = uint64(d.order.Uint32(p))
		default:
			out[i] = d.order.Uint64(p)
		}
	}
	return out, nil
}

// all reads all unsigned integers of a tag.
func (d *directory) all(tag uint16) ([]uint64, error) {
	count := d.fields[tag].count
	if count > maxValues {
		return nil, corrupt("tag %d claims %d values, the limit is %d", tag, count, maxValues)
	}
	return d.uints(tag, 0, count)
}

// one reads the first unsigned integer of a tag, up to 2^31-1, or returns what it
// is if it is missing.
func (d *directory) one(tag uint16, missing int) (int, error) {
	if d.fields[tag].count == 0 {
		return missing, nil
	}
	v, err := d.uints(tag, 0, 1)
	if err != nil {
		return 0, err
	}
	if v[0] > math.MaxInt32 {
		if tag == tagRowsPerStrip { // Its default is written as the largest number.
			return math.MaxInt32, nil
		}
		return 0, corrupt("tag %d is %d", tag, v[0])
	}
	return int(v[0]), nil //nolint:gosec // Bounded.
}

// floats reads all numbers of a tag, which may be of any type.
func (d *directory) floats(tag uint16) ([]float64, error) {
	b, kind, err := d.bytes(tag, 0, d.fields[tag].count)
	if err != nil {
		return nil, err
	}
	var out []float64
	for ; len(b) > 0; b = b[typeSizes[kind]:] {
		switch kind {
		case typeFloat:
			out = append(out, float64(math.Float32frombits(d.order.Uint32(b))))
		case typeDouble:
			out = append(out, math.Float64frombits(d.order.Uint64(b)))
		case typeSByte:
			out = append(out, float64(int8(b[0]))) //nolint:gosec // A signed type.
		case typeSShort:
			out = append(out, float64(int16(d.order.Uint16(b)))) //nolint:gosec // A signed type.
		case typeSLong:
			out = append(out, float64(int32(d.order.Uint32(b)))) //nolint:gosec // A signed type.
		default:
			return nil, corrupt("tag %d has numbers of type %d", tag, kind)
		}
	}
	return out, nil
}

// text reads a tag of characters, without the zero at its end.
func (d *directory) text(tag uint16) (string, error) {
	b, kind, err := d.bytes(tag, 0, d.fields[tag].count)
	if err != nil || kind != typeASCII {
		return "", err
	}
	s, _, _ := strings.Cut(string(b), "\x00")
	return strings.TrimSpace(s), nil
}
