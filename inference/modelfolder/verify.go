package modelfolder

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/seed-74198975/rsclip/internal/regular"
)

// Verify reads every file of a model folder and compares size and SHA-256 with
// the metadata.
func Verify(ctx context.Context, dir string) error {
	m, err := Read(dir)
	if err != nil {
		return err
	}
	for _, want := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		got, err := Pin(ctx, dir, want.Name)
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("verifying %s: %s has %d bytes with SHA-256 %s, %s says %d and %s: the file is damaged or foreign; export the model again",
				dir, want.Name, got.Size, got.SHA256, MetadataFile, want.Size, want.SHA256)
		}
	}
	return nil
}

// CheckSizes compares the sizes of a model folder's files with its metadata,
// which tells a file that was cut off, or is another model's, without reading it.
func CheckSizes(dir string, m *Metadata) error {
	for _, want := range m.Files {
		info, err := os.Stat(filepath.Join(dir, want.Name))
		if err != nil {
			return fmt.Errorf("checking the model folder: %w", err)
		}
		if info.Size() != want.Size {
			return fmt.Errorf("checking %s: %s has %d bytes, %s says %d: the file is damaged or foreign; export the model again", dir, want.Name, info.Size(), MetadataFile, want.Size)
		}
	}
	return nil
}

// Pin reads a file of a folder and returns its size and hash.
func Pin(ctx context.Context, dir, name string) (File, error) {
	f, err := regular.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, fmt.Errorf("hashing %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	size, err := io.Copy(hash, contextReader{ctx, f})
	if err != nil {
		return File{}, fmt.Errorf("hashing %s: %w", name, err)
	}
	return File{Name: name, Size: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, nil
}

// contextReader ends a long read when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
