package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/inference/table"
)

// Engine answers searches: the index of a folder, or an engine beyond this machine.
// Its methods may be called at the same time.
type Engine interface {
	// Search returns the best hits, the best first, and how many tiles the filter
	// allows, less than 0 if that cannot be told. A filter that cannot be read or
	// answered is a [*FilterError].
	Search(ctx context.Context, q Query) (hits []Hit, allowed int, err error)
	// Tile returns a tile by its id, and its embedding, or [ErrNoTile].
	Tile(ctx context.Context, id string) (*table.Tile, []float32, error)
	// Memory is about what a search takes here, in bytes.
	Memory(q Query) int
	// Close ends it. No search may be under way.
	Close() error
}

// ErrNoTile is that of an id that is none of the tiles.
var ErrNoTile = errors.New("there is no such tile")

// bytesPerHit is about what a hit takes in an answer.
const bytesPerHit = 2 << 10

// Remote is a search engine that is filled, and asked for what it has.
type Remote interface {
	Engine
	// Check refuses tiles of another model, and is nil if there are none yet.
	Check(ctx context.Context, modelSHA256 string) error
	// Prepare makes place for tiles, or refuses those that are unlike the ones there.
	Prepare(ctx context.Context, m table.Metadata) error
	// Digests returns those of the tiles that are there, by their ids.
	Digests(ctx context.Context, ids []string) (map[string]string, error)
	// Put takes tiles, in the place of those with the same ids.
	Put(ctx context.Context, rows []Kept) error
	// Finish is called when all tiles are there.
	Finish(ctx context.Context) error
}

// Kept is a tile as an engine keeps it.
type Kept struct {
	table.Row

	// Digest changes with anything of the row.
	Digest string
}

// EngineError is a failure of a remote engine.
type EngineError struct {
	// Unavailable tells that it does not answer; else what it answers is wrong.
	Unavailable bool
	// Engine names it, such as Weaviate.
	Engine string
	Err    error
}

func (e *EngineError) Error() string {
	if e.Unavailable {
		return fmt.Sprintf("%s does not answer: %v", e.Engine, e.Err)
	}
	return fmt.Sprintf("%s has failed: %v", e.Engine, e.Err)
}

func (e *EngineError) Unwrap() error { return e.Err }

// Unlike tells why tiles cannot be beside those of an engine; nil if they can.
func Unlike(there, m table.Metadata, where string) error {
	switch {
	case there.ModelSHA256 != m.ModelSHA256:
		return fmt.Errorf("%s has embeddings of the model %s with the hash %s, and not of %s with %s: name another collection", where, there.Model, there.ModelSHA256, m.Model, m.ModelSHA256)
	case there.Preprocessing != m.Preprocessing:
		return fmt.Errorf("%s has pictures that were prepared as %q, and not as %q: name another collection", where, there.Preprocessing, m.Preprocessing)
	}
	return nil
}

// Collection names the tiles of a model, if no other name is wanted.
func Collection(modelSHA256 string) string {
	return "rsclip_" + modelSHA256[:min(12, len(modelSHA256))]
}

// SortHits puts the best first, and of equals those with the smaller ids, so that pages
// fit together whichever node of an engine answers.
func SortHits(hits []Hit) {
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), strings.Compare(a.ID, b.ID))
	})
}

// Narrow is for engines which tell less than the filter does: it returns the hits
// that are wanted of those that are allowed by the engine. If there may be more, and
// no more are looked at, that is an error.
func (w Wanted) Narrow(found []Hit, depth int, all bool) ([]Hit, error) {
	if w.Holds == nil {
		return found, nil
	}
	looked := len(found)
	found = slices.DeleteFunc(found, func(h Hit) bool { return !w.Holds(h.Tile) })
	if depth == maxLooked && !all && len(found) < looked {
		return nil, refuse("cql2", "the search engine cannot tell all of this filter, and %d tiles that it allows are not enough: add a bbox or a datetime", maxLooked)
	}
	return found, nil
}
