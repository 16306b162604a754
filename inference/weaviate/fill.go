package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// Prepare makes the collection if there is none: the codes of vectors have 8 bits, and
// what is found by them is compared with the vectors themselves; each tile is kept by
// as many nodes as there are, at most three.
func (s *Store) Prepare(ctx context.Context, m table.Metadata) error {
	there, err := s.metadata(ctx, fillTries)
	if err != nil {
		return err
	}
	if there != nil {
		return errors.Join(search.Unlike(*there, m, "the collection "+s.collection), s.learnt(ctx))
	}
	description, err := json.Marshal(table.Metadata{Model: m.Model, ModelSHA256: m.ModelSHA256, Preprocessing: m.Preprocessing, TileSide: m.TileSide, Overlap: m.Overlap, Dimensions: m.Dimensions})
	if err != nil {
		return err
	}
	nodes, err := s.nodes(ctx)
	if err != nil {
		return err
	}
	type object = map[string]any
	number := func(name string) object {
		return object{"name": name, "dataType": []string{"number"}, "indexFilterable": false, "indexRangeFilters": true}
	}
	text := func(name, kind string, filterable bool) object {
		return object{"name": name, "dataType": []string{kind}, "tokenization": "field", "indexFilterable": filterable, "indexSearchable": false}
	}
	err = s.client.call(ctx, fillTries, http.MethodPost, "/v1/schema", object{
		"class": s.collection, "description": string(description), "vectorizer": "none", "vectorIndexType": "hnsw",
		"vectorIndexConfig":   object{"distance": "cosine", "rq": object{"enabled": true, "bits": 8}, "flatSearchCutoff": mostCompared},
		"replicationConfig":   object{"factor": min(3, nodes), "asyncEnabled": nodes > 1},
		"invertedIndexConfig": object{"indexNullState": true},
		"properties": []object{
			text(idProperty, "text", true), text("source", "text", true), text("grid_cell", "text", true), text(facetsProperty, "text[]", true),
			number("nodata"), number("gsd"), number("cloud_cover"), number("datetime"), number("xmin"), number("ymin"), number("xmax"), number("ymax"),
			{"name": partProperty, "dataType": []string{"int"}},
			text(tileProperty, "text", false), text(digestProperty, "text", false),
		},
	}, nil)
	if err == nil {
		return s.learnt(ctx)
	}
	// Another job may have made it meanwhile.
	if there, again := s.metadata(ctx, fillTries); again == nil && there != nil {
		return errors.Join(search.Unlike(*there, m, "the collection "+s.collection), s.learnt(ctx))
	}
	return err
}

// learnt waits until all nodes answer questions of the collection: they learn one after
// another of one that has just been made.
func (s *Store) learnt(ctx context.Context) error {
	question, err := json.Marshal(map[string]string{"query": "{Get{" + s.collection + "(limit: 1){" + idProperty + "}}}"})
	if err != nil {
		return err
	}
	pause := firstPause
	for try := 1; ; try++ {
		var failed []error
		for _, node := range s.client.nodes {
			failed = append(failed, s.client.once(ctx, node, http.MethodPost, "/v1/graphql", question, new(graph)))
		}
		err := errors.Join(failed...)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if try == fillTries/len(s.client.nodes) {
			return &search.EngineError{Engine: engine, Err: err}
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, maxPause)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// nodes counts the nodes.
func (s *Store) nodes(ctx context.Context) (int, error) {
	var answer struct{ Nodes []struct{} }
	err := s.client.call(ctx, fillTries, http.MethodGet, "/v1/nodes", nil, &answer)
	return max(1, len(answer.Nodes)), err
}

// Digests returns those of the tiles that are there.
func (s *Store) Digests(ctx context.Context, ids []string) (map[string]string, error) {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = quote(id)
	}
	var found []struct {
		ID     string `json:"tile_id"`
		Digest string `json:"digest"`
	}
	query := fmt.Sprintf("{Get{%s(limit: %d, where: {path: [%q], operator: ContainsAny, valueText: [%s]}){%s %s}}}", s.collection, len(ids), idProperty, strings.Join(words, ","), idProperty, digestProperty)
	if err := s.query(ctx, query, &found); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(found))
	for _, f := range found {
		out[f.ID] = f.Digest
	}
	return out, nil
}

// Put takes tiles. All nodes that keep a tile must have taken it, so that it is found
// whichever of them answers later.
func (s *Store) Put(ctx context.Context, rows []search.Kept) error {
	objects := make([]object, len(rows))
	for i, row := range rows {
		properties, err := propertiesOf(row)
		if err != nil {
			return err
		}
		objects[i] = object{Class: s.collection, ID: objectID(row.ID), Properties: properties, Vector: row.Embedding}
	}
	return s.client.call(ctx, fillTries, http.MethodPost, "/v1/batch/objects?consistency_level=ALL", map[string]any{"objects": objects}, new(batchAnswer))
}

// batchAnswer tells of each object whether it was taken.
type batchAnswer []struct {
	ID     string
	Result struct {
		Errors *struct {
			Error []struct{ Message string }
		}
	}
}

func (a *batchAnswer) failed() error {
	for _, o := range *a {
		if e := o.Result.Errors; e != nil && len(e.Error) > 0 {
			return &answerError{fmt.Sprintf("the tile %s was not taken: %s", o.ID, e.Error[0].Message)}
		}
	}
	return nil
}

// Finish has nothing to do: the index of vectors grows with the tiles.
func (s *Store) Finish(context.Context) error { return nil }

// propertiesOf returns what is filtered by, and the tile whole.
func propertiesOf(row search.Kept) (map[string]any, error) {
	if !utf8.ValidString(row.ID) || !utf8.ValidString(row.Source) {
		return nil, fmt.Errorf("the tile %q of %q: names must be UTF-8", row.ID, row.Source)
	}
	tile, err := json.Marshal(row.Tile)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the tile %s", row.ID), err)
	}
	id := uuid.MustParse(objectID(row.ID))
	out := map[string]any{
		idProperty: row.ID, digestProperty: row.Digest, tileProperty: string(tile), partProperty: int(id[0]) % parts,
		"source": row.Source, "nodata": row.Nodata,
	}
	set(out, "gsd", row.GSD)
	set(out, "grid_cell", row.GridCell)
	set(out, "cloud_cover", row.CloudCover)
	set(out, "datetime", row.Datetime)
	if b := row.BBox; b != nil {
		out["xmin"], out["ymin"], out["xmax"], out["ymax"] = b.XMin, b.YMin, b.XMax, b.YMax
	}
	var facets []string
	for name, value := range search.Properties(&row.Tile) {
		if value == nil {
			continue
		}
		facets = append(facets, facetOf(name))
		switch value.(type) {
		case float64, string, bool:
			facets = append(facets, facetOf(name, value), kindOf(name, value))
		}
	}
	if facets != nil {
		out[facetsProperty] = facets
	}
	return out, nil
}

func set[T any](properties map[string]any, name string, value *T) {
	if value != nil {
		properties[name] = *value
	}
}
