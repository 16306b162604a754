package scan

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// stopped returns a scanner of some blocks that reads nothing by itself.
func stopped(t *testing.T) *Scanner {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	rows := make([][]float32, 2*blockRows+5)
	for i := range rows {
		rows[i] = make([]float32, 8)
		for j := range rows[i] {
			rows[i][j] = float32(random.NormFloat64())
		}
	}
	path := filepath.Join(t.TempDir(), "vectors")
	if err := Write(path, rows); err != nil {
		t.Fatal(err)
	}
	table, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = table.Close() })
	s, err := NewScanner(table)
	if err != nil {
		t.Fatal(err)
	}
	s.workers = runtime.GOMAXPROCS(0) // As it says, so that none begins.
	return s
}

// scans starts queries, and returns their results when they have got on.
func scans(ctx context.Context, t *testing.T, s *Scanner, n int) chan *Scanned {
	t.Helper()
	s.mu.Lock()
	want := len(s.riders) + n
	s.mu.Unlock()
	out := make(chan *Scanned, n)
	for i := range n {
		go func() {
			scanned, err := s.Scan(ctx, []float32{float32(i), 1, -1})
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			out <- scanned
		}()
	}
	s.waitFor(want)
	return out
}

// waitFor waits for so many riders.
func (s *Scanner) waitFor(want int) {
	for {
		s.mu.Lock()
		n := len(s.riders)
		s.mu.Unlock()
		if n == want {
			return
		}
		runtime.Gosched()
	}
}

// TestQueriesShareReading has nine queries that are there when a block is read.
func TestQueriesShareReading(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	out := scans(t.Context(), t, s, 9)
	s.work()
	for range 9 {
		if scanned := <-out; scanned.Queries != 9 {
			t.Errorf("%v queries have shared the reading, want 9", scanned.Queries)
		}
	}
	if s.next != 0 {
		t.Errorf("%d blocks are read a second time", s.next)
	}
}

// TestQueryThatLeaves waits for nothing that is not read yet, and those beside it get
// their results.
func TestQueryThatLeaves(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	ctx, leave := context.WithCancel(t.Context())
	left := scans(ctx, t, s, 2)
	stay := scans(t.Context(), t, s, 1)
	leave()
	for range 2 {
		if scanned := <-left; scanned != nil {
			t.Error("a query that has left has a result")
		}
	}
	s.waitFor(1)
	s.work()
	if scanned := <-stay; scanned.Queries != 1 {
		t.Errorf("%v queries have shared the reading, want 1", scanned.Queries)
	}
}

// TestQueryGetsOnUnderWay begins in the middle, where others are, and has all rows.
func TestQueryGetsOnUnderWay(t *testing.T) {
	t.Parallel()
	s := stopped(t)
	alone := scans(t.Context(), t, s, 1)
	s.work()
	want := (<-alone).products
	s.workers, s.next = runtime.GOMAXPROCS(0), 1
	later := scans(t.Context(), t, s, 1)
	s.work()
	if got := (<-later).products; !slices.Equal(got, want) {
		t.Error("the products differ")
	}
	if s.next != 1 {
		t.Errorf("it has ended before block %d, want 1", s.next)
	}
}
