package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// engineFlags adds the flags that say which search engine is filled or asked.
func engineFlags(flags *flag.FlagSet, name, what, fallback string) *engine.Place {
	p := &engine.Place{Key: os.Getenv(contract.SearchKeyEnv)}
	flags.StringVar(&p.Address, name, fallback, what)
	flags.StringVar(&p.Collection, contract.CollectionFlag, os.Getenv(contract.SearchCollectionEnv), "`name` of the engine's collection or table (environment: "+contract.SearchCollectionEnv+"; default rsclip_ and the beginning of the model's hash)")
	return p
}

// fill sends the tables of an index to a search engine.
func fill(ctx context.Context, from string, to engine.Place, stdout, stderr io.Writer) error {
	paths, err := search.Tables(from)
	if err != nil {
		return err
	}
	m, err := table.ReadMetadata(paths[0])
	if err != nil {
		return err
	}
	return fillWith(from, m, to, stdout, stderr, func(e search.Remote, progress func(search.Filled)) (search.Filled, error) {
		return search.Fill(ctx, e, paths, progress)
	})
}

// fillWith opens an engine for tiles of a model, and has it filled.
func fillWith(from string, m table.Metadata, to engine.Place, stdout, stderr io.Writer, send func(search.Remote, func(search.Filled)) (search.Filled, error)) error {
	e, err := to.Open(m.ModelSHA256)
	if err != nil {
		return err
	}
	const every = 2 * time.Second
	start, last := time.Now(), time.Now()
	done, err := send(e, func(f search.Filled) {
		if now := time.Now(); now.Sub(last) >= every {
			last = now
			_, _ = fmt.Fprintf(stderr, "index: sent %d tiles, %.1f a second, %d of them new\n", f.Tiles, float64(f.Tiles)/now.Sub(start).Seconds(), f.New)
		}
	})
	err = errors.Join(err, e.Close())
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted after %d tiles were sent: the same command goes on", done.Tiles)
	}
	if err != nil {
		return fmt.Errorf("%w; %d tiles were sent, and the same command goes on", err, done.Tiles)
	}
	_, err = fmt.Fprintf(stdout, "%s: %d tiles are in the search engine, %d of them new\n", from, done.Tiles, done.New)
	return err
}
