// Package weaviate keeps the tiles of an index in Weaviate, a distributed vector
// database, and searches them there.
//
// Tested with Weaviate 1.35.
package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

const engine = "Weaviate"

// How often a call is tried: a search has a deadline, a fill outlives the restart of a
// node.
const (
	searchTries = 6
	fillTries   = 30
)

// Properties of an object, beside the columns of the table.
const (
	idProperty     = "tile_id"
	facetsProperty = "facets" // what is asked of the properties of the STAC item
	partProperty   = "part"   // one of parts
	tileProperty   = "tile"   // the tile whole, as JSON
	digestProperty = "digest" // of the row
)

// Bounds of a query: the engine answers no more hits than this, by default. So deeper
// searches ask for each part of the tiles.
const (
	maxHits = 10_000
	parts   = 16
	// minHits are asked for in any case, so that the engine looks at enough neighbours.
	minHits = 100
	// mostCompared tiles of a shard, of those that a filter allows, are all compared with
	// what is looked for. The engine's graph of neighbours, which more are searched by, can
	// lose whole groups of tiles that are alike, such as those of open sea.
	mostCompared = 1_000_000
)

// Store is a collection of a Weaviate.
type Store struct {
	search.ModelCheck

	client     *client
	collection string
}

// New returns the collection of an address, whose name may begin with a small letter.
// It asks nothing yet. Key, if it is not empty, is an API key.
func New(address, key, collection, modelSHA256 string) (*Store, error) {
	c, err := newClient(address, key)
	if err != nil {
		return nil, err
	}
	name := strings.ToUpper(collection[:1]) + collection[1:]
	for _, r := range name {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' {
			return nil, fmt.Errorf("the collection is %q: letters, digits and _ are allowed", collection)
		}
	}
	s := &Store{client: c, collection: name}
	s.Engine, s.Place, s.Model = engine, "collection "+name, modelSHA256
	s.Metadata = func(ctx context.Context) (*table.Metadata, error) { return s.metadata(ctx, searchTries) }
	return s, nil
}

// Close ends the connections.
func (s *Store) Close() error {
	s.client.http.CloseIdleConnections()
	return nil
}

// Memory is about what a search takes, in bytes.
func (s *Store) Memory(q search.Query) int { return 4 << 10 * max(minHits, q.TopK+q.Offset) }

// metadata reads what the collection says of its tiles; nil if there is none.
func (s *Store) metadata(ctx context.Context, tries int) (*table.Metadata, error) {
	var class struct{ Description string }
	err := s.client.call(ctx, tries, http.MethodGet, "/v1/schema/"+s.collection, nil, &class)
	var status *statusError
	if errors.As(err, &status) && status.status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := new(table.Metadata)
	if err := json.Unmarshal([]byte(class.Description), m); err != nil || m.ModelSHA256 == "" {
		return nil, fmt.Errorf("the collection %s was not made by rsclip index: name another", s.collection)
	}
	return m, nil
}

// where puts a filter among the arguments of a query. There is always one, and all tiles
// meet it, if nothing else is asked: the engine compares all that a filter allows, up to
// mostCompared, but without any filter it asks the graph.
func where(asked search.Asked[string]) string {
	if asked.Any {
		return fmt.Sprintf(`, where: {path: [%q], operator: GreaterThanEqual, valueInt: 0}`, partProperty)
	}
	return ", where: " + asked.What
}

// Search asks for the nearest tiles that the filter allows.
func (s *Store) Search(ctx context.Context, q search.Query) (hits []search.Hit, allowed int, err error) {
	wanted, err := q.Filter.Read()
	if err != nil {
		return nil, 0, err
	}
	if err := s.Once(ctx); err != nil {
		return nil, 0, err
	}
	asked := dialect.Write(wanted.Condition)
	if asked.No {
		return nil, 0, nil
	}
	group, ctx := errgroup.WithContext(ctx)
	allowed = -1
	if asked.Exact {
		group.Go(func() (err error) {
			allowed, err = s.count(ctx, asked)
			return err
		})
	}
	group.Go(func() (err error) {
		hits, err = q.Best(func(depth int) ([]search.Hit, bool, error) {
			found, all, err := s.nearest(ctx, q.Vector, depth, asked)
			if err != nil {
				return nil, false, err
			}
			found, err = wanted.Narrow(found, depth, all)
			return found, all, err
		})
		return err
	})
	return hits, allowed, group.Wait()
}

// count returns how many tiles a filter allows.
func (s *Store) count(ctx context.Context, asked search.Asked[string]) (int, error) {
	argument := ""
	if !asked.Any {
		argument = "(where: " + asked.What + ")"
	}
	var answer []struct{ Meta struct{ Count int } }
	if err := s.query(ctx, "{Aggregate{"+s.collection+argument+"{meta{count}}}}", &answer); err != nil || len(answer) != 1 {
		return 0, errors.Join(err)
	}
	return answer[0].Meta.Count, nil
}

// query asks by GraphQL.
func (s *Store) query(ctx context.Context, query string, into any) error {
	var g graph
	if err := s.client.call(ctx, searchTries, http.MethodPost, "/v1/graphql", map[string]string{"query": query}, &g); err != nil {
		return err
	}
	data := g.Data.Get[s.collection]
	if data == nil {
		data = g.Data.Aggregate[s.collection]
	}
	if err := json.Unmarshal(data, into); err != nil {
		return &search.EngineError{Engine: engine, Err: fmt.Errorf("its answer cannot be read: %w", err)}
	}
	return nil
}

// nearest returns the k nearest tiles, and whether they are all that are allowed.
func (s *Store) nearest(ctx context.Context, vector []float32, k int, asked search.Asked[string]) (hits []search.Hit, all bool, err error) {
	if k <= maxHits {
		limit := max(k, minHits)
		hits, err = s.near(ctx, vector, limit, where(asked))
		all = len(hits) < limit
		return hits[:min(k, len(hits))], all && len(hits) <= k, err
	}
	// The hits of all parts are the nearest down to the last one of a part that has more.
	limit := min(maxHits, k/parts*3/2+minHits)
	last := -2.0
	all = true
	for part := range parts {
		filter := fmt.Sprintf(`{path: [%q], operator: Equal, valueInt: %d}`, partProperty, part)
		if !asked.Any {
			filter = operands("And", []string{filter, asked.What})
		}
		some, err := s.near(ctx, vector, limit, ", where: "+filter)
		if err != nil {
			return nil, false, err
		}
		if len(some) == limit {
			all, last = false, max(last, some[limit-1].Similarity)
		}
		hits = append(hits, some...)
	}
	search.SortHits(hits)
	for len(hits) > k || len(hits) > 0 && hits[len(hits)-1].Similarity < last {
		hits, all = hits[:len(hits)-1], false
	}
	return hits, all, nil
}

// near asks for the nearest tiles.
func (s *Store) near(ctx context.Context, vector []float32, limit int, where string) ([]search.Hit, error) {
	numbers := make([]byte, 0, 12*len(vector))
	for _, v := range vector {
		numbers = append(strconv.AppendFloat(numbers, float64(v), 'g', -1, 32), ',')
	}
	var found []struct {
		Tile       string                     `json:"tile"`
		Additional struct{ Distance float64 } `json:"_additional"`
	}
	query := fmt.Sprintf("{Get{%s(limit: %d, nearVector: {vector: [%s]}%s){%s _additional{distance}}}}", s.collection, limit, numbers, where, tileProperty)
	if err := s.query(ctx, query, &found); err != nil {
		return nil, err
	}
	hits := make([]search.Hit, len(found))
	for i, f := range found {
		tile := new(table.Tile)
		if err := json.Unmarshal([]byte(f.Tile), tile); err != nil {
			return nil, &search.EngineError{Engine: engine, Err: fmt.Errorf("a tile cannot be read: %w", err)}
		}
		hits[i] = search.Hit{Tile: tile, Similarity: 1 - f.Additional.Distance}
	}
	search.SortHits(hits)
	return hits, nil
}

// object is what the engine keeps of a tile.
type object struct {
	Class      string         `json:"class"`
	ID         string         `json:"id"`
	Properties map[string]any `json:"properties"`
	Vector     []float32      `json:"vector"`
}

// Tile returns a tile by its id, and its embedding.
func (s *Store) Tile(ctx context.Context, id string) (*table.Tile, []float32, error) {
	if err := s.Once(ctx); err != nil {
		return nil, nil, err
	}
	var o object
	err := s.client.call(ctx, searchTries, http.MethodGet, "/v1/objects/"+s.collection+"/"+objectID(id)+"?include=vector&consistency_level=QUORUM", nil, &o)
	var status *statusError
	if errors.As(err, &status) && status.status == http.StatusNotFound {
		return nil, nil, search.ErrNoTile
	}
	if err != nil {
		return nil, nil, err
	}
	tile := new(table.Tile)
	text, _ := o.Properties[tileProperty].(string)
	if err := json.Unmarshal([]byte(text), tile); err != nil {
		return nil, nil, &search.EngineError{Engine: engine, Err: fmt.Errorf("the tile %s cannot be read: %w", id, err)}
	}
	return tile, o.Vector, nil
}

// namespace is that of objects of tiles whose ids are no UUIDs.
var namespace = uuid.MustParse("2f0f2a52-6a5b-4a3d-8f47-3b8a0d1b7f6c")

// objectID is the id of a tile as the engine has it.
func objectID(id string) string {
	if u, err := uuid.Parse(id); err == nil && u.String() == id {
		return id
	}
	return uuid.NewSHA1(namespace, []byte(id)).String()
}
