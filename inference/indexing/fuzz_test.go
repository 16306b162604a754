package indexing_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// FuzzSources reads lists of any bytes.
func FuzzSources(f *testing.F) {
	f.Add([]byte("\ufeffa.tif\r\n\n  https://example.com/b.tif \n\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sources, err := indexing.Sources("-", bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, s := range sources {
			if s.Line < 1 || s.Name == "" || strings.Contains(s.Name, "\n") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// FuzzSTACItems reads items of any bytes.
func FuzzSTACItems(f *testing.F) {
	f.Add([]byte(`{"assets": {"visual": {"href": "a.tif"}}, "properties": {"datetime": "2024-01-02T03:04:05Z", "eo:cloud_cover": 12.5, "x": {"y": [1]}}}`))
	f.Add([]byte(`{"assets": {"visual": {"href": "https://example.com/a.tif"}}, "properties": {"datetime": null, "start_datetime": "2024-01-02T03:04:05Z", "eo:cloud_cover": "1", "x": null}}` + "\n{}"))
	f.Add([]byte(`{"type": "FeatureCollection", "features": [{"assets": {"visual": {"href": "a.tif"}}}], "links": []} [{"assets": {}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sources, err := indexing.Items{Asset: "visual", Properties: []string{"x"}}.Read("items/list.jsonl", bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, s := range sources {
			if s.Name == "" || s.Line < 1 || s.Properties != nil && !json.Valid([]byte(*s.Properties)) {
				t.Errorf("%+v", s)
			}
		}
	})
}
