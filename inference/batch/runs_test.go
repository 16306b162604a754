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
