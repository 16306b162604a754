package constructs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	_ "github.com/seed-74198975/rsclip/constructs/internal/node20" // before jsii starts
)

// manifestExtension is the end of the name of every file that cdk8s writes.
const manifestExtension = ".k8s.yaml"

// synthesizing is held by the one Synth that may talk to jsii's process, which
// answers one caller at a time.
var synthesizing sync.Mutex

// Synth builds an app and writes its charts to outdir, one file each, instead
// of the charts that lay there; an empty outdir is what `cdk8s synth` asks for,
// or else "dist". What stops it comes back as an error of one line and leaves
// outdir as it was: a [PropsError], a failure inside jsii's Node process, or
// manifests that cannot live together (see [ManifestError]).
//
// Objects that are applied first and kept, whatever is deleted, are in folders of
// their own below outdir: "namespace" has each Namespace, and "kept" the claims
// for volumes and the ConfigMaps that never change. A second Synth at a time waits
// for the first.
func Synth(outdir string, build func(app cdk8s.App)) (err error) {
	synthesizing.Lock()
	defer synthesizing.Unlock()
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
	if err := setApart(staging); err != nil {
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
	case *PatchError:
		return f
	case runtime.Error:
		panic(f)
	}
	message := strings.TrimPrefix(fmt.Sprint(failure), "Error: ")
	return fmt.Errorf("synthesizing: %s", strings.Join(strings.Fields(message), " "))
}

// folders are where manifests may be below the output folder.
var folders = []string{".", "namespace", "kept"}

// folderOf says in which of the folders an object goes. Whoever deletes what they
// have applied must not delete a namespace with the neighbours that live there,
// nor a model; and whoever prunes must leave pods of old their configuration.
func folderOf(o object) string {
	switch {
	case o.Kind == "Namespace":
		return "namespace"
	case o.Kind == "PersistentVolumeClaim" || o.Kind == "ConfigMap" && o.Immutable:
		return "kept"
	}
	return "."
}

// setApart moves the objects of the files of a folder to where they belong, with their
// strings in quotes where kubectl needs them.
func setApart(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*"+manifestExtension))
	if err != nil {
		return fmt.Errorf("listing manifests: %w", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading manifests: %w", err)
		}
		if data, err = quoted(data); err != nil {
			return fmt.Errorf("reading %s: %w", filepath.Base(file), err)
		}
		parts := map[string][][]byte{}
		for _, document := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n---\n")) {
			var o object
			if err := yaml.Unmarshal(document, &o); err != nil {
				return fmt.Errorf("reading %s: %w", filepath.Base(file), err)
			}
			parts[folderOf(o)] = append(parts[folderOf(o)], document)
		}
		for of, documents := range parts {
			if err := os.MkdirAll(filepath.Join(folder, of), 0o755); err != nil {
				return fmt.Errorf("making a folder for manifests: %w", err)
			}
			joined := append(bytes.Join(documents, []byte("\n---\n")), '\n')
			if err := os.WriteFile(filepath.Join(folder, of, filepath.Base(file)), joined, 0o644); err != nil {
				return fmt.Errorf("writing a manifest: %w", err)
			}
		}
		if len(parts["."]) == 0 && len(parts) > 0 {
			if err := os.Remove(file); err != nil {
				return fmt.Errorf("removing an empty manifest: %w", err)
			}
		}
	}
	return nil
}

// replaceManifests removes the manifests of outdir, of which some may be of
// charts that are no more, and copies the files of staging there.
func replaceManifests(outdir, staging string) error {
	for _, folder := range folders {
		if err := replaceFolder(filepath.Join(outdir, folder), filepath.Join(staging, folder), folder != "."); err != nil {
			return err
		}
	}
	return nil
}

// replaceFolder does it for one of the folders, which may be missing if it is
// optional, and then goes from the output, too, if nothing else is there.
func replaceFolder(outdir, staging string, optional bool) error {
	entries, err := os.ReadDir(staging)
	missing := optional && errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return fmt.Errorf("listing the new manifests: %w", err)
	}
	if !missing {
		if err := os.MkdirAll(outdir, 0o755); err != nil {
			return fmt.Errorf("making the output folder: %w", err)
		}
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
	if missing && len(old) > 0 {
		_ = os.Remove(outdir)
	}
	for _, entry := range entries {
		if entry.IsDir() && slices.Contains(folders, entry.Name()) {
			continue
		}
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
