package constructs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	_ "github.com/seed-74198975/rsclip/constructs/internal/node20" // before jsii starts
)

// manifestExtension is the end of the name of every file that cdk8s writes.
const manifestExtension = ".k8s.yaml"

// Synth builds an app and writes its charts to outdir, one file each, instead
// of the charts that lay there; an empty outdir is what `cdk8s synth` asks for,
// or else "dist". What stops it comes back as an error of one line and leaves
// outdir as it was: a [PropsError], a failure inside jsii's Node process, or
// manifests that cannot live together (see [ManifestError]).
func Synth(outdir string, build func(app cdk8s.App)) (err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = oneLine(failure)
		}
	}()
	if outdir == "" {
		outdir = os.Getenv("CDK8S_OUTDIR")
	}
	if outdir == "" {
		outdir = "dist"
	}
	staging, err := os.MkdirTemp("", "rsclip-synth-")
	if err != nil {
		return fmt.Errorf("making a folder to synthesize in: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()

	app := cdk8s.NewApp(&cdk8s.AppProps{Outdir: &staging, OutputFileExtension: new(manifestExtension)})
	build(app)
	app.Synth()
	if err := checkManifests(staging); err != nil {
		return err
	}
	return replaceManifests(outdir, staging)
}

// oneLine makes an error of what a construct or jsii panicked with. A bug of
// the program, such as a nil dereference, keeps its panic and its stack.
func oneLine(failure any) error {
	switch f := failure.(type) {
	case *PropsError:
		return f
	case runtime.Error:
		panic(f)
	}
	message := strings.TrimPrefix(fmt.Sprint(failure), "Error: ")
	return fmt.Errorf("synthesizing: %s", strings.Join(strings.Fields(message), " "))
}

// replaceManifests removes the manifests of outdir, of which some may be of
// charts that are no more, and copies the files of staging there.
func replaceManifests(outdir, staging string) error {
	if err := os.MkdirAll(outdir, 0o755); err != nil {
		return fmt.Errorf("making the output folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(outdir, "*"+manifestExtension))
	if err != nil {
		return fmt.Errorf("listing the old manifests: %w", err)
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return fmt.Errorf("removing an old manifest: %w", err)
		}
	}
	entries, err := os.ReadDir(staging)
	if err != nil {
		return fmt.Errorf("listing the new manifests: %w", err)
	}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(staging, entry.Name()))
		if err != nil {
			return fmt.Errorf("reading a new manifest: %w", err)
		}
		if err := os.WriteFile(filepath.Join(outdir, entry.Name()), data, 0o644); err != nil {
			return fmt.Errorf("writing a manifest: %w", err)
		}
	}
	return nil
}
