package indexing

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// Check reads an index whole, and compares what is beside each table with the table, whose
// pages have checksums of their own. It returns how many tiles there are. Its error names
// all files that are missing or damaged, and says how to mend them.
func Check(ctx context.Context, folder string) (tiles int, err error) {
	files, err := search.Files(folder)
	if err != nil {
		return 0, fmt.Errorf("looking for tables: %w", err)
	}
	if len(files) == 0 {
		return 0, fmt.Errorf("%s has no shard-*.parquet: name a folder that rsclip index has written", folder)
	}
	rows, damaged := make([]int, len(files)), make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n, file := range files {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			m, err := checkBeside(file.Path)
			rows[n], damaged[n] = m.Rows, err
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	for _, n := range rows {
		tiles += n
	}
	return tiles, errors.Join(damaged...)
}

// checkBeside tells what is wrong with a table or the files beside it.
func checkBeside(shard string) (m table.Metadata, err error) {
	m, vectors, err := vectorsOf(shard)
	if err != nil {
		return m, err // It says what to do.
	}
	if len(vectors) != m.Rows {
		return m, &table.BrokenError{Path: shard, Err: fmt.Errorf("it has %d rows, and says %d", len(vectors), m.Rows)}
	}
	if err := scan.Check(VectorsName(shard), vectors); err != nil {
		return m, fmt.Errorf("%w: give the command of rsclip index that made the index again, which makes it anew from the table", err)
	}
	return m, table.CheckTiles(shard, m)
}

// mend makes anew what is missing or damaged beside a table.
func mend(shard string, m table.Metadata) error {
	return errors.Join(mendVectors(shard), table.MendTiles(shard, m))
}

// mendVectors writes the file of vectors of a table anew, unless it is what the table says.
func mendVectors(shard string) error {
	_, vectors, err := vectorsOf(shard)
	if err != nil || scan.Check(VectorsName(shard), vectors) == nil {
		return err
	}
	return scan.Write(VectorsName(shard), vectors)
}

// vectorsOf reads the embeddings of a table.
func vectorsOf(shard string) (m table.Metadata, vectors [][]float32, err error) {
	m, err = table.Read(shard, func(some []table.Row) error {
		for _, row := range some {
			vectors = append(vectors, slices.Clone(row.Embedding))
		}
		return nil
	})
	return m, vectors, err
}
