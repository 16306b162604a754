// Package bulk does something with many items, several at a time, and gives the
// results in the order of the items.
package bulk

import (
	"context"
	"iter"
	"sync"
)

// Map calls do with each item, at most width of them at a time, and yields the
// results in the items' order. Items are taken one after another, and no more than
// width before a result is asked for, so that what is under way is bounded. It ends
// early once ctx does, with what has been asked for; do ends soon after.
func Map[T, R any](ctx context.Context, items iter.Seq[T], width int, do func(context.Context, T) R) iter.Seq[R] {
	return func(yield func(R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var working sync.WaitGroup
		defer working.Wait()
		defer cancel()
		results := make(chan chan R, width-1) // One more is waited for.
		working.Go(func() {
			defer close(results)
			for item := range items {
				result := make(chan R, 1)
				select {
				case results <- result:
				case <-ctx.Done():
					return
				}
				working.Go(func() { result <- do(ctx, item) })
			}
		})
		for result := range results {
			select {
			case r := <-result:
				if !yield(r) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}
