package search

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/seed-74198975/rsclip/inference/table"
)

// ModelCheck sees to it that what a remote engine has is of the model that is served.
type ModelCheck struct {
	// Engine names the engine, such as Weaviate.
	Engine string
	// Place is what the tiles are in, such as "table tiles".
	Place string
	// Model is the SHA-256 of the wanted model.
	Model string
	// Metadata reads what the place says of its tiles; nil if there is no such place.
	Metadata func(ctx context.Context) (*table.Metadata, error)

	checked atomic.Bool
}

// Check refuses a place of another model, and is nil if there is none yet.
func (c *ModelCheck) Check(ctx context.Context, modelSHA256 string) error {
	m, err := c.Metadata(ctx)
	if err != nil || m == nil {
		return err
	}
	if m.ModelSHA256 != modelSHA256 {
		return fmt.Errorf("the %s is of the model %s with the hash %s, and the model that is served has %s: fill another collection, or serve that model", c.Place, m.Model, m.ModelSHA256, modelSHA256)
	}
	c.checked.Store(true)
	return nil
}

// Once has the place checked before it is asked for the first time.
func (c *ModelCheck) Once(ctx context.Context) error {
	if c.checked.Load() {
		return nil
	}
	if err := c.Check(ctx, c.Model); err != nil {
		return err
	}
	if !c.checked.Load() {
		return &EngineError{Unavailable: true, Engine: c.Engine, Err: fmt.Errorf("it has no %s: fill it with rsclip index -to", c.Place)}
	}
	return nil
}
