package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTextsOfFilesAreTheServers has texts with white space around them, of which
// SigLIP 2 makes tokens: a line of a file is the same text as what a server is sent.
func TestTextsOfFilesAreTheServers(t *testing.T) {
	t.Parallel()
	texts := []string{"a river", "a river ", "  a river", "a river\t", "\u00a0a river\u3000", " ", "a \ufeffriver", "\ufeffriver", "A river\r"}
	for _, checkpoint := range []string{"tiny-base", "tiny-siglip2"} {
		folder := exportedOf(t, checkpoint)
		server := start(t, folder, unhurried).ready(t)
		file := filepath.Join(t.TempDir(), "texts")
		if err := os.WriteFile(file, []byte("\ufeff"+strings.Join(texts, "\r\n\n")+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), []string{"embed", "-model", folder, "-texts", file}, &stdout, &stderr); status != 0 {
			t.Fatalf("%s: status %d: %s", checkpoint, status, stderr.String())
		}
		vectors := map[string][]float32{}
		for line := range strings.Lines(stdout.String()) {
			var row struct {
				Text      string    `json:"text"`
				Embedding []float32 `json:"embedding"`
			}
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			vectors[row.Text] = row.Embedding
		}
		for _, text := range texts {
			body, err := json.Marshal(map[string]string{"input": text})
			if err != nil {
				t.Fatal(err)
			}
			status, answer := answered(http.Post(server.url+"/v1/embeddings", "application/json", bytes.NewReader(body)))
			var want struct {
				Data []struct {
					Embedding []float32 `json:"embedding"`
				} `json:"data"`
			}
			if err := json.Unmarshal([]byte(answer), &want); err != nil || status != http.StatusOK {
				t.Fatalf("%s: %q: %d, %s", checkpoint, text, status, answer)
			}
			if got := vectors[text]; !slices.Equal(got, want.Data[0].Embedding) {
				t.Errorf("%s: %q: %v, and %v of the server", checkpoint, text, got, want.Data[0].Embedding)
			}
		}
		if same := slices.Equal(vectors["a river"], vectors["a river "]); same != (checkpoint == "tiny-base") {
			t.Errorf("%s: a space at the end makes no difference: %v", checkpoint, same)
		}
	}
}

// TestNamesThatAreNotUTF8 has a picture with a name of another encoding: it fails, and the
// table can be read.
func TestNamesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	model, pictures := exportedOf(t, "tiny-base"), t.TempDir()
	data, err := os.ReadFile("testdata/pictures/river-mouth-444.jpg")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.jpg", "caf\xe9.jpg"} {
		if err := os.WriteFile(filepath.Join(pictures, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "out.parquet")
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"embed", "-model", model, "-images", pictures, "-out", out}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "is not UTF-8: rename it") {
		t.Errorf("status %d: %s", status, stderr.String())
	}
	table, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(table, []byte("caf\xe9")) || !bytes.Contains(table, []byte("caf\ufffd")) {
		t.Error("the table has the name as it was")
	}
}
