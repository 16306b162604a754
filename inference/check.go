package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// check is `rsclip check`: hashes of every file, then both towers loaded and run,
// which proves shapes, that the embeddings have length 1, and that they are finite
// for every token and for pictures of extremes. With -index it is an index that is
// verified.
func check(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	dir := flags.String("model", contract.ModelFolder, "model `folder` that rsclip export wrote")
	index := flags.String("index", "", "index `folder` that rsclip index wrote, which is compared with its tables in place of the model")
	device := flags.String("device", string(config.CPU), "cpu, cuda or tensorrt")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if *index != "" {
		return checkIndex(ctx, *index, stdout)
	}
	if err := modelfolder.Verify(ctx, *dir); err != nil {
		return err
	}
	c := config.DefaultModel()
	c.Device = config.Device(*device)
	c.BatchSize = 2
	if err := c.Validate(); err != nil {
		return err
	}
	m, err := model.Open(*dir, c, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.WarmUp(ctx); err != nil {
		return err
	}
	if err := m.Sound(ctx); err != nil {
		return err
	}
	d := m.Description()
	_, err = fmt.Fprintf(stdout, "%s: %s, %s, embeddings of %d: files and towers are sound\n", *dir, d.Name, d.Precision, d.EmbeddingSize)
	return err
}

// checkIndex reads an index whole.
func checkIndex(ctx context.Context, folder string, stdout io.Writer) error {
	tiles, err := indexing.Check(ctx, folder)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %d tiles: all files are sound\n", folder, tiles)
	return err
}
