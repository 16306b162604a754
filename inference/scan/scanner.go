package scan

// #cgo CFLAGS: -O3
// #include "scan.h"
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

// blockRows are the rows that a processor reads for all queries that are there, less
// than a millisecond of work for one. Then it looks who has come and who has left.
const blockRows = 4096

// Scanner scans tables. They are read in a circle, block after block, as long as there
// are queries. A query that comes gets on at the block that is next, and gets off when
// it has been around. So it never waits, and queries that are there at the same time
// share what is read, which is what takes the time. Its methods may be called at the
// same time.
type Scanner struct {
	tables     []*Table
	starts     []int // number of each table's first row
	rows       int
	dimensions int
	blocks     []block

	mu      sync.Mutex
	next    int // block
	riders  []*rider
	workers int
}

// block is some rows of a table.
type block struct{ table, from, rows int }

// rider is a query on its way around.
type rider struct {
	*query

	products []float32
	begun    int // blocks
	left     int // blocks that are not done
	shared   int // riders of all its blocks
	done     chan struct{}
}

// NewScanner scans tables whose rows are of the same length. They must be open as long
// as it is used.
func NewScanner(tables ...*Table) (*Scanner, error) {
	s := &Scanner{tables: tables}
	for n, t := range tables {
		s.starts = append(s.starts, s.rows)
		s.rows += t.rows
		for from := 0; from < t.rows; from += blockRows {
			s.blocks = append(s.blocks, block{n, from, min(blockRows, t.rows-from)})
		}
		if t.rows == 0 {
			continue // Of no length.
		}
		if s.dimensions == 0 {
			s.dimensions = t.dimensions
		}
		if t.dimensions != s.dimensions {
			return nil, fmt.Errorf("the files of vectors have rows of %d and of %d numbers: make the index anew", s.dimensions, t.dimensions)
		}
	}
	return s, nil
}

// Row returns a row by its number in all tables.
func (s *Scanner) Row(row int) []float32 {
	table, row := s.Place(row)
	return s.tables[table].Row(row)
}

// Place tells which table a row is in, and its number there.
func (s *Scanner) Place(row int) (table, of int) {
	table, found := slices.BinarySearch(s.starts, row)
	if !found {
		table--
	}
	for s.tables[table].rows == 0 { // It begins where the next does.
		table++
	}
	return table, row - s.starts[table]
}

// Scan takes the products of a query with all rows. It uses as many processors as the
// program may.
func (s *Scanner) Scan(ctx context.Context, vector []float32) (*Scanned, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.rows == 0 {
		return &Scanned{scanner: s, query: newQuery(nil, 0)}, nil
	}
	if len(vector) > s.dimensions {
		return nil, fmt.Errorf("the query has %d numbers, the rows have %d", len(vector), s.dimensions)
	}
	r := &rider{query: newQuery(vector, s.dimensions), products: make([]float32, s.rows), left: len(s.blocks), done: make(chan struct{})}
	s.mount(r)
	select {
	case <-r.done:
	case <-ctx.Done():
		s.dismount(r)
		<-r.done // The blocks that are being read for it.
		return nil, ctx.Err()
	}
	return &Scanned{scanner: s, query: r.query, products: r.products, Queries: float64(r.shared) / float64(len(s.blocks))}, nil
}

// mount lets a rider get on, and sees to it that all processors work.
func (s *Scanner) mount(r *rider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.riders = append(s.riders, r)
	for s.workers < min(runtime.GOMAXPROCS(0), len(s.blocks)) {
		s.workers++
		go s.work()
	}
}

// dismount lets a rider get off before it has been around.
func (s *Scanner) dismount(r *rider) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := slices.Index(s.riders, r); n >= 0 {
		s.riders = slices.Delete(s.riders, n, n+1)
		r.drop(len(s.blocks) - r.begun)
	}
}

// drop is called for blocks that are done, or will not be.
func (r *rider) drop(blocks int) {
	if r.left -= blocks; r.left == 0 {
		close(r.done)
	}
}

// work reads blocks until there are no riders.
func (s *Scanner) work() {
	var w worker
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.riders) > 0 {
		b := s.blocks[s.next]
		s.next = (s.next + 1) % len(s.blocks)
		riders := slices.Clone(s.riders)
		for _, r := range riders {
			r.begun++
			r.shared += len(riders)
		}
		s.riders = slices.DeleteFunc(s.riders, func(r *rider) bool { return r.begun == len(s.blocks) })
		s.mu.Unlock()
		w.scan(s.tables[b.table], b, s.starts[b.table]+b.from, riders)
		s.mu.Lock()
		for _, r := range riders {
			r.drop(1)
		}
	}
	s.workers--
}

// worker has what a processor needs beside a block: queries behind each other, and
// their products.
type worker struct {
	coded    []int16
	steps    []float32
	products []float32
}

// scan reads a block, whose first row has a number in all tables, for riders.
func (w *worker) scan(t *Table, b block, first int, riders []*rider) {
	w.coded, w.steps = w.coded[:0], w.steps[:0]
	for _, r := range riders {
		w.coded = append(w.coded, r.coded...)
		w.steps = append(w.steps, r.step)
	}
	w.products = slices.Grow(w.products[:0], len(riders)*b.rows)[:len(riders)*b.rows]
	C.rsclip_scan((*C.int16_t)(unsafe.Pointer(&w.coded[0])), C.int(len(riders)), (*C.int8_t)(unsafe.Pointer(&t.data[t.layout.codes+b.from*t.dimensions])),
		(*C.float)(unsafe.Pointer(&t.headers()[2*b.from])), C.int(b.rows), C.int(t.dimensions), (*C.float)(unsafe.Pointer(&w.steps[0])), (*C.float)(unsafe.Pointer(&w.products[0])))
	for n, r := range riders {
		copy(r.products[first:], w.products[n*b.rows:][:b.rows])
	}
}
