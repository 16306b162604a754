package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/family"
)

// odd are values that checked settings must refuse, and followed ones either
// refuse or show in the model folder. Others are tried with [anything].
var odd = map[string]any{
	"model_type": "clip", "text_config": map[string]any{"hidden_act": "relu"}, "vision_config": map[string]any{"hidden_act": "relu"},
	"hidden_size": 7, "intermediate_size": 0, "num_hidden_layers": 0, "num_attention_heads": 3, "layer_norm_eps": -1, "hidden_act": "relu",
	"vocab_size": 10, "max_position_embeddings": 32, "projection_size": 24, "image_size": 32, "patch_size": 500, "num_channels": 4, "vision_use_head": false,
	"image_processor": map[string]any{"do_resize": false}, "resample": 7, "rescale_factor": 0.5, "image_mean": []any{0, 0, 0}, "image_std": []any{1, 1, 1},
	"padding_side": "middle", "add_bos_token": true, "add_eos_token": false, "model_max_length": 16, "model_input_names": []any{"input_ids", "attention_mask"},
	"added_tokens": []any{map[string]any{"id": 99999, "content": "coast"}}, "normalizer": map[string]any{"type": "NFC"}, "model": map[string]any{"type": "WordLevel"}, "model.type": "WordPiece", "model.vocab": map[string]any{},
	"model.byte_fallback": "both", "model.unk_id": -1, "pre_tokenizer": map[string]any{"type": "Whitespace"}, "post_processor": map[string]any{"type": "ByteLevel"},
	"model.merges": []any{"a b c"}, "model.unk_token": "<none>", "model.fuse_unk": 1, "model.dropout": 0.1, "model.continuing_subword_prefix": "##", "model.end_of_word_suffix": "</w>",
	"model.ignore_merges": true, "*": map[string]any{"coast": 601}, "do_lower_case": false, "tokenizer_class": "T5Tokenizer", "pad_token": "<unk>", "truncation_side": "left",
	"additional_special_tokens": []any{"<x>"}, "extra_special_tokens": map[string]any{"x": "<x>"}, "sp_model_kwargs": map[string]any{"enable_sampling": true},
	"added_tokens_decoder": map[string]any{"7": map[string]any{"content": "coast"}},
}

// anything is a value that no setting has by default.
const anything = "something else"

// TestEverySetting walks over the table: it gives each setting of each family's
// checkpoint another value, and expects what the table says.
func TestEverySetting(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out hundreds of checkpoints")
	}
	walked := map[string]bool{}
	for _, base := range []struct{ name, family, processor string }{
		{"tiny-base", family.SigLIP, imageFile}, {"tiny-siglip2", family.SigLIP2, imageFile}, {"tiny-base", family.SigLIP, processorFile}, {"tiny-json", family.SigLIP, imageFile},
	} {
		template := copyCheckpoint(t, base.name, base.processor)
		before, err := describe(Options{Checkpoint: template, Progress: unwarned(t)})
		if err != nil {
			t.Fatal(err)
		}
		there := func(file string) bool {
			_, err := os.Stat(filepath.Join(template, file))
			return err == nil
		}
		for _, row := range settings {
			if row.family != "" && row.family != base.family || row.file != addedFile && row.file != imageFile && !there(row.file) {
				continue
			}
			walked[row.file+row.key+row.family] = true
			t.Run(fmt.Sprintf("%s/%s/%s/%s", base.name, base.processor, row.file, row.key), func(t *testing.T) {
				t.Parallel()
				dir := linkCheckpoint(t, template)
				value, special := odd[row.key]
				if _, key, nested := strings.Cut(row.key, "."); !special && nested {
					value, special = odd[key]
				}
				if !special || row.does == harmless {
					value = anything
				}
				set(t, dir, base.processor, row, value)
				after, err := describe(Options{Checkpoint: dir, Progress: unwarned(t)})
				key := row.key[strings.LastIndex(row.key, ".")+1:]
				switch row.does {
				case harmless:
					if err != nil || !reflect.DeepEqual(before.metadata, after.metadata) || !reflect.DeepEqual(before.config, after.config) {
						t.Errorf("it is harmless, but: %v", err)
					}
				case checked:
					if err == nil || !strings.Contains(err.Error(), key) {
						t.Errorf("got %v, want an error that names %s", err, key)
					}
				case followed:
					if err == nil && reflect.DeepEqual(before.metadata, after.metadata) && reflect.DeepEqual(before.config, after.config) {
						t.Error("it changed nothing, and was not refused")
					}
				}
			})
		}
	}
	for _, row := range settings {
		if !walked[row.file+row.key+row.family] {
			t.Errorf("%s: %s was not tried", row.file, row.key)
		}
	}
}

// unwarned fails a test that is warned: every key of the checkpoints is known.
func unwarned(t *testing.T) func(string) {
	t.Helper()
	return func(line string) { t.Error(line) }
}

// copyCheckpoint copies a tiny checkpoint, without its weights. "tiny-json" is
// tiny-base with a tokenizer.json in place of its spiece.model.
func copyCheckpoint(t *testing.T, name, processor string) string {
	t.Helper()
	dir := t.TempDir()
	from := filepath.Join("../testdata", strings.Replace(name, "tiny-json", "tiny-base", 1))
	for _, file := range []string{configFile, imageFile, tokenizerFile, tokensFile, vocabFile, "spiece.model"} {
		data, err := os.ReadFile(filepath.Join(from, file))
		if file == "spiece.model" && name == "tiny-json" {
			file = vocabFile
			data, err = os.ReadFile("../testdata/tokenizer/rules/tokenizer.json")
		}
		if err != nil {
			continue
		}
		if file == imageFile && processor == processorFile {
			file, data = processorFile, []byte(fmt.Sprintf(`{"image_processor": %s}`, data))
		}
		write(t, filepath.Join(dir, file), data)
	}
	if name == "tiny-json" { // The vocabulary is another, and so are its ids.
		for _, file := range []string{tokenizerFile, tokensFile} {
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// linkCheckpoint makes a folder of the name and the files of another. What [write]
// writes there leaves the other as it is.
func linkCheckpoint(t *testing.T, from string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), filepath.Base(from))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Link(filepath.Join(from, file.Name()), filepath.Join(dir, file.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// write puts a new file in the place of one that may be there.
func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// set gives a setting of a checkpoint a value.
func set(t *testing.T, dir, processor string, row setting, value any) {
	t.Helper()
	keys := strings.Split(row.key, ".")
	file := row.file
	if file == imageFile && processor == processorFile {
		file, keys = processorFile, append([]string{"image_processor"}, keys...)
	}
	path := filepath.Join(dir, file)
	all := map[string]any{}
	if data, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
	}
	object := all
	for _, key := range keys[:len(keys)-1] {
		object, _ = object[key].(map[string]any)
	}
	if row.key == "*" {
		all, _ = value.(map[string]any)
	} else {
		object[keys[len(keys)-1]] = value
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, data)
}

// TestNoSettingTwice keeps the table a table.
func TestNoSettingTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range settings {
		for _, f := range []string{family.SigLIP, family.SigLIP2} {
			id := s.file + " " + s.key + " " + f
			if s.family != "" && s.family != f {
				continue
			}
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
		}
		if (s.does == checked) != (s.must.holds != nil) {
			t.Errorf("%s: %s is %s", s.file, s.key, s.does)
		}
	}
}

// TestUnknownKeysAreWarnedOf adds a key to every file.
func TestUnknownKeysAreWarnedOf(t *testing.T) {
	t.Parallel()
	for _, row := range []setting{{file: configFile, key: "surprise"}, {file: configFile, key: "text_config.surprise"}, {file: imageFile, key: "surprise"}, {file: tokenizerFile, key: "surprise"}, {file: tokensFile, key: "surprise"}, {file: vocabFile, key: "model.surprise"}} {
		dir := copyCheckpoint(t, "tiny-siglip2", imageFile)
		set(t, dir, imageFile, row, 1)
		var lines []string
		if _, err := describe(Options{Checkpoint: dir, Progress: func(line string) { lines = append(lines, line) }}); err != nil {
			t.Error(err)
		}
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, row.file) && strings.Contains(l, row.key) }) {
			t.Errorf("%s, %s: warned of %q", row.file, row.key, lines)
		}
	}
}
