package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/search"
)

// TestIndexFrom makes an index of the embeddings that transformers gave for pictures, as
// DuckDB wrote them, and wants the order that these have.
func TestIndexFrom(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	path := func(name string) string { return filepath.Join(work, name) }
	tables := "testdata/tables/"
	if status, said := rsclip(t, "export", "-checkpoint", "testdata/tiny-base", "-out", path("model"), "-name", "tiny"); status != 0 {
		t.Fatal(said)
	}
	m, err := modelfolder.Read(path("model"))
	if err != nil {
		t.Fatal(err)
	}
	hash := m.SHA256()
	from := func(file string, args ...string) (int, string) {
		return rsclip(t, append([]string{"index", "-model", path("model"), "-from", file}, args...)...)
	}
	for _, tt := range []struct {
		name, file string
		args       []string
		want       string
	}{
		{"nobody says the model", tables + "duckdb.parquet", []string{"-out", path("none")}, "if that was tiny, whose files have the SHA-256 " + hash + ", give -made-by " + hash},
		{"another model", tables + "two-models.parquet", []string{"-out", path("none"), "-made-by", hash}, "of the model with the hash 1111"},
		{"another model, by its flag", tables + "duckdb.parquet", []string{"-out", path("none"), "-made-by", strings.Repeat("2", 64)}, "of the model with the hash 2222"},
		{"a hash that is none", tables + "duckdb.parquet", []string{"-out", path("none"), "-made-by", "x"}, `-made-by is "x": must be 64 hexadecimal digits`},
		{"a bad row", tables + "ragged.parquet", []string{"-out", path("none"), "-made-by", hash}, "row 5 (the first is 0), column embedding: it has 39 numbers; must have 40, as tiny gives"},
		{"a bad row, to an engine", tables + "ragged.parquet", []string{"-to", "weaviate://127.0.0.1:1", "-made-by", hash}, "row 5 (the first is 0)"},
		{"both", tables + "duckdb.parquet", []string{"-out", path("none"), "-to", "weaviate://127.0.0.1:1"}, "-from wants -to or -out, one of them"},
		{"neither", tables + "duckdb.parquet", nil, "-from wants -to or -out, one of them"},
		{"with pictures", tables + "duckdb.parquet", []string{"-images", "x", "-out", path("none")}, "-from wants neither -images nor -stac"},
		{"no file", tables + "gone.parquet", []string{"-out", path("none")}, "gone.parquet: no such file"},
		{"no table", "testdata/README.md", []string{"-out", path("none")}, "README.md cannot be read as Parquet"},
		{"a folder without one", "testdata", []string{"-out", path("none")}, "nothing matches testdata/*.parquet"},
		{"the same ids twice", tables + "duckdb*.parquet", []string{"-out", path("none"), "-made-by", hash}, "is that of an earlier row, too"},
	} {
		if status, said := from(tt.file, tt.args...); status != 1 || !strings.Contains(said, tt.want) {
			t.Errorf("%s: status %d, %s, want %q", tt.name, status, said, tt.want)
		}
		if _, err := os.Stat(path("none")); err == nil {
			t.Errorf("%s: a folder was written", tt.name)
		}
	}
	for _, file := range []string{"duckdb", "pyarrow-gzip-half"} { // The numbers of the second do not have length 1.
		out := path(file)
		status, said := from(tables+file+".parquet", "-made-by", hash, "-out", out, "-shard-rows", "3")
		if status != 0 || !strings.Contains(said, ": 8 tiles of 1 tables, all new") || strings.Contains(said, "did not have length 1") != (file != "duckdb") {
			t.Fatalf("%s: status %d, %s", file, status, said)
		}
		sameOrder(t, out, hash)
		if err := os.WriteFile(filepath.Join(out, "shard-000001.vectors"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if status, said := from(tables+file+".parquet", "-made-by", hash, "-out", out, "-shard-rows", "3"); status != 0 || !strings.Contains(said, "8 tiles of 1 tables, all there before") {
			t.Errorf("%s again: status %d, %s", file, status, said)
		}
		sameOrder(t, out, hash)
		if status, said := from(tables+"geopandas.parquet", "-made-by", hash, "-out", out); status != 1 || !strings.Contains(said, "has other files, such as shard-000000.parquet: name another folder") {
			t.Errorf("another table into %s: status %d, %s", file, status, said)
		}
	}
	// What rsclip index has made is taken as it is, without being told who made it.
	if status, said := from(path("duckdb"), "-out", path("copy")); status != 0 || !strings.Contains(said, ": 8 tiles of 3 tables, all new") {
		t.Errorf("our own: status %d, %s", status, said)
	}
	sameOrder(t, path("copy"), hash)
}

// sameOrder searches an index by each of its tiles, and wants the similarities that the
// embeddings of the reference have.
func sameOrder(t *testing.T, folder, model string) {
	t.Helper()
	x, err := search.Open(folder, model)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	var reference struct {
		Pictures []string
		Embeds   [][]float64 `json:"image_embeds"`
	}
	data, err := os.ReadFile("testdata/golden/scores-tiny-base.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	for i, id := range reference.Pictures {
		tile, vector, err := x.Tile(context.Background(), id)
		if err != nil || tile.ID != id {
			t.Fatalf("%s: %+v, %v", id, tile, err)
		}
		hits, _, err := x.Search(t.Context(), search.Query{Vector: vector, TopK: 100, MinSimilarity: -1, Overlap: 1})
		if err != nil || len(hits) != len(reference.Pictures) {
			t.Fatalf("%s: %d hits, %v", id, len(hits), err)
		}
		for _, hit := range hits {
			want := 0.0
			for k, v := range reference.Embeds[slices.Index(reference.Pictures, hit.ID)] {
				want += v * reference.Embeds[i][k]
			}
			if d := hit.Similarity - want; d > 1e-3 || d < -1e-3 {
				t.Errorf("%s and %s have the similarity %v, want %v", id, hit.ID, hit.Similarity, want)
			}
		}
	}
}
