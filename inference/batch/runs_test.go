package batch_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// TestAFullBatchRunsBesideAnother has items come while a run is under way: those
// that fill a batch begin at once, and fewer wait for its end.
func TestAFullBatchRunsBesideAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 2, Runs: 2})
		answers := []<-chan answer{do(b, t.Context(), 0, 1)}
		<-r.started
		for i, want := range []int{1: 1, 2: 0, 3: 1, 4: 2, 5: 3} {
			if i > 0 {
				answers = append(answers, do(b, t.Context(), i, 1))
				waitForDepth(t, b, want)
			}
		}
		if len(r.started) != 1 {
			t.Fatalf("%d more runs have begun, want the one that was full", len(r.started))
		}
		close(r.release)
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*i {
				t.Errorf("item %d: %+v", i, a)
			}
		}
		b.Close()
		if want := [][]int{{0}, {1, 2}, {3, 4}, {5}}; !slices.EqualFunc(r.batches, want, slices.Equal) {
			t.Errorf("batches %v, want %v", r.batches, want)
		}
	})
}

// TestItemsRunOnceTheRunBesideThemEnds has fewer items than a batch wait behind
// two runs, the longer of which ends last.
func TestItemsRunOnceTheRunBesideThemEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 2, Runs: 2})
		defer b.Close()
		var answers []<-chan answer
		for i, want := range []int{0, 1, 0, 1} {
			answers = append(answers, do(b, t.Context(), i, 1))
			waitForDepth(t, b, want)
		}
		r.release <- struct{}{} // One of two ends, beside whose other half a batch is too small.
		waitForDepth(t, b, 1)
		r.release <- struct{}{}
		waitForDepth(t, b, 0)
		r.release <- struct{}{}
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*i {
				t.Errorf("item %d: %+v", i, a)
			}
		}
	})
}

// TestCloseWaitsForEveryRun closes a batcher with two runs under way and one item
// behind them.
func TestCloseWaitsForEveryRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 1, Runs: 2})
		answers := []<-chan answer{do(b, t.Context(), 0, 1), do(b, t.Context(), 1, 1), do(b, t.Context(), 2, 1)}
		waitForDepth(t, b, 1)
		closed := make(chan struct{})
		go func() { b.Close(); close(closed) }()
		for range answers {
			synctest.Wait()
			select {
			case <-closed:
				t.Fatal("it is closed before its runs have ended")
			default:
			}
			r.release <- struct{}{}
		}
		<-closed
		for i, c := range answers {
			if a := <-c; a.err != nil {
				t.Errorf("item %d: %+v", i, a)
			}
		}
	})
}

func TestTakeBeside(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options batch.Options
		want    []int // of 1, 2, 3... items that wait
	}{
		{batch.Options{MaxBatch: 8, Usual: 4, Runs: 2}, []int{1, 2, 3, 4, 4, 4, 4, 4, 4, 5}},
		{batch.Options{MaxBatch: 8, Runs: 2, Beside: 4}, []int{1, 2, 2, 2, 2, 3, 3, 4, 4, 4}},
		{batch.Options{MaxBatch: 8, Runs: 4, Beside: 1}, []int{1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		for i, want := range c.want {
			if got := c.options.TakeBeside(i + 1); got != want {
				t.Errorf("%+v takes %d of %d, want %d", c.options, got, i+1, want)
			}
		}
	}
}

// TestACrowdRunsBesideEachOther has items wait behind a run of many: only as many as
// make a crowd begin beside it, by few at a time, and go on so until too few wait.
func TestACrowdRunsBesideEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 8, Usual: 4, Runs: 3, Crowd: 6, Beside: 3})
		var answers []<-chan answer
		add := func(depth int) {
			t.Helper()
			answers = append(answers, do(b, t.Context(), len(answers), 1))
			waitForDepth(t, b, depth)
		}
		end := func(depth int) {
			t.Helper()
			r.release <- struct{}{}
			waitForDepth(t, b, depth)
		}
		add(0) // An idle runner waits for no other.
		for depth := 1; depth <= 5; depth++ {
			add(depth)
		}
		add(2) // Two more runs, of two each.
		add(3)
		end(1) // The crowd goes on, by fewer.
		end(1) // One is too few, and it is over.
		add(2)
		end(2)
		end(0)
		add(1)
		end(0)
		end(0)
		b.Close()
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*i {
				t.Errorf("item %d: %+v", i, a)
			}
		}
		slices.SortFunc(r.batches, slices.Compare) // Those that begin at once note it in any order.
		if want := [][]int{{0}, {1, 2}, {3, 4}, {5, 6}, {7, 8}, {9}}; !slices.EqualFunc(r.batches, want, slices.Equal) {
			t.Errorf("batches %v, want %v", r.batches, want)
		}
	})
}

// TestClosingRunsBesideEachOther closes a batcher with fewer items than a crowd behind
// a run: those that begin beside it have no more than such runs may.
func TestClosingRunsBesideEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 8, Runs: 2, Crowd: 4, Beside: 2})
		answers := []<-chan answer{do(b, t.Context(), 0, 1)}
		waitForDepth(t, b, 0)
		for i := 1; i <= 3; i++ {
			answers = append(answers, do(b, t.Context(), i, 1))
			waitForDepth(t, b, i)
		}
		go b.Close()
		synctest.Wait()
		close(r.release)
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*i {
				t.Errorf("item %d: %+v", i, a)
			}
		}
		for _, batch := range r.batches[1:] {
			if len(batch) > 2 {
				t.Errorf("batches %v: a run beside another has more than 2 items", r.batches)
			}
		}
	})
}
