package table_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-74198975/rsclip/inference/table"
)

const testdata = "../testdata"

// tables are what oracle/tables.py knows of the files that others wrote.
type tables struct {
	Good []string
	Rows []struct {
		ID       string
		Datetime int64
		BBox     [4]float64
		Type     string
	}
	Bad   map[string][]string
	UUIDs []string
}

// vectors are the embeddings of all those files.
func foreignTables(t testing.TB) (known tables, vectors [][]float64) {
	t.Helper()
	var scores struct {
		Embeds [][]float64 `json:"image_embeds"`
	}
	for name, into := range map[string]any{"tables": &known, "scores-tiny-base": &scores} {
		data, err := os.ReadFile(filepath.Join(testdata, "golden", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	return known, scores.Embeds
}

func foreignFile(name string) string { return filepath.Join(testdata, "tables", name+".parquet") }

var zeroHash = strings.Repeat("0", 64)

func foreign() *table.Foreign {
	return &table.Foreign{Model: table.Metadata{Model: "tiny", ModelSHA256: zeroHash, Dimensions: 40}, MadeBy: zeroHash}
}

func readForeign(f *table.Foreign, path string) (rows []table.Row, err error) {
	err = f.Read(path, func(some []table.Row) error { rows = append(rows, slices.Clone(some)...); return nil })
	return rows, err
}

func TestForeign(t *testing.T) {
	t.Parallel()
	known, vectors := foreignTables(t)
	for _, name := range known.Good {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := foreign()
			rows, err := readForeign(f, foreignFile(name))
			if err != nil {
				t.Fatal(err)
			}
			if len(rows) != len(known.Rows) || f.Rows != len(rows) {
				t.Fatalf("%d rows, %d counted, want %d", len(rows), f.Rows, len(known.Rows))
			}
			for i, want := range known.Rows {
				got := rows[i]
				if got.ID != want.ID || got.Datetime == nil || *got.Datetime != want.Datetime {
					t.Errorf("row %d is %s of %v, want %s of %d", i, got.ID, got.Datetime, want.ID, want.Datetime)
				}
				box := table.BBox{XMin: want.BBox[0], YMin: want.BBox[1], XMax: want.BBox[2], YMax: want.BBox[3]}
				if got.BBox == nil || *got.BBox != box {
					t.Errorf("the box of %s is %v, want %v", got.ID, got.BBox, box)
				}
				if name == "stac-geoparquet" && (got.CloudCover == nil || *got.CloudCover != 5) {
					t.Errorf("the cloud cover of %s is %v, want 5", got.ID, got.CloudCover)
				}
				if g, _, err := table.ParseWKB(got.Geometry); err != nil || g.Type != want.Type {
					t.Errorf("the geometry of %s is %+v, %v, want a %s", got.ID, g, err, want.Type)
				}
				tolerance := 1e-6
				if strings.HasSuffix(name, "half") {
					tolerance = 1e-3
				}
				length := 0.0
				for j, v := range got.Embedding {
					length += float64(v) * float64(v)
					if math.Abs(float64(v)-vectors[i][j]) > tolerance {
						t.Fatalf("number %d of %s is %v, want %v", j, got.ID, v, vectors[i][j])
					}
				}
				if math.Abs(length-1) > 1e-6 {
					t.Errorf("the embedding of %s has the length %v", got.ID, math.Sqrt(length))
				}
			}
			if said := name == "pyarrow-says-model"; said && f.Normalized != len(rows) {
				t.Errorf("%d were normalised, want all", f.Normalized)
			}
		})
	}
}

// TestForeignUUIDs has ids that are UUIDs, and days.
func TestForeignUUIDs(t *testing.T) {
	t.Parallel()
	known, _ := foreignTables(t)
	rows, err := readForeign(foreign(), foreignFile("duckdb-uuids"))
	if err != nil || len(rows) != len(known.UUIDs) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, want := range known.UUIDs {
		day := known.Rows[i].Datetime / 86_400_000 * 86_400_000
		if rows[i].ID != want || *rows[i].Datetime != day || rows[i].BBox != nil || rows[i].Geometry != nil {
			t.Errorf("row %d is %+v, want %s of %d", i, rows[i].Tile, want, day)
		}
	}
}

// TestForeignRefuses says what is wrong and where, and takes little memory to find out.
func TestForeignRefuses(t *testing.T) {
	known, _ := foreignTables(t)
	for name, want := range known.Bad {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := readForeign(foreign(), foreignFile(name))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.HasPrefix(err.Error(), foreignFile(name)+": ") && !strings.HasPrefix(err.Error(), foreignFile(name)+", ") {
				t.Fatalf("%v", err)
			}
			for _, part := range want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v, want %q in it", err, part)
				}
			}
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20 {
				t.Errorf("it took %d MiB to find out", taken>>20)
			}
		})
	}
}

// TestForeignModel tells who made embeddings by what the file and the caller say.
func TestForeignModel(t *testing.T) {
	t.Parallel()
	ours := filepath.Join(t.TempDir(), "ours.parquet")
	if err := table.Write(ours, rows(3), table.Metadata{ModelSHA256: "ab", Dimensions: 3}); err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("e", 64)
	for _, tt := range []struct{ name, path, model, madeBy, want string }{
		{"the file", foreignFile("pyarrow-says-model"), zeroHash, "", ""},
		{"the file and the caller", foreignFile("pyarrow-says-model"), zeroHash, zeroHash, ""},
		{"the file against the caller", foreignFile("pyarrow-says-model"), other, other, "of the model with the hash 0000"},
		{"the caller", foreignFile("duckdb"), other, other, ""},
		{"the caller names another", foreignFile("duckdb"), other, zeroHash, "of the model with the hash 0000"},
		{"nobody", foreignFile("duckdb"), other, "", "give -made-by " + other},
		{"rsclip index", ours, other, other, "of the model with the hash ab, and tiny has " + other},
	} {
		f := foreign()
		f.Model.ModelSHA256, f.MadeBy = tt.model, tt.madeBy
		_, err := readForeign(f, tt.path)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestForeignTakesOurs reads what rsclip index writes, and the same again under other
// ids only.
func TestForeignTakesOurs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ours.parquet")
	want := rows(600)
	if err := table.Write(path, want, table.Metadata{ModelSHA256: zeroHash, Dimensions: 3}); err != nil {
		t.Fatal(err)
	}
	f := foreign()
	f.Model.Dimensions = 3
	got, err := readForeign(f, path)
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(table.Row{}, "Embedding")); d != "" || err != nil {
		t.Errorf("%v, rows (-want +got):\n%s", err, d)
	}
	var twice *table.ForeignError
	if _, err := readForeign(f, path); !errors.As(err, &twice) || twice.Row != 0 || twice.Column != "id" {
		t.Errorf("the same file again: %v", err)
	}
	stop := errors.New("stop")
	if err := foreign3(f).Read(path, func([]table.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want that of who reads", err)
	}
}

// foreign3 is the same with nothing read.
func foreign3(f *table.Foreign) *table.Foreign {
	return &table.Foreign{Model: f.Model, MadeBy: f.MadeBy}
}

// TestForeignDamaged changes bytes of good files: none may end the program, and what is
// read is finite and of length 1.
func TestForeignDamaged(t *testing.T) {
	t.Parallel()
	known, _ := foreignTables(t)
	damages := 200
	if testing.Short() {
		damages = 20
	}
	for _, name := range known.Good {
		good, err := os.ReadFile(foreignFile(name))
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, 2))
		path := filepath.Join(t.TempDir(), name)
		for range damages {
			data := slices.Clone(good)
			for range 1 + random.IntN(3) {
				data[random.IntN(len(data))] ^= byte(1 << random.IntN(8))
			}
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			checkForeign(t, path)
		}
	}
}

// checkForeign reads a file of any bytes, and looks at what it gives.
func checkForeign(t *testing.T, path string) {
	t.Helper()
	rows, _ := readForeign(foreign(), path)
	for _, r := range rows {
		square := 0.0
		for _, v := range r.Embedding {
			square += float64(v) * float64(v)
		}
		if len(r.Embedding) != 40 || !(math.Abs(square-1) < 1e-5) || r.ID == "" {
			t.Errorf("%q has %d numbers of the length %v", r.ID, len(r.Embedding), math.Sqrt(square))
		}
	}
}

// TestForeignNames has a geometry under another name, and a window that is a list.
func TestForeignNames(t *testing.T) {
	t.Parallel()
	type plain struct {
		ID        string    `parquet:"id"`
		Embedding []float32 `parquet:"embedding,list"`
	}
	point := make([]byte, 21) // of WKB, little-endian
	point[0], point[1] = 1, 1
	path := filepath.Join(t.TempDir(), "geom.parquet")
	if err := parquet.WriteFile(path, []struct {
		plain

		Geom []byte `parquet:"geom"`
	}{{plain{"a", []float32{1, 0}}, point}}, parquet.KeyValueMetadata("geo", `{"primary_column": "geom", "columns": {"geom": {"encoding": "WKB"}}}`)); err != nil {
		t.Fatal(err)
	}
	f := &table.Foreign{Model: table.Metadata{ModelSHA256: zeroHash, Dimensions: 2}, MadeBy: zeroHash}
	if rows, err := readForeign(f, path); err != nil || len(rows) != 1 || rows[0].BBox == nil {
		t.Errorf("%+v, %v", rows, err)
	}
	path = filepath.Join(t.TempDir(), "list.parquet")
	if err := parquet.WriteFile(path, []struct {
		plain

		Window []int32 `parquet:"pixel_bbox,list"`
	}{{plain{"b", []float32{1, 0}}, []int32{0, 0, 16, 16}}}); err != nil {
		t.Fatal(err)
	}
	if rows, err := readForeign(f, path); err == nil || !strings.Contains(err.Error(), "column pixel_bbox: it must be a struct") {
		t.Errorf("%+v, %v", rows, err)
	}
}
