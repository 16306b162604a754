package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/hub"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// pull is `rsclip pull`: a checkpoint from a hub, and the model folder too
// where -export names one.
func pull(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet(contract.Pull, flag.ContinueOnError)
	o := hub.Options{Progress: func(line string) { _, _ = fmt.Fprintln(stderr, line) }}
	flags.StringVar(&o.Out, "out", "", "checkpoint `folder` to write")
	flags.StringVar(&o.Endpoint, contract.EndpointFlag, cmp.Or(os.Getenv("HF_ENDPOINT"), contract.HubEndpoint), "`address` of the hub or its mirror (environment: HF_ENDPOINT)")
	tokenFile := flags.String(contract.TokenFileFlag, "", "`file` with the hub's token; none means the environment's HF_TOKEN")
	flags.StringVar(&o.SHA256, contract.SHA256Flag, "", "refuse a checkpoint whose SHA-256 is not this, in `hexadecimal` digits")
	flags.Int64Var(&o.MaxBytes, "max-bytes", hub.DefaultMaxBytes, "most `bytes` of the checkpoint's files together")
	e := export.Options{Version: version}
	flags.StringVar(&e.Out, contract.ExportFlag, "", "model `folder` to export to, too")
	precision := flags.String(contract.PrecisionFlag, string(config.FP32), "precision of the export: fp32, fp16 or int8")
	flags.BoolVar(&e.Portable, contract.PortableFlag, false, "export standard ONNX operators only")
	once := flags.Bool(contract.OnceFlag, false, "do nothing if the -export folder is there and sound; else make it anew, and keep no checkpoint")
	repo := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		repo, args = args[0], args[1:]
	}
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	o.Repo, o.Revision, _ = strings.Cut(repo, "@")
	if *once && e.Out != "" {
		o.Out = cmp.Or(o.Out, filepath.Clean(e.Out)+".checkpoint")
	}
	switch {
	case repo == "":
		return errors.New("the repository is missing: rsclip pull OWNER/NAME[@REVISION] -out FOLDER")
	case *once && e.Out == "":
		return errors.New("-export is missing: -once is about the model folder")
	case o.Out == "":
		return errors.New("-out is missing: name a folder")
	case o.MaxBytes <= 0:
		return fmt.Errorf("-max-bytes is %d: must be above zero", o.MaxBytes)
	case o.SHA256 != "" && !contract.SHA256.MatchString(o.SHA256):
		return fmt.Errorf("-sha256 is %.80q: must be 64 hexadecimal digits in lower case, as rsclip pull prints them", o.SHA256)
	}
	o.Token = os.Getenv("HF_TOKEN")
	if *tokenFile != "" {
		data, err := os.ReadFile(*tokenFile)
		if err != nil {
			return fmt.Errorf("reading the token: %w", err)
		}
		o.Token = strings.TrimSpace(string(data))
	}
	e.Checkpoint, e.Name, e.Precision, e.Progress = o.Out, filepath.Base(o.Repo), config.Precision(*precision), o.Progress
	if !*once {
		return pullAndExport(ctx, o, e, stdout)
	}
	return modelfolder.Ensure(ctx, e.Out, isExportOf(o, e), o.Progress, func() error {
		// A pull that ended before its export is gone on with, which verifies it.
		if err := os.Rename(o.Out, o.Out+".partial"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("going on with a pull: %w", err)
		}
		e.Force = true
		if err := pullAndExport(ctx, o, e, stdout); err != nil {
			return err
		}
		return os.RemoveAll(o.Out)
	})
}

// pullAndExport exports only where a model folder is named.
func pullAndExport(ctx context.Context, o hub.Options, e export.Options, stdout io.Writer) error {
	pulled, err := hub.Pull(ctx, o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: %s at commit %s, SHA-256 %s\n", o.Out, o.Repo, pulled.Commit, pulled.SHA256)
	if err != nil || e.Out == "" {
		return err
	}
	e.Revision = pulled.Commit
	return export.Run(ctx, e)
}

// isExportOf tells a model folder of this pull and export from others, as far
// as it is known without asking the hub.
func isExportOf(o hub.Options, e export.Options) func(*modelfolder.Metadata) error {
	return func(m *modelfolder.Metadata) error {
		commit := m.Source.Revision
		switch {
		case m.Name != e.Name || m.Precision != e.Precision || m.Portable != e.Portable:
			return fmt.Errorf("it is %s in %s, portable %t", m.Name, m.Precision, m.Portable)
		case contract.Commit.MatchString(o.Revision) && commit != o.Revision:
			return fmt.Errorf("it is of commit %s", commit)
		}
		return nil
	}
}
