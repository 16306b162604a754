package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// How an engine is filled: as `rsclip index --to` does it.
const (
	batchRows = 100
	batches   = 4
)

// withBoth opens an index and an engine for a function.
func withBoth(folder, address string, do func(x *search.Index, remote search.Remote, dimensions int) error) (err error) {
	x, err := search.Open(folder, modelHash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	remote, err := engine.Place{Address: address}.Open(modelHash)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remote.Close()) }()
	dimensions, err := dimensionsOf(folder)
	if err != nil {
		return err
	}
	return do(x, remote, dimensions)
}

// fillEngine gives an engine the tiles of the index. It begins anew each time.
func fillEngine(x *search.Index, to search.Remote, dimensions int) error {
	ctx := context.Background()
	if err := to.Prepare(ctx, table.Metadata{Model: modelHash, ModelSHA256: modelHash, Dimensions: dimensions}); err != nil {
		return err
	}
	v := newVectors(dimensions) // As those of the index were made.
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(batches)
	start, last := time.Now(), time.Now()
	for from := 0; from < x.Len() && ctx.Err() == nil; from += batchRows {
		var rows []search.Kept
		for row := from; row < min(x.Len(), from+batchRows); row++ {
			rows = append(rows, search.Kept{Row: table.Row{Tile: tileOf(row), Embedding: v.row(spread)}, Digest: modelHash})
		}
		group.Go(func() error { return to.Put(ctx, rows) })
		if time.Since(last) > 10*time.Second {
			last = time.Now()
			_, _ = fmt.Fprintf(os.Stderr, "search: %d tiles, %.0f a second\n", from, float64(from)/time.Since(start).Seconds())
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := to.Finish(context.Background()); err != nil {
		return err
	}
	fmt.Printf("%d tiles were sent, %.0f a second\n", x.Len(), float64(x.Len())/time.Since(start).Seconds())
	return nil
}

// measureEngine searches an engine and the index in turns.
func measureEngine(x *search.Index, remote search.Remote, dimensions, queries int) error {
	v := newVectors(dimensions)
	fmt.Println("| hits | narrowed to | engine, P50 and P95 ms | index, P50 and P95 ms | recall of the engine |\n|---|---|---|---|---|")
	for _, top := range []int{10, 100} {
		for _, share := range []int{1, 100} {
			var seconds [2][]float64
			found, wanted := 0, 0
			for n := range warm + queries {
				q := queryOf(v.row(0.6))
				q.TopK = top
				if share > 1 {
					from := v.random.IntN(x.Len() * (share - 1) / share)
					moment := func(row int) string { return time.Unix(int64(row), 0).UTC().Format(time.RFC3339) }
					q.Filter.Datetime = moment(from) + "/" + moment(from+x.Len()/share-1)
				}
				var rows [2][]int
				for i, e := range []search.Engine{remote, x} {
					start := time.Now()
					hits, _, err := e.Search(context.Background(), q)
					if err != nil {
						return err
					}
					rows[i] = rowsOf(hits)
					if n >= warm {
						seconds[i] = append(seconds[i], time.Since(start).Seconds())
					}
				}
				for _, row := range rows[1] {
					wanted++
					if slices.Contains(rows[0], row) {
						found++
					}
				}
			}
			fmt.Printf("| %d | 1 in %d | %.0f, %.0f | %.0f, %.0f | %.4f |\n", top, share,
				1e3*median(seconds[0]), 1e3*quantile(seconds[0], 0.95), 1e3*median(seconds[1]), 1e3*quantile(seconds[1], 0.95), float64(found)/float64(wanted))
		}
	}
	return nil
}

// quantile returns the value that a share of the values is at most.
func quantile(values []float64, share float64) float64 {
	slices.Sort(values)
	return values[int(math.Ceil(share*float64(len(values))))-1]
}
