package indexing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

const testdata = "../testdata"

func TestMain(m *testing.M) {
	if err := model.LoadRuntime(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func openModel(t *testing.T) *model.Model {
	t.Helper()
	return openModelReading(t, nil)
}

// openModelReading opens a model that reads pictures in a way of its own.
func openModelReading(t *testing.T, pictures *config.Picture) *model.Model {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "model")
	if err := export.Run(context.Background(), export.Options{Checkpoint: filepath.Join(testdata, "tiny-base"), Out: folder, Name: "tiny", Precision: config.FP32, Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	c := config.DefaultModel()
	c.Device, c.Picture = config.CPU, pictures
	m, err := model.Open(folder, c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m
}

func scene(name string) indexing.Source {
	return indexing.Source{Name: filepath.Join(testdata, "geotiff", name)}
}

// rows reads all files of an index.
func rows(t *testing.T, folder string) (out []table.Row) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	for _, file := range files {
		if _, err := table.Read(file, func(some []table.Row) error {
			for _, r := range some {
				r.Embedding = slices.Clone(r.Embedding)
				out = append(out, r)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func options(t *testing.T) indexing.Options {
	t.Helper()
	return indexing.Options{Out: filepath.Join(t.TempDir(), "index"), Layout: tiling.Layout{Side: 16, Overlap: 0.25}, MaxNodata: 0.5, ShardRows: 7, Workers: 2, Client: http.DefaultClient}
}

// TestRun indexes scenes with and without a place, a picture that is no scene, and
// files that are broken or not there.
func TestRun(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	taken, cloud := int64(1700000000000), 12.5
	placed := scene("nodata.tif")
	placed.Datetime, placed.CloudCover = &taken, &cloud
	sources := []indexing.Source{placed, {Name: write("broken.tif", "II*\x00\xff\xff\xff\xff"), Line: 2}, scene("rgb.jp2"), {Name: "gone.png", Line: 4}, {Name: filepath.Join(testdata, "pictures/river-mouth-444.jpg")}, {Name: write("empty.jpg", ""), Line: 6}, {Name: write("text.tif", "hello"), Line: 7}, {Name: write("cut.jpg", "\xff\xd8\xff"), Line: 8}, {Name: dir, Line: 9}, {Name: write("caf\xe9.jpg", "x"), Line: 10}, {Name: "s3://bucket/a.tif", Line: 11}}
	p, err := indexing.Run(context.Background(), m, sources, o)
	if err != nil {
		t.Fatal(err)
	}
	got := rows(t, o.Out)
	if p.Rows != len(got) || p.Failed != 8 || p.Skipped == 0 || p.SourcesDone != len(sources) {
		t.Errorf("%+v, and %d rows", p, len(got))
	}
	first := got[0]
	if first.BBox == nil || *first.GSD != 10 || *first.Datetime != taken || *first.CloudCover != cloud || !strings.HasSuffix(*first.GridCell, "L") && !strings.HasSuffix(*first.GridCell, "R") {
		t.Errorf("the first row is %+v", first)
	}
	if b := first.BBox; !(b.XMin > 13.8 && b.XMax < 13.9 && b.YMin > 40.6 && b.YMax < 40.7) { // 33N, 399960, 4500000
		t.Errorf("its box is %+v", *b)
	}
	failures, err := indexing.Failures(o.Out)
	if err != nil {
		t.Fatal(err)
	}
	var failed []int
	for _, f := range failures {
		failed = append(failed, f.Line)
	}
	if !slices.Equal(failed, []int{2, 4, 6, 7, 8, 9, 10, 11}) || !strings.Contains(failures[1].Error, "no such file") || !strings.Contains(failures[2].Error, "the file is empty") || !strings.Contains(failures[6].Error, "not UTF-8") || !strings.Contains(failures[7].Error, "addresses of s3 are not read") {
		t.Errorf("failures: %+v", failures)
	}
	ids := map[string]bool{}
	for _, r := range got {
		ids[r.ID] = true
		if last := r.Source == sources[2].Name && r.BBox != nil; last {
			t.Error("a picture without a place has one")
		}
	}
	if len(ids) != len(got) {
		t.Errorf("%d ids of %d rows", len(ids), len(got))
	}
}

// TestNothingButFailures has an index without a tile, and one whose last file has none,
// which are searched as any.
func TestNothingButFailures(t *testing.T) {
	t.Parallel()
	m := openModel(t)
	gone := indexing.Source{Name: "gone.tif"}
	for name, runs := range map[string][][]indexing.Source{"no tile": {{gone}}, "no tile in the last file": {{scene("uint8.tif")}, {scene("uint8.tif"), gone}}} {
		o, want := options(t), 0
		o.ShardRows = 1000
		for _, sources := range runs {
			p, err := indexing.Run(context.Background(), m, sources, o)
			if err != nil {
				t.Fatal(err)
			}
			want = p.RowsBefore + p.Rows
		}
		x, err := search.Open(o.Out, m.SHA256())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		query := make([]float32, x.Metadata.Dimensions)
		query[0] = 1
		if hits, allowed, err := x.Search(context.Background(), search.Query{Vector: query, TopK: 100, Overlap: 1, MinSimilarity: -1}); len(hits) != want || allowed != want || err != nil {
			t.Errorf("%s: %d hits of %d, %v, want %d", name, len(hits), allowed, err, want)
		}
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWholePictures embeds pictures as the server does.
func TestWholePictures(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	o.Layout = tiling.Layout{}
	path := filepath.Join(testdata, "pictures/river-mouth-444.jpg")
	if _, err := indexing.Run(context.Background(), m, []indexing.Source{{Name: path}}, o); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.EmbedImage(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows(t, o.Out); len(got) != 1 || !slices.Equal(got[0].Embedding, want) {
		t.Errorf("%d rows, and not the server's embedding", len(got))
	}
}

// TestInterrupted stops a run after every number of tiles, goes on, and wants the
// files of a run that was not interrupted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what makes an index again and again")
	}
	m, whole := openModel(t), options(t)
	sources := []indexing.Source{scene("nodata.tif"), {Name: "gone.tif"}, scene("uint8.tif"), scene("mask.tif")}
	if _, err := indexing.Run(context.Background(), m, sources, whole); err != nil {
		t.Fatal(err)
	}
	want := rows(t, whole.Out)
	for stop := 1; stop < 22; stop += 3 { // Every place in a shard of 7 rows.
		o := options(t)
		for runs := 0; ; runs++ {
			ctx, cancel := context.WithCancel(context.Background())
			tiles := 0
			o.Progress = func(indexing.Progress) {
				if tiles++; tiles == stop+7 { // Enough for one file, so that it ends.
					cancel()
				}
			}
			_, err := indexing.Run(ctx, m, sources, o)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || runs > 100 {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(want, rows(t, o.Out)); d != "" {
			t.Fatalf("stopped after %d tiles (-want +got):\n%s", stop+7, d)
		}
		if failures, err := indexing.Failures(o.Out); err != nil || len(failures) != 1 {
			t.Errorf("%d failures, %v", len(failures), err)
		}
	}
}

// TestGoesOn adds sources to a finished index, and refuses what would mix two.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	sources := []indexing.Source{scene("nodata.tif"), scene("uint8.tif")}
	run := func(o indexing.Options, sources ...indexing.Source) (indexing.Progress, error) {
		return indexing.Run(context.Background(), m, sources, o)
	}
	if _, err := run(o, sources...); err != nil {
		t.Fatal(err)
	}
	before := rows(t, o.Out)
	if p, err := run(o, sources...); err != nil || p.Rows != 0 || p.RowsBefore != len(before) {
		t.Errorf("the same again: %+v, %v", p, err)
	}
	p, err := run(o, append(sources, scene("mask.tif"))...)
	if err != nil || p.Rows == 0 || p.RowsBefore != len(before) {
		t.Errorf("one source more: %+v, %v", p, err)
	}
	if after := rows(t, o.Out); len(after) != len(before)+p.Rows || cmp.Diff(before, after[:len(before)]) != "" {
		t.Errorf("%d rows after %d and %d", len(after), len(before), p.Rows)
	}
	if _, err := run(o, sources[1], sources[0]); err == nil || !strings.Contains(err.Error(), "of other sources") {
		t.Errorf("other sources: %v", err)
	}
	dated := slices.Clone(sources)
	dated[1].Datetime = new(int64(1_700_000_000_000))
	if _, err := run(o, dated...); err == nil || !strings.Contains(err.Error(), "their items said other things") {
		t.Errorf("another date: %v", err)
	}
	other := o
	other.Layout.Side = 8
	if _, err := run(other, sources...); err == nil || !strings.Contains(err.Error(), "another model or layout") {
		t.Errorf("another layout: %v", err)
	}
}

// TestOverHTTP reads one tile of a scene of which the server counts what is asked.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(testdata, "geotiff/nodata.tif"))
	if err != nil {
		t.Fatal(err)
	}
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") == "" {
			t.Error("the whole file was asked for")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	defer store.Close()
	m, near, far := openModel(t), options(t), options(t)
	if _, err := indexing.Run(context.Background(), m, []indexing.Source{scene("nodata.tif")}, near); err != nil {
		t.Fatal(err)
	}
	if _, err := indexing.Run(context.Background(), m, []indexing.Source{{Name: store.URL + "/scene.tif"}}, far); err != nil {
		t.Fatal(err)
	}
	a, b := rows(t, near.Out), rows(t, far.Out)
	for i := range a {
		if !slices.Equal(a[i].Embedding, b[i].Embedding) {
			t.Fatalf("row %d differs over HTTP", i)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b, a := write("b.TIF", ""), write("a b ü.jpg", "")
	write("notes.txt", "")
	list := write("list.txt", "\ufeffx.tif\r\n\n  y z.png  \nhttps://example.com/ü.tif\n")
	texts := write("texts.txt", "\ufeff  a river \r\n\r\n \n\ufeffsea\t\r\r\nlast ")
	items := write("items.jsonl", `{"assets": {"visual": {"href": "scenes/1.tif"}}, "properties": {"datetime": "2024-05-06T07:08:09Z", "eo:cloud_cover": 3, "platform": "s2a", "x": 1}}`+"\n"+
		`{"assets": {"visual": {"href": "https://example.com/2.tif"}}, "properties": {"datetime": null, "start_datetime": "2024-01-01T00:00:00Z"}}`)
	names := func(sources []indexing.Source, err error) string {
		if err != nil {
			return err.Error()
		}
		out := []string{}
		for _, s := range sources {
			out = append(out, fmt.Sprint(s.Line, s.Name))
		}
		return strings.Join(out, "|")
	}
	for _, tt := range []struct{ what, got, want string }{
		{"a folder", names(indexing.Sources(folder, nil)), "0" + a + "|0" + b},
		{"a pattern", names(indexing.Sources(filepath.Join(folder, "*.TIF"), nil)), "0" + b},
		{"a file", names(indexing.Sources(a, nil)), "0" + a},
		{"a list", names(indexing.Sources(list, nil)), "1x.tif|3y z.png|4https://example.com/ü.tif"},
		{"lines", names(indexing.Lines(texts, nil)), "1a river|4\ufeffsea|5last"},
		{"texts", names(indexing.Texts(texts, nil)), "1  a river |3 |4\ufeffsea\t\r|5last "},
		{"texts of standard input", names(indexing.Texts("-", strings.NewReader(" q \n"))), "1 q "},
		{"texts in Latin-1", names(indexing.Texts("-", strings.NewReader("river\n\nflu\xdf\n"))), "line 3 of - is not UTF-8: save the file as that"},
		{"standard input", names(indexing.Sources("-", strings.NewReader("q.tif\n"))), "1q.tif"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	stac, err := indexing.Items{Asset: "visual", Properties: []string{"platform", "none"}}.STAC(items, nil)
	if err != nil {
		t.Fatal(err)
	}
	taken, begun, cloud, kept := int64(1714979289000), int64(1704067200000), 3.0, `{"platform":"s2a"}`
	want := []indexing.Source{
		{Name: filepath.Join(folder, "scenes/1.tif"), Line: 1, Datetime: &taken, CloudCover: &cloud, Properties: &kept},
		{Name: "https://example.com/2.tif", Line: 2, Datetime: &begun},
	}
	if d := cmp.Diff(want, stac); d != "" {
		t.Errorf("items (-want +got):\n%s", d)
	}
}
