package modelfolder

import (
	"context"
	"fmt"

	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// Ensure makes a model folder unless it is there and sound, which is what wanted
// finds besides the hashes of [Verify]; see [wholefolder.Ensure].
func Ensure(ctx context.Context, dir string, wanted func(*Metadata) error, progress func(line string), make func() error) error {
	prove := func(ctx context.Context) error {
		m, err := Read(dir)
		if err != nil {
			return err
		}
		if err := wanted(m); err != nil {
			return fmt.Errorf("model folder %s: %w", dir, err)
		}
		return Verify(ctx, dir)
	}
	return wholefolder.Ensure(ctx, dir, prove, progress, make)
}
