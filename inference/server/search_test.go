package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image/png"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

// hits is an answer of /v1/search.
type hits struct {
	Type                         string
	NumberMatched, NumberAllowed *int
	NumberReturned               int
	Features                     []struct {
		ID       string
		Geometry *struct {
			Type        string
			Coordinates [][][2]float64
		}
		BBox       []float64
		Links      []struct{ Href string }
		Properties struct {
			Similarity  float64
			Probability *float64
			Source      string
			PixelBBox   []int  `json:"pixel_bbox"`
			GridCell    string `json:"grid_cell"`
			GSD         float64
		}
	}
	Error struct{ Code, Message string }
}

// startSearch serves the tiny model beside an index of two small scenes.
func startSearch(t *testing.T) (url string, i *instance) {
	t.Helper()
	i = newServer(t, config.App{}.WithDefaults(), config.Model{})
	setIndex(t, i)
	return serve(t, i), i
}

// setIndex gives a server the tiny model and an index of two small scenes.
func setIndex(t *testing.T, i *instance) {
	t.Helper()
	m := openTiny(t, config.Model{}, i.telemetry)
	folder := filepath.Join(t.TempDir(), "index")
	sources := []indexing.Source{{Name: filepath.Join(testdata, "geotiff/nodata.tif")}, {Name: filepath.Join(testdata, "pictures/rgb.png")}}
	if _, err := indexing.Run(context.Background(), m, sources, indexing.Options{Out: folder, Layout: tiling.Layout{Side: 16}, MaxNodata: 1, Workers: 1, Client: http.DefaultClient}); err != nil {
		t.Fatal(err)
	}
	x, err := search.Open(folder, m.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	i.SetModel(m, x)
}

func searchFor(t *testing.T, url string, body any) (int, hits) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url+"/v1/search", "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var h hits
	if err := json.NewDecoder(response.Body).Decode(&h); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, h
}

// TestSearchesForNothing sends what a client sends whose variable is empty, and keys
// that there are not.
func TestSearchesForNothing(t *testing.T) {
	t.Parallel()
	url, _ := startSearch(t)
	for _, tt := range [][2]string{
		{`{"id": ""}`, "id is empty"},
		{`{"positive": [{"id": ""}]}`, "id is empty"},
		{`{"text": "river", "negative": [{"id": ""}]}`, "id is empty"},
		{`{"text": "river", "filter": {"box": [0, 0, 1]}}`, "use bbox, intersects, datetime, cql2"},
		{`{"text": "river", "min_similarity": "x"}`, "send a number"},
		{`{"text": "river", "filter": {"bbox": ["a"]}}`, "send a number"},
	} {
		body, want := tt[0], tt[1]
		response, err := http.Post(url+"/v1/search", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(response.Body)
		if _ = response.Body.Close(); err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(answer), want) {
			t.Errorf("%s: status %d, %s, %v, want 400 and %q", body, response.StatusCode, answer, err, want)
		}
	}
}

// TestSearchOverHTTP searches by a text, a picture, an id and examples.
func TestSearchOverHTTP(t *testing.T) {
	t.Parallel()
	url, _ := startSearch(t)
	type object = map[string]any
	status, all := searchFor(t, url, object{"text": "river", "top_k": 100, "overlap": 1})
	if status != http.StatusOK || all.Type != "FeatureCollection" || all.NumberMatched == nil || all.NumberAllowed == nil || all.NumberReturned != *all.NumberMatched || all.NumberReturned != *all.NumberAllowed || len(all.Features) != all.NumberReturned || all.NumberReturned < 9 {
		t.Fatalf("status %d, %+v", status, all)
	}
	for n, f := range all.Features {
		if n > 0 && f.Properties.Similarity > all.Features[n-1].Properties.Similarity {
			t.Errorf("hit %d is better than the one before", n)
		}
		if f.Properties.Probability == nil {
			t.Errorf("hit %d has no probability", n)
		}
		if scene := filepath.Base(f.Properties.Source) == "nodata.tif"; scene != (f.Geometry != nil) || scene && (len(f.BBox) != 4 || f.Properties.GSD != 10 || f.Properties.GridCell == "" || len(f.Geometry.Coordinates[0]) != 5) {
			t.Errorf("hit %d: %+v", n, f)
		}
	}
	var model struct{ Index struct{ Tiles int } }
	response, err := http.Get(url + "/v1/model")
	if err != nil {
		t.Fatal(err)
	}
	err = json.NewDecoder(response.Body).Decode(&model)
	if _ = response.Body.Close(); err != nil || model.Index.Tiles != *all.NumberMatched {
		t.Errorf("the model's index has %d tiles, %v, want %d", model.Index.Tiles, err, *all.NumberMatched)
	}
	first := all.Features[0].ID
	if _, same := searchFor(t, url, object{"id": first, "top_k": 1}); len(same.Features) != 1 || same.Features[0].ID != first || math.Abs(same.Features[0].Properties.Similarity-1) > 1e-5 || same.Features[0].Properties.Probability != nil {
		t.Errorf("by its own id: %+v", same.Features)
	}
	picture, err := os.ReadFile(filepath.Join(testdata, "pictures/rgb.png"))
	if err != nil {
		t.Fatal(err)
	}
	if status, h := searchFor(t, url, object{"image": base64.StdEncoding.EncodeToString(picture), "top_k": 3, "overlap": 1}); status != http.StatusOK || len(h.Features) != 3 {
		t.Errorf("by a picture: status %d, %+v", status, h)
	}
	if status, h := searchFor(t, url, object{"positive": []any{"river", object{"id": first}}, "negative": []any{"sea"}, "top_k": 2}); status != http.StatusOK || len(h.Features) != 2 {
		t.Errorf("by examples: status %d, %+v", status, h)
	}
	b := all.Features[0].BBox
	for _, f := range all.Features {
		if f.BBox != nil {
			b = f.BBox
		}
	}
	x, y := (b[0]+b[2])/2, (b[1]+b[3])/2
	if _, h := searchFor(t, url, object{"text": "river", "filter": object{"bbox": []float64{x, y, x, y}}}); h.NumberAllowed == nil || *h.NumberAllowed < 1 || *h.NumberAllowed > 4 {
		t.Errorf("a point lies in %v tiles", h.NumberAllowed)
	}
	whole, apart := len(all.Features), 0
	if _, h := searchFor(t, url, object{"text": "river", "top_k": 100}); len(h.Features) >= whole {
		t.Errorf("%d hits of %d overlap no better one", len(h.Features), whole)
	} else {
		apart = len(h.Features)
	}
	if _, page := searchFor(t, url, object{"text": "river", "top_k": 100, "offset": 2}); len(page.Features) != apart-2 {
		t.Errorf("a page behind 2 of %d has %d", apart, len(page.Features))
	}

	// The link is relative to the address that answered.
	preview, err := response.Request.URL.Parse("/v1/search")
	if err == nil {
		preview, err = preview.Parse(all.Features[0].Links[0].Href)
	}
	if want := url + "/v1/search/" + first + "/picture"; err != nil || preview.String() != want {
		t.Errorf("the preview is at %v, %v, want %s", preview, err, want)
	}
	response, err = http.Get(preview.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	shown, err := png.Decode(response.Body)
	if err != nil || response.Header.Get("Content-Type") != "image/png" {
		t.Fatalf("status %d, %v", response.StatusCode, err)
	}
	if got, want := shown.Bounds().Dx(), all.Features[0].Properties.PixelBBox[2]; got != want {
		t.Errorf("the picture is %d pixels wide, want %d", got, want)
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	url, _ := startSearch(t)
	type object = map[string]any
	for name, tt := range map[string]struct {
		body   object
		status int
		code   string
	}{
		"nothing":            {object{}, 400, "invalid_request"},
		"two":                {object{"text": "a", "id": "b"}, 400, "invalid_request"},
		"an unknown key":     {object{"text": "a", "topk": 3}, 400, "invalid_json"},
		"no hits":            {object{"text": "a", "top_k": 0}, 400, "invalid_request"},
		"many hits":          {object{"text": "a", "top_k": 10_001}, 400, "invalid_request"},
		"before the first":   {object{"text": "a", "offset": -1}, 400, "invalid_request"},
		"similarity":         {object{"text": "a", "min_similarity": 2}, 400, "invalid_request"},
		"overlap":            {object{"text": "a", "overlap": -0.1}, 400, "invalid_request"},
		"an unknown id":      {object{"id": "b"}, 404, "no_tile"},
		"a filter":           {object{"text": "a", "filter": object{"bbox": []int{1}}}, 400, "invalid_filter"},
		"a broken picture":   {object{"image": "AAAA"}, 415, "image_unsupported"},
		"the same both ways": {object{"positive": []string{"a"}, "negative": []string{"a"}}, 400, "invalid_request"},
	} {
		if status, h := searchFor(t, url, tt.body); status != tt.status || h.Error.Code != tt.code {
			t.Errorf("%s: status %d, %+v, want %d %s", name, status, h.Error, tt.status, tt.code)
		}
	}
	bare := start(t, config.App{}.WithDefaults())
	if status, h := searchFor(t, bare, object{"text": "a"}); status != http.StatusNotFound || h.Error.Code != "no_index" {
		t.Errorf("without an index: status %d, %+v", status, h.Error)
	}
	response, err := http.Get(url + "/v1/search/none/picture")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("the picture of no tile: status %d", response.StatusCode)
	}
}

// TestIndexIsSwapped puts other indexes in the place of the one in force while it is
// searched: no search may fail, and each index is closed when nobody uses it.
func TestIndexIsSwapped(t *testing.T) {
	t.Parallel()
	url, i := startSearch(t)
	folder := filepath.Join(t.TempDir(), "index")
	m := openTiny(t, config.Model{}, i.telemetry)
	defer m.Close()
	grow := func(names ...string) *search.Index {
		var sources []indexing.Source
		for _, name := range names {
			sources = append(sources, indexing.Source{Name: filepath.Join(testdata, "geotiff", name)})
		}
		if _, err := indexing.Run(context.Background(), m, sources, indexing.Options{Out: folder, MaxNodata: 1, Workers: 1, Client: http.DefaultClient}); err != nil {
			t.Fatal(err)
		}
		x, err := search.Open(folder, m.SHA256())
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	done, failed := make(chan struct{}), make(chan int, 1)
	go func() {
		defer close(failed)
		for {
			select {
			case <-done:
				return
			default:
			}
			if status, _ := searchFor(t, url, map[string]any{"text": "river"}); status != http.StatusOK {
				failed <- status
				return
			}
		}
	}()
	names := []string{"uint8.tif", "uint16.tif", "int16.tif", "float32.tif", "mask.tif"}
	for n := range names {
		i.SetIndex(grow(names[:n+1]...))
		if _, h := searchFor(t, url, map[string]any{"text": "river", "top_k": 100, "overlap": 1}); h.NumberReturned != n+1 {
			t.Errorf("%d tiles after %d sources", h.NumberReturned, n+1)
		}
	}
	wantMetrics(t, url, "rsclip_index_tiles 5", "rsclip_index_files 5")
	close(done)
	if status, ok := <-failed; ok {
		t.Errorf("a search had status %d while the index was swapped", status)
	}
}
