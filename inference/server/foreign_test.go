package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// TestSearchOfForeign searches an index of embeddings that were made elsewhere: hits have
// geometries of every type, and no picture, since the table does not say where it is.
func TestSearchOfForeign(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{}.WithDefaults(), config.Model{})
	m := openTiny(t, config.Model{}, i.telemetry)
	folder := filepath.Join(t.TempDir(), "index")
	f := &table.Foreign{MadeBy: m.SHA256(), Model: table.Metadata{ModelSHA256: m.SHA256(), Dimensions: m.Description().EmbeddingSize}}
	if tiles, added, err := indexing.Import(t.Context(), f, []string{filepath.Join(testdata, "tables/geopandas.parquet")}, indexing.Options{Out: folder, ShardRows: 5}, func(line string) { t.Log(line) }); err != nil || tiles != 8 || !added {
		t.Fatalf("%d tiles, %v, %v", tiles, added, err)
	}
	x, err := search.Open(folder, m.SHA256())
	if err != nil {
		t.Fatal(err)
	}
	i.SetModel(m, x)
	url := serve(t, i)
	response, err := http.Post(url+"/v1/search", "application/json", bytes.NewReader([]byte(`{"id": "grey.jpg", "overlap": 1}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var found struct {
		Features []struct {
			ID       string
			Links    []any
			Geometry struct{ Type string }
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil || len(found.Features) != 8 || found.Features[0].ID != "grey.jpg" {
		t.Fatalf("%v, %+v", err, found)
	}
	types := map[string]bool{}
	for _, feature := range found.Features {
		types[feature.Geometry.Type] = true
		if feature.Links == nil || len(feature.Links) > 0 {
			t.Errorf("%s has the links %v, want a list of none", feature.ID, feature.Links)
		}
	}
	if len(types) != 6 || types[""] {
		t.Errorf("geometries are of the types %v, want 6", types)
	}
	picture, err := http.Get(url + "/v1/search/grey.jpg/picture")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = picture.Body.Close() }()
	if said, _ := io.ReadAll(picture.Body); picture.StatusCode != http.StatusNotFound || !strings.Contains(string(said), "its table has no source or no pixel_bbox") {
		t.Errorf("status %d, %s", picture.StatusCode, said)
	}
}
