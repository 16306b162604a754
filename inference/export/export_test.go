package export_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

const checkpoint = "../testdata/tiny-base"

func options(t *testing.T) export.Options {
	t.Helper()
	return export.Options{Checkpoint: checkpoint, Out: filepath.Join(t.TempDir(), "model"), Progress: func(string) {}}
}

func TestExportIsComplete(t *testing.T) {
	t.Parallel()
	o := options(t)
	if err := export.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := modelfolder.Verify(t.Context(), o.Out); err != nil {
		t.Error(err)
	}
	m, err := modelfolder.Read(o.Out)
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "tiny-base" || m.Parameters != 335_954 || m.Precision != config.FP32 || m.Family != "siglip" {
		t.Errorf("metadata %+v", m)
	}
	if err := export.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "already there") {
		t.Errorf("a second export: %v, want a refusal", err)
	}
	o.Force = true
	if err := export.Run(t.Context(), o); err != nil {
		t.Errorf("a forced second export: %v", err)
	}
	alone(t, o.Out)
}

// TestInterruptedExport ends an export at its first sign of life.
func TestInterruptedExport(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	o := options(t)
	o.Progress = func(string) { cancel() }
	if err := export.Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(o.Out)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// alone checks that nothing lies beside a finished folder.
func alone(t *testing.T, out string) {
	t.Helper()
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) != 1 {
		t.Errorf("beside the folder: %v, %v", entries, err)
	}
}

func TestDamagedFilesAreFound(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"text_model.onnx", "vision_model.onnx.data", "spiece.model"} {
		o := options(t)
		if err := export.Run(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(o.Out, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := modelfolder.Verify(t.Context(), o.Out); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("one bit of %s: %v, want an error that names it", name, err)
		}
	}
}

// TestRefusedCheckpoints changes one value of config.json or
// preprocessor_config.json, or takes a file away.
func TestRefusedCheckpoints(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, section, key string
		value                    any
		want                     string
	}{
		{"another model", "config.json", "", "model_type", "clip", `model_type is "clip"`},
		{"no pooling head", "config.json", "vision_config", "vision_use_head", false, "vision_use_head"},
		{"another activation", "config.json", "text_config", "hidden_act", "relu", `hidden_act is "relu"`},
		{"heads that do not divide", "config.json", "text_config", "num_attention_heads", 5, "no multiple"},
		{"no heads", "config.json", "vision_config", "num_attention_heads", 0, "num_attention_heads is 0"},
		{"four channels", "config.json", "vision_config", "num_channels", 4, "num_channels is 4"},
		{"towers that do not meet", "config.json", "text_config", "projection_size", 24, "must be equal"},
		{"more layers than weights", "config.json", "text_config", "num_hidden_layers", 13, "layers.12"},
		{"another width", "config.json", "vision_config", "intermediate_size", 96, "has shape"},
		{"no epsilon", "config.json", "text_config", "layer_norm_eps", 0, "layer_norm_eps"},
		{"huge picture", "config.json", "vision_config", "image_size", 1 << 20, "image_size"},
		{"patch larger than picture", "config.json", "vision_config", "patch_size", 500, "patch_size 500"},
		{"wrong type", "config.json", "text_config", "hidden_size", "wide", "hidden_size"},
		{"no normalisation", "preprocessor_config.json", "", "do_normalize", false, "do_normalize"},
		{"two means", "preprocessor_config.json", "", "image_mean", []float64{0.5, 0.5}, "image_mean"},
		{"no configuration", "config.json", "", "", nil, "config.json"},
		{"no tokenizer", "spiece.model", "", "", nil, "spiece.model"},
		{"no weights", "model.safetensors", "", "", nil, "model.safetensors"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Checkpoint = copyOf(t)
			path := filepath.Join(o.Checkpoint, tt.file)
			if tt.key == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			} else {
				change(t, path, tt.section, tt.key, tt.value)
			}
			if err := export.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if _, err := os.Stat(o.Out); err == nil {
				t.Error("a refused checkpoint left a model folder")
			}
		})
	}
}

// TestAnotherTokenizerIsRefused is of a checkpoint of the same model type whose
// tokenizer is another's. It is refused before anything is written.
func TestAnotherTokenizerIsRefused(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Checkpoint = copyOf(t)
	o.Progress = func(line string) { t.Errorf("the export began: %s", line) }
	if err := os.Rename(filepath.Join(o.Checkpoint, "spiece.model"), filepath.Join(o.Checkpoint, "tokenizer.json")); err != nil {
		t.Fatal(err)
	}
	words := `{"model": {"type": "WordPiece", "vocab": {"<unk>": 0}}}`
	if err := os.WriteFile(filepath.Join(o.Checkpoint, "tokenizer.json"), []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := export.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), `its model.type is "WordPiece"`) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(o.Out)); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func copyOf(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(checkpoint)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestProcessorConfig exports the form that transformers 5 saves, and one with
// both files.
func TestProcessorConfig(t *testing.T) {
	t.Parallel()
	plain, err := os.ReadFile(filepath.Join(checkpoint, "preprocessor_config.json"))
	if err != nil {
		t.Fatal(err)
	}
	bilinear := strings.Replace(string(plain), `"resample": 3`, `"resample": 2`, 1)
	for _, tt := range []struct {
		name      string
		alone     bool // whether preprocessor_config.json is there, too
		processor string
		resample  int
		refusal   string
	}{
		{"alone", false, `{"image_processor": ` + bilinear + `, "processor_class": "SiglipProcessor"}`, 2, ""},
		{"with the other, alike", true, `{"image_processor": ` + string(plain) + `}`, 3, ""},
		{"with the other, unlike", true, `{"image_processor": ` + bilinear + `}`, 0, "in different ways"},
		{"of the older form", true, `{"processor_class": "SiglipProcessor"}`, 3, ""},
		{"of the older form, alone", false, `{"processor_class": "SiglipProcessor"}`, 0, "has neither preprocessor_config.json nor processor_config.json"},
		{"no object", false, `{"image_processor": 1}`, 0, "processor_config.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Checkpoint = copyOf(t)
			if !tt.alone {
				if err := os.Remove(filepath.Join(o.Checkpoint, "preprocessor_config.json")); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(filepath.Join(o.Checkpoint, "processor_config.json"), []byte(tt.processor), 0o600); err != nil {
				t.Fatal(err)
			}
			err := export.Run(t.Context(), o)
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("got %v, want %q", err, tt.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if m, err := modelfolder.Read(o.Out); err != nil || m.Preprocess.Resample != tt.resample {
				t.Errorf("got %+v, %v", m, err)
			}
		})
	}
}

// TestForeignFolders are told what to do.
func TestForeignFolders(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"adapter_config.json": "merge it into its base model", "open_clip_config.json": "a checkpoint of open_clip", "open_clip_pytorch_model.bin": "a checkpoint of open_clip",
	} {
		o := options(t)
		o.Checkpoint = t.TempDir()
		if err := os.WriteFile(filepath.Join(o.Checkpoint, file), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := export.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestLinks exports folders of which a file is a link, or no file at all.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := func(t *testing.T, dir, name, to string) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(filepath.Join(dir, name)), os.Symlink(to, filepath.Join(dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		change func(t *testing.T, dir string)
		want   string // error; none where it is empty
	}{
		"within": {func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "spiece.model"), filepath.Join(dir, "s")); err != nil {
				t.Fatal(err)
			}
			link(t, dir, "spiece.model", "s")
		}, ""},
		"a snapshot of a cache": {func(t *testing.T, dir string) {
			blobs := filepath.Join(dir, "../../blobs")
			if err := errors.Join(os.Mkdir(blobs, 0o755), os.Rename(filepath.Join(dir, "spiece.model"), filepath.Join(blobs, "0a"))); err != nil {
				t.Fatal(err)
			}
			link(t, dir, "spiece.model", "../../blobs/0a")
		}, ""},
		"out of the folder":       {func(t *testing.T, dir string) { link(t, dir, "spiece.model", "/etc/passwd") }, "leads out of the folder"},
		"out of the cache":        {func(t *testing.T, dir string) { link(t, dir, "spiece.model", "../../../x") }, "no such file"},
		"out by way of a link":    {func(t *testing.T, dir string) { link(t, dir, "a", "/etc/passwd"); link(t, dir, "spiece.model", "a") }, "leads out of the folder"},
		"another file of no need": {func(t *testing.T, dir string) { link(t, dir, "z", "/etc/passwd") }, "leads out of the folder"},
		"nowhere":                 {func(t *testing.T, dir string) { link(t, dir, "spiece.model", "gone") }, "no such file"},
		"a pipe": {func(t *testing.T, dir string) {
			if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "no plain file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Checkpoint = filepath.Join(t.TempDir(), "models--tiny", "snapshots", "0a")
			if err := os.CopyFS(o.Checkpoint, os.DirFS(checkpoint)); err != nil {
				t.Fatal(err)
			}
			tt.change(t, o.Checkpoint)
			for command, err := range map[string]error{
				"export": export.Run(t.Context(), o),
				"adopt":  export.Adopt(t.Context(), export.AdoptOptions{Options: export.Options{Checkpoint: checkpoint, Out: o.Out + "2", Progress: o.Progress}, Towers: o.Checkpoint}),
			} {
				want := tt.want
				if want == "" && command == "adopt" {
					want = "there is no text_model.onnx"
				}
				if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("%s: got %v, want an error with %q", command, err, want)
				}
			}
		})
	}
}

func change(t *testing.T, path, section, key string, value any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatal(err)
	}
	target := c
	if section != "" {
		target = maps.Clone(c[section].(map[string]any))
		c[section] = target
	}
	target[key] = value
	if data, err = json.Marshal(c); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedOptions(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*export.Options){
		`precision is "bf16"`: func(o *export.Options) { o.Precision = "bf16" },
		"image size is 8":     func(o *export.Options) { o.ImageSize = 8 },
		"config.json":         func(o *export.Options) { o.Checkpoint = "nowhere" },
	} {
		o := options(t)
		change(&o)
		if err := export.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
