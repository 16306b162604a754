package search

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/seed-74198975/rsclip/inference/bulk"
	"github.com/seed-74198975/rsclip/inference/table"
)

// How tiles are sent: so many at a time, by so many requests at the same time.
const (
	fillRows     = 100
	fillRequests = 4
)

// Filled is how far filling an engine is.
type Filled struct{ Tiles, New int }

// Tables returns the files that a path stands for: a file, or the tables of a folder.
func Tables(path string) (out []string, err error) {
	stat, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking for tables: %w", err)
	}
	if !stat.IsDir() {
		return []string{path}, nil
	}
	files, err := Files(path)
	if err != nil {
		return nil, fmt.Errorf("looking for tables: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("looking for tables: %s has no %s: make an index with rsclip index -out %s", path, shards, path)
	}
	for _, f := range files {
		out = append(out, f.Path)
	}
	return out, nil
}

// Fill sends tables to an engine. It asks which tiles are there, and sends those that
// are not, or are others now; so it goes on where it was interrupted. Progress, if it
// is not nil, is told what is done.
func Fill(ctx context.Context, to Remote, paths []string, progress func(Filled)) (done Filled, err error) {
	for _, path := range paths {
		m, err := table.ReadMetadata(path)
		if err != nil {
			return done, err
		}
		if err := to.Prepare(ctx, m); err != nil {
			return done, err
		}
	}
	for _, path := range paths {
		read := func(each func([]table.Row) error) error {
			_, err := table.Read(path, each)
			return err
		}
		if err := send(ctx, to, read, &done, progress); err != nil {
			return done, fmt.Errorf("sending %s: %w", path, err)
		}
	}
	return done, to.Finish(ctx)
}

// FillForeign does the same with tables that others made.
func FillForeign(ctx context.Context, to Remote, f *table.Foreign, paths []string, progress func(Filled)) (done Filled, err error) {
	if err := to.Prepare(ctx, f.Model); err != nil {
		return done, err
	}
	for _, path := range paths {
		read := func(each func([]table.Row) error) error { return f.Read(path, each) }
		if err := send(ctx, to, read, &done, progress); err != nil {
			return done, fmt.Errorf("sending %s: %w", path, err)
		}
	}
	return done, to.Finish(ctx)
}

// send sends the rows that a function reads.
func send(ctx context.Context, to Remote, read func(each func([]table.Row) error) error, done *Filled, progress func(Filled)) error {
	var failed error
	for sent := range bulk.Map(ctx, batches(read), fillRequests, func(ctx context.Context, b batch) batch { return b.send(ctx, to) }) {
		if failed = sent.err; failed != nil {
			break
		}
		done.Tiles += len(sent.rows)
		done.New += sent.added
		if progress != nil {
			progress(*done)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return failed
}

// batch is some rows of a table, how many of them were new, or why there are none.
type batch struct {
	rows  []Kept
	added int
	err   error
}

// errEnough ends the reading of a table of which no more is wanted.
var errEnough = errors.New("no more is wanted")

// batches divides the rows that a function reads.
func batches(read func(each func([]table.Row) error) error) iter.Seq[batch] {
	return func(yield func(batch) bool) {
		err := read(func(rows []table.Row) error {
			for part := range slices.Chunk(rows, fillRows) {
				var b batch
				for _, row := range part {
					row.Embedding = slices.Clone(row.Embedding) // It is not valid any more when it is sent.
					digest, err := digestOf(row)
					if err != nil {
						return err
					}
					b.rows = append(b.rows, Kept{row, digest})
				}
				if !yield(b) {
					return errEnough
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(batch{err: err})
		}
	}
}

// send sends the rows of a batch that are not there.
func (b batch) send(ctx context.Context, to Remote) batch {
	if b.err != nil {
		return b
	}
	ids := make([]string, len(b.rows))
	for i, row := range b.rows {
		ids[i] = row.ID
	}
	there, err := to.Digests(ctx, ids)
	if err != nil {
		b.err = err
		return b
	}
	missing := slices.DeleteFunc(slices.Clone(b.rows), func(row Kept) bool { return there[row.ID] == row.Digest })
	if len(missing) > 0 {
		b.err = to.Put(ctx, missing)
	}
	b.added = len(missing)
	return b
}

// digestOf is the same for the same row.
func digestOf(row table.Row) (string, error) {
	data, err := json.Marshal(row)
	if err != nil {
		return "", fmt.Errorf("the tile %s: %w", row.ID, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16]), nil
}
