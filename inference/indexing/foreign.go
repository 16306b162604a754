package indexing

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/internal/regular"
	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// shardBytes bounds the texts and geometries of a file, whose tiles are in memory when it
// is written.
const shardBytes = 256 << 20

// Import makes an index of tables that others made, whole or not at all. If the folder has
// the index of the same tables, what is missing or damaged beside its tables is made anew.
// It returns how many tiles there are, and whether they are new. Progress is told what
// holds it up.
func Import(ctx context.Context, f *table.Foreign, paths []string, o Options, progress func(line string)) (tiles int, added bool, err error) {
	m := f.Model
	if m.Run, err = runOf(ctx, f.Model, paths, o.ShardRows); err != nil {
		return 0, false, err
	}
	there := func(context.Context) error {
		tiles, err = mendWhole(o.Out, m.Run)
		return err
	}
	err = wholefolder.Ensure(ctx, o.Out, there, progress, func() error {
		if names, _ := filepath.Glob(filepath.Join(o.Out, "*")); len(names) > 0 {
			return fmt.Errorf("%s has other files, such as %s: name another folder with -out, or remove what is there", o.Out, filepath.Base(names[0]))
		}
		added = true
		return wholefolder.Publish(o.Out, func(folder string) error { return importInto(ctx, folder, f, paths, m, o) })
	})
	if added {
		tiles = f.Rows
	}
	return tiles, added, err
}

// runOf is the same for the same tables, by their content.
func runOf(ctx context.Context, m table.Metadata, paths []string, shardRows int) (string, error) {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "from %s %s %d\n", m.ModelSHA256, m.Preprocessing, shardRows)
	for _, path := range paths {
		file, err := regular.Open(path)
		if err != nil {
			return "", err
		}
		_, err = io.Copy(h, file)
		_ = file.Close()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", path, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// last is the cursor of the last file of an index of others' tables.
var last = table.Cursor{Source: 1}

// importInto writes the files of an index into a folder.
func importInto(ctx context.Context, folder string, f *table.Foreign, paths []string, m table.Metadata, o Options) error {
	shard, size := 0, 0
	var rows []table.Row
	flush := func(next table.Cursor) error {
		m.Next = next
		err := writeShard(filepath.Join(folder, shardName(shard)), rows, m)
		shard, rows, size = shard+1, nil, 0
		return err
	}
	for _, path := range paths {
		if err := f.Read(path, func(some []table.Row) error {
			for _, row := range some {
				if len(rows) >= o.ShardRows || size >= shardBytes {
					if err := flush(table.Cursor{}); err != nil {
						return err
					}
				}
				rows = append(rows, row)
				size += row.Size()
			}
			return ctx.Err()
		}); err != nil {
			return err
		}
	}
	if f.Rows == 0 {
		return fmt.Errorf("%s has no rows: name a table that has some with -from", paths[0])
	}
	return flush(last)
}

// mendWhole makes anew what is missing or damaged beside the tables of an index of others'
// tables, and returns how many tiles it has. Without all of its tables that is an error.
func mendWhole(folder, run string) (tiles int, err error) {
	for shard := 0; ; shard++ {
		path := filepath.Join(folder, shardName(shard))
		m, err := table.ReadMetadata(path)
		if err != nil {
			return 0, err
		}
		if m.Run != run {
			return 0, fmt.Errorf("%s is of other tables", path)
		}
		if err := mend(path, m); err != nil {
			return 0, err
		}
		tiles += m.Rows
		if m.Next == last {
			return tiles, nil
		}
	}
}
