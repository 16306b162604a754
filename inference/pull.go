package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/hub"
)

// pull is `rsclip pull`: a checkpoint from a hub, and the model folder too
// where -export names one.
func pull(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("pull", flag.ContinueOnError)
	o := hub.Options{Progress: func(line string) { _, _ = fmt.Fprintln(stderr, line) }}
	flags.StringVar(&o.Out, "out", "", "checkpoint `folder` to write")
	flags.StringVar(&o.Endpoint, "endpoint", cmp.Or(os.Getenv("HF_ENDPOINT"), hub.DefaultEndpoint), "`address` of the hub or its mirror (environment: HF_ENDPOINT)")
	tokenFile := flags.String("token-file", "", "`file` with the hub's token; none means the environment's HF_TOKEN")
	model := flags.String("export", "", "model `folder` to export to, too")
	precision := flags.String("precision", string(config.FP32), "precision of the export: fp32, fp16 or int8")
	portable := flags.Bool("portable", false, "export standard ONNX operators only")
	repo := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		repo, args = args[0], args[1:]
	}
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	switch {
	case repo == "":
		return errors.New("the repository is missing: rsclip pull OWNER/NAME[@REVISION] -out FOLDER")
	case o.Out == "":
		return errors.New("-out is missing: name a folder")
	}
	o.Repo, o.Revision, _ = strings.Cut(repo, "@")
	o.Token = os.Getenv("HF_TOKEN")
	if *tokenFile != "" {
		data, err := os.ReadFile(*tokenFile)
		if err != nil {
			return fmt.Errorf("reading the token: %w", err)
		}
		o.Token = strings.TrimSpace(string(data))
	}
	commit, err := hub.Pull(ctx, o)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "%s: %s at commit %s\n", o.Out, o.Repo, commit); err != nil || *model == "" {
		return err
	}
	return export.Run(ctx, export.Options{
		Checkpoint: o.Out, Out: *model, Name: filepath.Base(o.Repo), Revision: commit, Version: version,
		Precision: config.Precision(*precision), Portable: *portable, Progress: o.Progress,
	})
}
