package embeddings_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/seed-74198975/rsclip/inference/embeddings"
	"github.com/seed-74198975/rsclip/inference/model"
)

// items are a text, a picture that failed and one that did not.
func items() []embeddings.Item {
	text, broken, good := "a river", "broken.png", "good.png"
	return []embeddings.Item{
		{Text: &text, Line: 1, Vector: []float32{0.5, -0.5, 0.25}, Truncated: true},
		{Image: &broken, Line: 3, Err: errors.New("it is broken")},
		{Image: &good, Vector: []float32{1, 2, 3}},
	}
}

func write(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	w, err := embeddings.Create(path, nil, 3, model.Description{Name: "tiny", EmbeddingSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items() {
		if err := w.Write(item); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file is there before it is whole")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("%v, %v, want one file", files, err)
	}
	return path
}

func TestLines(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(write(t, "out.jsonl"))
	want := `{"text":"a river","embedding":[0.5,-0.5,0.25],"truncated":true}
{"image":"broken.png","line":3,"embedding":null,"error":"it is broken"}
{"image":"good.png","embedding":[1,2,3]}
`
	if err != nil || string(got) != want {
		t.Errorf("%v, %s, want %s", err, got, want)
	}
}

// TestArray reads the format by its description.
func TestArray(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(write(t, "out.npy"))
	if err != nil {
		t.Fatal(err)
	}
	length := int(binary.LittleEndian.Uint16(data[8:]))
	header := string(data[10 : 10+length])
	if string(data[:8]) != "\x93NUMPY\x01\x00" || (10+length)%64 != 0 || !strings.HasSuffix(header, "\n") ||
		!strings.HasPrefix(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3), }") {
		t.Errorf("magic %q, header %q", data[:8], header)
	}
	rows := make([]float32, 9)
	if n, err := binary.Decode(data[10+length:], binary.LittleEndian, rows); err != nil || n != len(data)-10-length {
		t.Fatalf("%d bytes: %v", n, err)
	}
	for i, want := range []float32{0.5, -0.5, 0.25, float32(math.NaN()), float32(math.NaN()), float32(math.NaN()), 1, 2, 3} {
		if rows[i] != want && !(math.IsNaN(float64(rows[i])) && math.IsNaN(float64(want))) {
			t.Errorf("number %d is %v, want %v", i, rows[i], want)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	path := write(t, "out.parquet")
	type row struct {
		Text      *string   `parquet:"text,optional"`
		Image     *string   `parquet:"image,optional"`
		Line      int32     `parquet:"line"`
		Embedding []float32 `parquet:"embedding,optional,list"`
		Truncated bool      `parquet:"truncated"`
		Error     *string   `parquet:"error,optional"`
	}
	rows, err := parquet.ReadFile[row](path)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, item := range items() {
		r := rows[i]
		if (r.Text == nil) != (item.Text == nil) || (r.Image == nil) != (item.Image == nil) || int(r.Line) != item.Line || !slices.Equal(r.Embedding, item.Vector) || r.Truncated != item.Truncated || (r.Error == nil) != (item.Err == nil) {
			t.Errorf("row %d is %+v, want %+v", i, r, item)
		}
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	stat, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(file, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	var d model.Description
	if text, ok := f.Lookup("rsclip"); !ok || json.Unmarshal([]byte(text), &d) != nil || d.Name != "tiny" {
		t.Errorf("metadata: %v, %+v", ok, d)
	}
}

func TestDiscard(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.npy")
	w, err := embeddings.Create(path, nil, 3, model.Description{EmbeddingSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	w.Discard()
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 0 {
		t.Errorf("%v, %v, want no file", files, err)
	}
}
