package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// embedding is a line that `rsclip embed` prints. That of an item whose embedding
// is not finite is null, and Error says why.
type embedding struct {
	Text      *string   `json:"text,omitempty"`
	Image     *string   `json:"image,omitempty"`
	Embedding []float32 `json:"embedding"`
	Truncated bool      `json:"truncated,omitempty"`
	Error     string    `json:"error,omitempty"`
}

// embed is `rsclip embed`: embeddings of files of texts and pictures, without
// a server, as JSON lines in the order of the inputs. The first line describes
// the model. It fails at the end where an embedding was not finite.
func embed(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("embed", flag.ContinueOnError)
	dir := flags.String("model", contract.ModelFolder, "model `folder` that rsclip export wrote")
	device := flags.String("device", string(config.CPU), "cpu, cuda or tensorrt")
	texts := flags.String("texts", "", "`file` of texts, one a line")
	images := flags.String("images", "", "`file` of paths of pictures, one a line")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	c := config.DefaultModel()
	c.Device = config.Device(*device)
	if err := c.Validate(); err != nil {
		return err
	}
	m, err := model.Open(*dir, c, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	memory := budget.New(boundMemory(config.App{Cache: &config.Cache{TextMiB: -1, URLMiB: -1}}, slog.New(slog.DiscardHandler)), 1)
	out := bufio.NewWriter(stdout)
	defer func() {
		if flushed := out.Flush(); err == nil {
			err = flushed
		}
	}()
	lines := json.NewEncoder(out)
	if err := lines.Encode(m.Description()); err != nil {
		return err
	}
	failed := 0
	write := func(e embedding, err error) error {
		if errors.Is(err, model.ErrNotFinite) {
			failed++
			e.Error, err = err.Error(), nil
		}
		if err != nil {
			return err
		}
		return lines.Encode(e)
	}
	err = eachLine(*texts, func(text string) error {
		e, err := m.EmbedText(ctx, text)
		return write(embedding{Text: &text, Embedding: e.Vector, Truncated: e.Truncated}, err)
	})
	if err != nil {
		return err
	}
	err = eachLine(*images, func(path string) error {
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		vector, err := embedImage(ctx, m, memory, file)
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
		return write(embedding{Image: &path, Embedding: vector}, err)
	})
	if err == nil && failed > 0 {
		err = fmt.Errorf("%d embeddings are not finite: their lines say so", failed)
	}
	return err
}

// embedImage embeds a picture that fits the memory.
func embedImage(ctx context.Context, m *model.Model, memory *budget.Budget, file []byte) ([]float32, error) {
	cost, err := m.Inspect(file)
	if err != nil {
		return nil, err
	}
	lease, err := memory.Pictures.Acquire(ctx, cost.Bytes, true)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	return m.EmbedImage(ctx, file)
}

// eachLine calls do with every line of a file; no path means no lines.
func eachLine(path string, do func(string) error) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if err := do(scanner.Text()); err != nil {
			return err
		}
	}
	return scanner.Err()
}
