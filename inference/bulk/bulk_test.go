package bulk_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/seed-74198975/rsclip/inference/bulk"
	"github.com/seed-74198975/rsclip/internal/leakcheck"
)

func TestMain(m *testing.M) { leakcheck.Main(m, nil) }

func numbers(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestOrder has the first item end last, and wants the results in order all the same.
func TestOrder(t *testing.T) {
	t.Parallel()
	const width = 5
	var running, most atomic.Int32
	last := make(chan struct{})
	got := slices.Collect(bulk.Map(context.Background(), slices.Values(numbers(100)), width, func(_ context.Context, n int) int {
		now := running.Add(1)
		defer running.Add(-1)
		for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
		}
		switch n {
		case 0:
			<-last
		case width - 1:
			close(last)
		}
		return 2 * n
	}))
	for i, v := range got {
		if v != 2*i {
			t.Fatalf("result %d is %d", i, v)
		}
	}
	if len(got) != 100 || most.Load() > width {
		t.Errorf("%d results, at most %d at a time; want 100, and %d", len(got), most.Load(), width)
	}
}

// TestEnds stops in the middle, by the caller and by the context.
func TestEnds(t *testing.T) {
	t.Parallel()
	wait := func(ctx context.Context, n int) int {
		if n >= 3 {
			<-ctx.Done()
		}
		return n
	}
	var got []int
	for n := range bulk.Map(context.Background(), slices.Values(numbers(50)), 4, wait) {
		if got = append(got, n); n == 2 {
			break
		}
	}
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for n := range bulk.Map(ctx, slices.Values(numbers(50)), 4, wait) {
		if n == 2 {
			cancel()
		}
	}
}
