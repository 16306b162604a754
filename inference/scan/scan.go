// Package scan finds the rows of tables of vectors that are nearest to a query,
// exactly. It reads the tables whole once, as codes of 8 bits, and then the few rows
// that may be among the nearest, as float32. How far a code is from its row is known,
// so that no row can be missed. Queries at the same time share the reading.
package scan

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/seed-74198975/rsclip/internal/regular"
	"github.com/seed-74198975/rsclip/internal/wholefile"
)

// The file: a header, then for each row its scale and its error as float32, then the
// codes of all rows, then all rows as float32, all little-endian.
const (
	magic      = "rsclip-scan-1\n\x00\x00"
	headerSize = 64 // magic, rows and dimensions, filled with zeros
	rowHeader  = 8
	align      = 64
)

// Write writes vectors of one length, which is a multiple of 8 or is filled up with
// zeros, as a file that [Open] maps.
func Write(path string, vectors [][]float32) error {
	return wholefile.Write(path, func(to io.Writer) error { return encode(to, vectors) })
}

// Check tells whether a file is what Write writes of the same vectors: nil if it is.
func Check(path string, vectors [][]float32) error {
	file, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	same := &comparer{there: bufio.NewReaderSize(file, 1<<20)}
	err = encode(same, vectors)
	if err == nil {
		err = same.end()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// comparer takes what should be there.
type comparer struct {
	there *bufio.Reader
	have  []byte
	at    int
}

func (c *comparer) Write(want []byte) (int, error) {
	c.have = slices.Grow(c.have[:0], len(want))[:len(want)]
	_, err := io.ReadFull(c.there, c.have)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return 0, errors.New("it is cut off")
	case err != nil:
		return 0, err
	case !bytes.Equal(c.have, want):
		n := 0
		for c.have[n] == want[n] {
			n++
		}
		return n, fmt.Errorf("it is damaged: its byte %d is not what the table says", c.at+n)
	}
	c.at += len(want)
	return len(want), nil
}

// end is called when all has been written.
func (c *comparer) end() error {
	if _, err := c.there.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("it has more than the table"), err)
	}
	return nil
}

// encode writes a file. Its bytes are the same on all machines.
func encode(to io.Writer, vectors [][]float32) error {
	dimensions := 0
	if len(vectors) > 0 {
		dimensions = (len(vectors[0]) + 7) / 8 * 8
	}
	l := layoutOf(len(vectors), dimensions)
	out := make([]byte, l.rows) // All but the rows as they are.
	copy(out, magic)
	binary.LittleEndian.PutUint64(out[16:], uint64(len(vectors)))
	binary.LittleEndian.PutUint64(out[24:], uint64(dimensions)) //nolint:gosec // Not negative.
	for i, v := range vectors {
		scale, failing := code(out[l.codes+i*dimensions:][:dimensions], v)
		binary.LittleEndian.PutUint32(out[headerSize+rowHeader*i:], math.Float32bits(scale))
		binary.LittleEndian.PutUint32(out[headerSize+rowHeader*i+4:], math.Float32bits(failing))
	}
	if _, err := to.Write(out); err != nil {
		return err
	}
	row := make([]byte, 4*dimensions)
	for _, v := range vectors {
		clear(row)
		for j, x := range v {
			binary.LittleEndian.PutUint32(row[4*j:], math.Float32bits(x))
		}
		if _, err := to.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// layout is where the parts of a file begin.
type layout struct{ codes, rows, end int }

func layoutOf(rows, dimensions int) layout {
	up := func(n int) int { return (n + align - 1) / align * align }
	codes := up(headerSize + rowHeader*rows)
	floats := up(codes + rows*dimensions)
	return layout{codes, floats, floats + 4*rows*dimensions}
}

// code writes a vector as integers of 8 bits, and returns what a step of them is, and
// the length of what they leave out.
func code(out []byte, v []float32) (scale, failing float32) {
	largest := float32(0)
	for _, x := range v {
		largest = max(largest, x, -x)
	}
	if largest == 0 {
		return 0, 0
	}
	scale = largest / 127
	var square float64
	for j, x := range v {
		n := math.RoundToEven(float64(x / scale))
		n = min(max(n, -127), 127)
		out[j] = byte(int8(n))                      //nolint:gosec // The bits of a signed one.
		d := float64(x) - float64(float64(scale)*n) // Rounded in between, as not all machines do of their own.
		square += float64(d * d)
	}
	// A little more, for what float32 rounds away.
	return scale, float32(float64(math.Sqrt(square)*1.0001) + 1e-7)
}

// Table is an open file. Its methods may be called at the same time.
type Table struct {
	rows, dimensions int
	data             []byte // mapped
	layout           layout
}

// Open maps a file. Nothing of it is read before it is needed.
func Open(path string) (*Table, error) {
	data, err := regular.Map(path, headerSize)
	if err != nil {
		return nil, err
	}
	broken := func(why string) error { return fmt.Errorf("opening %s: %s", path, why) }
	if data == nil {
		return nil, broken("it is cut off")
	}
	t := &Table{data: data}
	rows, dimensions := binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
	const most = 1 << 31
	if string(data[:len(magic)]) != magic || rows > most || dimensions > 1<<16 {
		err = broken("it is no file of vectors")
	} else if t.rows, t.dimensions = int(rows), int(dimensions); layoutOf(t.rows, t.dimensions).end != len(data) { //nolint:gosec // Bounded.
		err = broken(fmt.Sprintf("it has %d bytes, and %d rows of %d numbers need %d", len(data), rows, dimensions, layoutOf(t.rows, t.dimensions).end))
	}
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(data))
	}
	t.layout = layoutOf(t.rows, t.dimensions)
	return t, nil
}

// Close unmaps the file, which must not be used any more.
func (t *Table) Close() error { return unix.Munmap(t.data) }

// Size is that of the file, in bytes.
func (t *Table) Size() int { return len(t.data) }

// Len is the number of rows.
func (t *Table) Len() int { return t.rows }

// Dimensions is the length of a row, filled up to a multiple of 8.
func (t *Table) Dimensions() int { return t.dimensions }

// Row is a row as it was written, filled up with zeros. It must not be changed, and
// ends with the table.
func (t *Table) Row(i int) []float32 {
	at := t.layout.rows + 4*i*t.dimensions
	return unsafe.Slice((*float32)(unsafe.Pointer(&t.data[at])), t.dimensions) //nolint:gosec // All files are of the length that their header says.
}

// headers are the scale of each row's codes, and how far they are from the row.
func (t *Table) headers() []float32 {
	if t.rows == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&t.data[headerSize])), 2*t.rows) //nolint:gosec // The same.
}
