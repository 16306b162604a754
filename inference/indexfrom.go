package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// foreignTable is what `rsclip index -from` takes: embeddings that are there.
type foreignTable struct {
	path   string
	madeBy string // SHA-256 of a model; empty if the files say it
}

// madeElsewhere is the preprocessing of pictures of which nothing else is known.
const madeElsewhere = "made elsewhere"

// take sends the tables to an engine, or makes an index of them. Those that rsclip index
// has written need no model to be sent.
func (from foreignTable) take(ctx context.Context, model string, o indexing.Options, to engine.Place, stdout, stderr io.Writer) error {
	if o.Out == "" && from.isOurs() {
		return fill(ctx, from.path, to, stdout, stderr)
	}
	paths, err := from.tables()
	if err != nil {
		return err
	}
	m, err := modelfolder.Read(model)
	if err != nil {
		return fmt.Errorf("-from takes embeddings of the model that -model names: %w", err)
	}
	f := &table.Foreign{MadeBy: from.madeBy, Model: table.Metadata{Model: m.Name, ModelSHA256: m.SHA256(), Dimensions: m.EmbeddingSize, Preprocessing: madeElsewhere}}
	if to.Address != "" {
		for _, path := range paths { // All is checked before anything is sent.
			if err := f.Read(path, func([]table.Row) error { return ctx.Err() }); err != nil {
				return err
			}
		}
		err = fillWith(from.path, f.Model, to, stdout, stderr, func(e search.Remote, progress func(search.Filled)) (search.Filled, error) {
			return search.FillForeign(ctx, e, &table.Foreign{Model: f.Model, MadeBy: f.MadeBy}, paths, progress)
		})
	} else {
		err = from.index(ctx, f, paths, o, stdout, stderr)
	}
	if err == nil && f.Normalized > 0 {
		_, err = fmt.Fprintf(stderr, "index: %d of %d embeddings did not have length 1, and have it now\n", f.Normalized, f.Rows)
	}
	return err
}

// isOurs tells tables of rsclip index.
func (from foreignTable) isOurs() bool {
	shards, err := search.Files(from.path)
	return err == nil && len(shards) > 0 || table.IsOurs(from.path)
}

// tables are the files that the path stands for: a file, those of an index, all Parquet
// files of a folder, or what a pattern matches.
func (from foreignTable) tables() ([]string, error) {
	stat, err := os.Stat(from.path)
	pattern := from.path
	if err == nil {
		if shards, _ := search.Files(from.path); !stat.IsDir() || len(shards) > 0 {
			return search.Tables(from.path)
		}
		pattern = filepath.Join(from.path, "*.parquet")
	}
	found, broken := filepath.Glob(pattern)
	switch {
	case broken != nil:
		return nil, fmt.Errorf("looking for tables: %q: %w", pattern, broken)
	case len(found) == 0 && err != nil:
		return nil, fmt.Errorf("looking for tables: %w", err)
	case len(found) == 0:
		return nil, fmt.Errorf("looking for tables: nothing matches %s: name a Parquet file, or a folder that has some", pattern)
	}
	return found, nil
}

// index makes an index of the tables.
func (from foreignTable) index(ctx context.Context, f *table.Foreign, paths []string, o indexing.Options, stdout, stderr io.Writer) error {
	tiles, added, err := indexing.Import(ctx, f, paths, o, func(line string) { _, _ = fmt.Fprintln(stderr, "index: "+line) })
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: the same command begins anew, and %s is as it was", o.Out)
	}
	if err != nil {
		return err
	}
	what := "all there before"
	if added {
		what = "all new"
	}
	_, err = fmt.Fprintf(stdout, "%s: %d tiles of %d tables, %s\n", o.Out, tiles, len(paths), what)
	return err
}
