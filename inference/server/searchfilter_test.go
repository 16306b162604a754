package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestNumberMatched wants the number of hits of all pages, or none.
func TestNumberMatched(t *testing.T) {
	t.Parallel()
	url, _ := startSearch(t)
	type object = map[string]any
	_, all := searchFor(t, url, object{"text": "river", "top_k": 100, "overlap": 1})
	_, apart := searchFor(t, url, object{"text": "river", "top_k": 100})
	whole, few := len(all.Features), len(apart.Features)
	middle := all.Features[2].Properties.Similarity
	near := 0
	for _, f := range all.Features {
		if f.Properties.Similarity >= middle {
			near++
		}
	}
	none := -1
	for _, tt := range []struct {
		name    string
		ask     object
		matched int
	}{
		{"one of all", object{"overlap": 1, "top_k": 1}, whole},
		{"behind all", object{"overlap": 1, "offset": whole}, whole},
		{"one of those apart", object{"top_k": 1}, none},
		{"the last page of those apart", object{"top_k": few, "offset": 1}, few},
		{"a whole page of those apart", object{"top_k": few}, none},
		{"behind those apart", object{"offset": few}, none},
		{"those that are near", object{"overlap": 1, "min_similarity": middle, "top_k": 100}, near},
		{"one of those that are near", object{"overlap": 1, "min_similarity": middle, "top_k": 1}, none},
		{"none is near", object{"min_similarity": 1}, 0},
	} {
		tt.ask["text"] = "river"
		_, h := searchFor(t, url, tt.ask)
		matched := none
		if h.NumberMatched != nil {
			matched = *h.NumberMatched
		}
		if matched != tt.matched || h.NumberAllowed == nil || *h.NumberAllowed != whole {
			t.Errorf("%s: %d matched, %v allowed, want %d and %d", tt.name, matched, h.NumberAllowed, tt.matched, whole)
		}
	}
	if _, h := searchFor(t, url, object{"text": "river", "filter": object{"cql2": object{"op": "in", "args": []any{object{"property": "id"}, []any{}}}}}); h.NumberMatched == nil || *h.NumberMatched != 0 || *h.NumberAllowed != 0 {
		t.Errorf("of no ids: %+v", h)
	}
}

// TestFiltersOfOthers sends filters as GeoJSON, STAC and RFC 3339 allow them.
func TestFiltersOfOthers(t *testing.T) {
	t.Parallel()
	url, _ := startSearch(t)
	const polygon = `"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]`
	for _, tt := range []struct{ filter, refused string }{
		{`{"intersects": {` + polygon + `}}`, ""},
		{`{"intersects": {` + polygon + `, "bbox": [-180, -90, 180, 90]}}`, ""},
		{`{"intersects": {"bbox": null, ` + polygon + `, "name": "the earth", "properties": {"type": "Point"}, "list": [null, {"a": 1}]}}`, ""},
		{`{"intersects": {` + polygon + `, "crs": null}}`, ""},
		{`{"intersects": {` + polygon + `, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}}}`, ""},
		{`{"intersects": {` + polygon + `, "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}}}`, ""},
		{`{"intersects": {` + polygon + `, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}}}`, "filter.intersects: its crs is"},
		{`{"intersects": {` + polygon + `, "crs": {"type": "name", "properties": {"name": "EPSG:43261"}}}}`, "filter.intersects: its crs is"},
		{`{"intersects": {"type": "Feature", "geometry": {` + polygon + `}}}`, "must be Polygon or MultiPolygon"},
		{`{"intersects": {"type": "Polygon"}}`, "filter.intersects: its coordinates"},
		{`{"bbox": [-180, -90, -100, 180, 90, 9000]}`, ""},
		{`{"bbox": [-180, -90, 180, 90, 0]}`, "filter.bbox"},
		{`{"datetime": "1900-01-01t00:00:00z/2100-01-01 00:00:00Z"}`, "none"},
		{`{"datetime": "1900-01-01T00:00:00,5Z"}`, "filter.datetime"},
		{`{"cql2": {"op": "<", "args": [{"property": "datetime"}, {"timestamp": "2100-01-01t00:00:00z"}]}}`, "none"},
		{`{"cql2": {"op": "not", "args": [{"op": "in", "args": [{"property": "id"}, []]}]}}`, ""},
		{`{"cql2": {"op": "in", "args": [{"property": "id"}, null]}}`, "no list of values"},
	} {
		status, h := searchFor(t, url, map[string]any{"text": "river", "filter": json.RawMessage(tt.filter)})
		switch tt.refused {
		case "", "none":
			if some := len(h.Features) > 0; status != http.StatusOK || some != (tt.refused == "") {
				t.Errorf("%s: status %d, %d hits, %+v", tt.filter, status, len(h.Features), h.Error)
			}
		default:
			if status != http.StatusBadRequest || h.Error.Code != "invalid_filter" || !strings.Contains(h.Error.Message, tt.refused) {
				t.Errorf("%s: status %d, %+v, want %s", tt.filter, status, h.Error, tt.refused)
			}
		}
	}
}
