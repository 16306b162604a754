// Package scan finds the rows of a table of vectors that are nearest to a query,
// exactly. It reads the whole table once, as codes of 8 bits, and then the few rows
// that may be among the nearest, as float32. How far a code is from its row is known,
// so that no row can be missed.
package scan

// #cgo CFLAGS: -O3
// #include "scan.h"
import "C"

import (
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

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

// blockRows are scanned between two looks at the context, some milliseconds of work.
const blockRows = 4096

// Write writes vectors of one length, which is a multiple of 8 or is filled up with
// zeros, as a file that [Open] maps.
func Write(path string, vectors [][]float32) error {
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
	return wholefile.Write(path, func(to io.Writer) error {
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
	})
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
		out[j] = byte(int8(n))
		d := float64(x) - float64(scale)*n
		square += d * d
	}
	// A little more, for what float32 rounds away.
	return scale, float32(math.Sqrt(square)*1.0001 + 1e-7)
}

// Table is an open file. Its methods may be called at the same time.
type Table struct {
	rows, dimensions int
	data             []byte // mapped
	layout           layout
}

// Open maps a file. Nothing of it is read before it is needed.
func Open(path string) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	broken := func(why string) error { return fmt.Errorf("opening %s: %s", path, why) }
	if stat.Size() < headerSize {
		return nil, broken("it is cut off")
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(stat.Size()), unix.PROT_READ, unix.MAP_SHARED) //nolint:gosec // A descriptor.
	if err != nil {
		return nil, fmt.Errorf("opening %s: mapping it: %w", path, err)
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

// Len is the number of rows.
func (t *Table) Len() int { return t.rows }

// Dimensions is the length of a row, filled up to a multiple of 8.
func (t *Table) Dimensions() int { return t.dimensions }

// Row is a row as it was written, filled up with zeros. It must not be changed, and
// ends with the table.
func (t *Table) Row(i int) []float32 {
	at := t.layout.rows + 4*i*t.dimensions
	return unsafe.Slice((*float32)(unsafe.Pointer(&t.data[at])), t.dimensions)
}

// Hit is a row and its product with the query.
type Hit struct {
	Row     int
	Product float64
}

// Search returns the k rows with the largest product with a query, the largest first,
// of those that allowed says, or of all if it is nil. Rows of equal products are in
// their order. It uses as many processors as the program may.
func (t *Table) Search(ctx context.Context, query []float32, k int, allowed func(row int) bool) ([]Hit, error) {
	if len(query) > t.dimensions {
		return nil, fmt.Errorf("the query has %d numbers, the rows have %d", len(query), t.dimensions)
	}
	if k < 1 || t.rows == 0 {
		return nil, nil
	}
	q := make([]float32, t.dimensions)
	copy(q, query)
	coded, step, failing, length := codeQuery(q)
	// What a code's product may lack: |q·r - q'·r'| <= |q| |r - r'| + |q - q'| |r'|.
	products, errs := make([]float32, t.rows), t.errors()
	blocks := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (t.rows+blockRows-1)/blockRows) {
		workers.Go(func() {
			for from := range blocks {
				n := min(blockRows, t.rows-from)
				C.rsclip_scan((*C.int16_t)(unsafe.Pointer(&coded[0])), (*C.int8_t)(unsafe.Pointer(&t.data[t.layout.codes+from*t.dimensions])),
					(*C.float)(unsafe.Pointer(&t.data[headerSize+rowHeader*from])), C.int(n), C.int(t.dimensions), C.float(step), (*C.float)(unsafe.Pointer(&products[from])))
			}
		})
	}
	var err error
	for from := 0; from < t.rows && err == nil; from += blockRows {
		select {
		case blocks <- from:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	close(blocks)
	workers.Wait()
	if err != nil {
		return nil, err
	}
	return t.nearest(ctx, q, k, allowed, products, func(row int) float64 {
		return length*float64(errs(row)) + failing*(1+float64(errs(row)))
	})
}

// errors returns how far codes are from their rows.
func (t *Table) errors() func(row int) float32 {
	return func(row int) float32 {
		return math.Float32frombits(binary.LittleEndian.Uint32(t.data[headerSize+rowHeader*row+4:]))
	}
}

// nearest finds the k rows with the largest products exactly: those of which the
// codes' product, and what it may lack, reach the k-th largest that is certain.
func (t *Table) nearest(ctx context.Context, q []float32, k int, allowed func(int) bool, products []float32, lacks func(int) float64) ([]Hit, error) {
	// The k-th largest of the least that the products can be.
	var least smallest
	for row, p := range products {
		if row%(1<<16) == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if allowed != nil && !allowed(row) {
			products[row] = float32(math.Inf(-1))
			continue
		}
		if v := float64(p) - lacks(row); least.Len() < k {
			heap.Push(&least, v)
		} else if v > least[0] {
			least[0] = v
			heap.Fix(&least, 0)
		}
	}
	if least.Len() == 0 {
		return nil, nil
	}
	bound := least[0]
	if least.Len() < k {
		bound = math.Inf(-1)
	}
	var hits []Hit
	for row, p := range products {
		if math.IsInf(float64(p), -1) || float64(p)+lacks(row) < bound {
			continue
		}
		if len(hits)%(1<<12) == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		hits = append(hits, Hit{row, product(q, t.Row(row))})
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		switch {
		case a.Product > b.Product:
			return -1
		case a.Product < b.Product:
			return 1
		}
		return a.Row - b.Row
	})
	return hits[:min(k, len(hits))], nil
}

// product is that of two vectors, in float64.
func product(a, b []float32) (sum float64) {
	for i, x := range a {
		sum += float64(x) * float64(b[i])
	}
	return sum
}

// codeQuery writes a query as integers of 16 bits small enough that the sums of
// products fit into 32, and returns what a step of them is, the length of what they
// leave out, and the query's own.
func codeQuery(q []float32) (coded []int16, step float32, failing, length float64) {
	var largest, square float64
	for _, x := range q {
		largest = max(largest, math.Abs(float64(x)))
		square += float64(x) * float64(x)
	}
	length = math.Sqrt(square)
	coded = make([]int16, len(q))
	if largest == 0 {
		return coded, 0, 0, 0
	}
	// |sum| <= sqrt(n) * |coded| * 127: with largest 16383 and a length of at most
	// sqrt(n) times that it could be too much, so the length bounds the steps.
	most := min(16383, math.MaxInt32/(127*math.Sqrt(float64(len(q)))*length/largest)/1.01)
	step = float32(largest / most)
	square = 0
	for i, x := range q {
		n := math.RoundToEven(float64(x) / float64(step))
		coded[i] = int16(n)
		d := float64(x) - float64(step)*n
		square += d * d
	}
	// Also for what float32 rounds away of a product.
	return coded, step, math.Sqrt(square)*1.0001 + 1e-6*length, length
}

// smallest is a heap with the smallest number first.
type smallest []float64

func (s smallest) Len() int           { return len(s) }
func (s smallest) Less(i, j int) bool { return s[i] < s[j] }
func (s smallest) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *smallest) Push(v any)        { *s = append(*s, v.(float64)) }
func (s *smallest) Pop() any {
	last := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return last
}
