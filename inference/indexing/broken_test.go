package indexing_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// TestBroken breaks files of an index in each way. Each is named by the server and by
// the next run, with what to do; when that is done, the index is what it was.
func TestBroken(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what makes an index again and again")
	}
	m, o := openModel(t), options(t)
	sources := []indexing.Source{scene("nodata.tif"), scene("uint8.tif"), scene("mask.tif")}
	run := func() error {
		_, err := indexing.Run(context.Background(), m, sources, o)
		return err
	}
	serve := func() error {
		x, err := search.Open(o.Out, m.SHA256())
		if err == nil {
			err = x.Close()
		}
		return err
	}
	if err := errors.Join(run(), serve()); err != nil {
		t.Fatal(err)
	}
	want := rows(t, o.Out)
	shard := func(n string) string { return filepath.Join(o.Out, "shard-00000"+n) }
	if _, err := os.Stat(shard("2.parquet")); err != nil {
		t.Fatal(err)
	}
	table0, vectors0 := shard("0.parquet"), shard("0.vectors")
	length := func(path string) int64 {
		stat, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return stat.Size()
	}
	remove := func(paths ...string) {
		for _, path := range paths {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	tables := func(from int) (out []string) {
		files, err := filepath.Glob(shard("*.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		return files[from:]
	}
	for _, tt := range []struct {
		name   string
		broken string
		by     func() error
		remedy string
		mend   func() // what the remedy says
	}{
		{"a table cut off", table0, func() error { return os.Truncate(table0, length(table0)*2/3) }, "remove it and the shards behind it", func() { remove(tables(0)...) }},
		{"an empty table", shard("1.parquet"), func() error { return os.Truncate(shard("1.parquet"), 0) }, "remove it and the shards behind it", func() { remove(tables(1)...) }},
		{"a damaged table", shard("1.parquet"), func() error { return damage(shard("1.parquet")) }, "remove it and the shards behind it", func() { remove(tables(1)...) }},
		{"a table of others", table0, func() error { return os.WriteFile(table0, []byte("id,embedding\n"), 0o600) }, "remove it and the shards behind it", func() { remove(tables(0)...) }},
		{"no vectors", vectors0, func() error { return os.Remove(vectors0) }, "give the command of rsclip index that made the index again", nil},
		{"vectors cut off", vectors0, func() error { return os.Truncate(vectors0, length(vectors0)-1) }, "give the command of rsclip index that made the index again", nil},
		{"tiles cut off", shard("0.tiles"), func() error { return os.Truncate(shard("0.tiles"), length(shard("0.tiles"))-1) }, "give the command of rsclip index that made the index again", nil},
		{"empty tiles", shard("0.tiles"), func() error { return os.Truncate(shard("0.tiles"), 0) }, "give the command of rsclip index that made the index again", nil},
		{"empty vectors", vectors0, func() error { return os.Truncate(vectors0, 0) }, "give the command of rsclip index that made the index again", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.by(); err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(tt.broken), filepath.Ext(tt.broken))
			told := func(who string, err error) {
				if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), tt.remedy) || strings.Contains(err.Error(), ".writing-") {
					t.Errorf("%s: %v", who, err)
				}
			}
			told("the server", serve())
			if tt.mend != nil {
				told("the next run", run())
				tt.mend()
			}
			if err := errors.Join(run(), serve()); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, rows(t, o.Out)); d != "" {
				t.Errorf("mended (-want +got):\n%s", d)
			}
		})
	}
	remove(table0)
	if err := run(); err == nil || !strings.Contains(err.Error(), "shard-000000.parquet is not there, and ") {
		t.Errorf("a gap: %v", err)
	}
	var broken *table.BrokenError
	if err := os.WriteFile(table0, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := search.Fill(context.Background(), nil, tables(0), nil); !errors.As(err, &broken) || broken.Path != table0 {
		t.Errorf("sending a broken table: %v", err)
	}
	if _, err := table.ReadMetadata(sources[0].Name); !errors.As(err, &broken) || strings.Contains(err.Error(), "remove it") {
		t.Errorf("a scene in the place of a table: %v", err)
	}
}

// damage changes the metadata at a file's end.
func damage(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i := len(data) - 400; i < len(data)-8; i++ {
		data[i] ^= 0x55
	}
	return os.WriteFile(path, data, 0o600)
}
