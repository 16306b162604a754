package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// evaluated runs `rsclip evaluate`, and returns what it prints.
func evaluated(t *testing.T, args ...string) (r report) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), append([]string{"evaluate"}, args...), &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// dataSets makes a set of classes and one of captions of the test's pictures.
func dataSets(t *testing.T) (classes, captions string) {
	t.Helper()
	classes, captions = t.TempDir(), t.TempDir()
	var images []map[string]any
	for i, name := range []string{"rgb.png", "exact-224.jpg", "river-mouth-444.jpg", "grey.png", "palette.png", "wide.png"} {
		data, err := os.ReadFile(filepath.Join("testdata/pictures", name))
		if err != nil {
			t.Fatal(err)
		}
		class := filepath.Join(classes, []string{"RiverMouth", "open_sea"}[i%2])
		for _, dir := range []string{class, filepath.Join(captions, "images")} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		images = append(images, map[string]any{"filename": name, "split": "test", "sentences": []map[string]string{{"raw": "a " + name}, {"raw": fmt.Sprint("picture ", i)}}})
	}
	data, err := json.Marshal(map[string]any{"images": images})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(captions, "dataset_rsicd.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return classes, captions
}

// TestEvaluate measures a model folder, and a server that serves it: both do the
// same.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	classes, captions := dataSets(t)
	folder := exported(t)
	server := start(t, folder, unhurried).ready(t)
	for _, data := range []string{classes, captions} {
		local, remote := evaluated(t, "-data", data, "-model", folder), evaluated(t, "-data", data, "-server", server.url)
		if local.Model != "tiny-base" || remote.Model != server.url {
			t.Errorf("models %s and %s", local.Model, remote.Model)
		}
		local.Model, remote.Model = "", ""
		if !reflect.DeepEqual(local, remote) {
			t.Errorf("the folder: %+v\nthe server: %+v", local, remote)
		}
		if data == classes {
			if c := local.Classification; c == nil || c.Classes != 2 || !reflect.DeepEqual(local.Prompts, []string{"a remote sensing image of river mouth", "a remote sensing image of open sea"}) {
				t.Errorf("got %+v", local)
			}
			continue
		}
		if local.ImageToText == nil || local.TextToImage == nil || local.TextToImage.Queries != 2*local.ImageToText.Queries || local.Split != "test" || local.ImageToText.At10 == 0 {
			t.Errorf("got %+v", local)
		}
	}
}

// TestEvaluateGoesOn has pictures that are broken, empty or missing: the measures are
// those of the others, and the command names each and has failed.
func TestEvaluateGoesOn(t *testing.T) {
	t.Parallel()
	classes, captions := dataSets(t)
	folder := exported(t)
	server := start(t, folder, unhurried).ready(t)
	wanted := map[string]report{classes: evaluated(t, "-data", classes, "-model", folder), captions: evaluated(t, "-data", captions, "-model", folder)}
	broken := map[string][]string{
		classes:  {filepath.Join(classes, "RiverMouth", "broken.jpg"), filepath.Join(classes, "open_sea", "empty.png")},
		captions: {filepath.Join(captions, "images", "broken.jpg"), filepath.Join(captions, "images", "empty.png"), filepath.Join(captions, "missing.png")},
	}
	for _, files := range broken {
		for i, content := range []string{"\xff\xd8\xff no picture", ""} {
			if err := os.WriteFile(files[i], []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	// The broken ones are before, between and after the others.
	list := filepath.Join(captions, "dataset_rsicd.json")
	var set struct {
		Images []map[string]any `json:"images"`
	}
	data, err := os.ReadFile(list)
	if err == nil {
		err = json.Unmarshal(data, &set)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range broken[captions] {
		set.Images = slices.Insert(set.Images, 3*i, map[string]any{"filename": filepath.Base(file), "split": "test", "sentences": []map[string]string{{"raw": "a broken one"}}})
	}
	if data, err = json.Marshal(set); err == nil {
		err = os.WriteFile(list, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	for data, want := range wanted {
		want.Failed = len(broken[data])
		for _, by := range [][]string{{"-model", folder}, {"-server", server.url}} {
			args := append([]string{"evaluate", "-data", data}, by...)
			var stdout, stderr bytes.Buffer
			if status := run(t.Context(), args, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), fmt.Sprintf("%d of %d pictures have failed", want.Failed, 6+want.Failed)) {
				t.Errorf("%q: status %d, %s", by, status, stderr.String())
			}
			for _, file := range broken[data] {
				if strings.Count(stderr.String(), file) != 1 {
					t.Errorf("%q: %s is not named once:\n%s", by, file, stderr.String())
				}
			}
			var got report
			if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Model = want.Model; !reflect.DeepEqual(got, want) {
				t.Errorf("%q: got %+v, want %+v", by, got, want)
			}
			stderr.Reset()
			if status := run(t.Context(), append(args, "-allow-failures"), io.Discard, &stderr); status != 0 || !strings.Contains(stderr.String(), broken[data][0]) {
				t.Errorf("%q, failures allowed: status %d, %s", by, status, stderr.String())
			}
		}
	}
	var stderr bytes.Buffer
	for _, name := range []string{"a/x.png", "b/y.png"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(captions, "none", name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(captions, "none", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status := run(t.Context(), []string{"evaluate", "-data", filepath.Join(captions, "none"), "-model", folder, "-allow-failures"}, io.Discard, &stderr); status != 1 || !strings.Contains(stderr.String(), "all 2 pictures have failed") {
		t.Errorf("nothing but broken pictures: status %d, %s", status, stderr.String())
	}
}

// TestEvaluateTellsWhoseFaultItIs has a server that refuses pictures: one that refuses
// whoever asks ends the command without measures, and one that refuses the picture
// does not.
func TestEvaluateTellsWhoseFaultItIs(t *testing.T) {
	t.Parallel()
	classes, _ := dataSets(t)
	for status, of := range map[int]string{
		http.StatusBadRequest: "all 6 pictures have failed", http.StatusRequestEntityTooLarge: "all 6 pictures have failed",
		http.StatusUnsupportedMediaType: "all 6 pictures have failed", http.StatusInternalServerError: "all 6 pictures have failed",
		http.StatusUnauthorized: "answered 401", http.StatusTooManyRequests: "answered 429", http.StatusServiceUnavailable: "answered 503",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), `"image"`) {
				w.WriteHeader(status)
			}
			_, _ = io.WriteString(w, `{"data": [{"embedding": [1, 0]}]}`)
		}))
		t.Cleanup(server.Close)
		var stdout, stderr bytes.Buffer
		last := func() string {
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			return lines[len(lines)-1]
		}
		if got := run(t.Context(), []string{"evaluate", "-data", classes, "-server", server.URL, "-allow-failures"}, &stdout, &stderr); got != 1 || !strings.Contains(last(), of) || stdout.Len() > 0 {
			t.Errorf("%d: status %d, %s, printed %q", status, got, last(), stdout.String())
		}
	}
}

// TestEvaluateKnowsATruth has a server whose embeddings tell classes apart, all but
// one picture.
func TestEvaluateKnowsATruth(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for name, content := range map[string]string{"River/a.jpg": "river", "River/b.jpg": "road", "Road/c.jpg": "road", "Road/d.jpg": "road"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(data, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(data, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		vector := "[1, 0]"
		// As text, and as base64 of "road".
		if strings.Contains(string(body), "photo of road") || strings.Contains(string(body), "cm9hZA==") {
			vector = "[0.5, 0.9]"
		}
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = fmt.Fprintf(w, `{"data": [{"embedding": %s}]}`, vector)
	}))
	t.Cleanup(server.Close)
	r := evaluated(t, "-data", data, "-server", server.URL, "-prompt", "photo of {}", "-key", "secret")
	// River: half of it by 1 of 1, half by 2 of 4. Road: all by 2 of 3.
	want := (0.5*1 + 0.5*2/4 + 2.0/3) / 2
	if c := r.Classification; c == nil || c.Pictures != 4 || c.Top1 != 0.75 || math.Abs(c.MeanAveragePrecision-want) > 1e-12 {
		t.Errorf("got %+v", r)
	}
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"evaluate", "-data", data, "-server", server.URL}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "401") {
		t.Errorf("without the key: %d, %s", status, stderr.String())
	}
}

func TestEvaluateRefuses(t *testing.T) {
	t.Parallel()
	classes, _ := dataSets(t)
	for want, args := range map[string][]string{
		"-data is missing":        nil,
		"exclude each other":      {"-data", classes, "-model", "m", "-server", "http://127.0.0.1:1"},
		"must have {}":            {"-data", classes, "-prompt", "a picture"},
		"folders with pictures":   {"-data", t.TempDir()},
		"make the folder with":    {"-data", classes, "-model", t.TempDir()},
		"connect: connection ref": {"-data", classes, "-server", "http://127.0.0.1:1"},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), append([]string{"evaluate"}, args...), &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%q: status %d, %s", args, status, stderr.String())
		}
	}
}
