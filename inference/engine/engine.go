// Package engine opens search engines beyond this machine by their addresses.
package engine

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/seed-74198975/rsclip/inference/postgres"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/weaviate"
)

// Place is where the tiles of an engine are.
type Place struct {
	// Address is weaviate://HOST[:PORT], weaviates:// for HTTPS, or postgres://HOST/DATABASE.
	Address string
	// Key is an API key of Weaviate; none if empty.
	Key string
	// Collection is the name of Weaviate's collection or PostgreSQL's table. Default: a
	// name of the model's hash.
	Collection string
}

// collectionName is what both engines take as a name.
var collectionName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,40}$`)

// Validate checks the place without asking for it.
func (p Place) Validate() error {
	if p.Collection != "" && !collectionName.MatchString(p.Collection) {
		return fmt.Errorf("the collection is %q: must be a letter, and at most 40 letters, digits and _ behind it", p.Collection)
	}
	e, err := p.open("")
	if err != nil {
		return err
	}
	return e.Close()
}

// Open returns the engine with the tiles of a model. It asks nothing yet.
func (p Place) Open(modelSHA256 string) (search.Remote, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	return p.open(modelSHA256)
}

func (p Place) open(modelSHA256 string) (search.Remote, error) {
	name := p.Collection
	if name == "" {
		name = search.Collection(modelSHA256)
	}
	switch scheme, _, _ := strings.Cut(p.Address, "://"); scheme {
	case "weaviate", "weaviates":
		return weaviate.New(p.Address, p.Key, name, modelSHA256)
	case "postgres", "postgresql":
		return postgres.New(p.Address, name, modelSHA256)
	}
	return nil, errors.New("the address of the search engine begins with none of weaviate://, weaviates:// and postgres://")
}
