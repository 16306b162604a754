// Package engine opens search engines beyond this machine by their addresses.
package engine

import (
	"fmt"

	"github.com/seed-74198975/rsclip/inference/postgres"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/weaviate"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// Place is where the tiles of an engine are.
type Place struct {
	// Address is what [contract.ParseEngine] reads.
	Address string
	// Key is an API key of Weaviate; none if empty.
	Key string
	// Collection is the name of Weaviate's collection or PostgreSQL's table. Default: a
	// name of the model's hash.
	Collection string
}

// Validate checks the place without asking for it.
func (p Place) Validate() error {
	if p.Collection != "" && !contract.Collection.MatchString(p.Collection) {
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
	address, err := contract.ParseEngine(p.Address)
	if err != nil {
		return nil, err
	}
	if address.IsWeaviate() {
		return weaviate.New(p.Address, p.Key, name, modelSHA256)
	}
	return postgres.New(p.Address, name, modelSHA256)
}
