package server_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

type modelEntry struct {
	ID, Object string
	Created    *int
	OwnedBy    *string `json:"owned_by"`
	failure
}

// TestModelsAreListed asks as OpenAI's client does, for a model with slashes in
// its name, too.
func TestModelsAreListed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "model")
	if err := export.Run(context.Background(), export.Options{Checkpoint: filepath.Join(testdata, "tiny-base"), Out: dir, Name: "owner/name", Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	i := newServer(t, config.App{}, config.Model{})
	i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
	url := serve(t, i)
	status, list := get[struct {
		Object string
		Data   []modelEntry
	}](t, url+"/v1/models")
	if status != 200 || list.Object != "list" || len(list.Data) != 1 || list.Data[0].ID != "owner/name" || list.Data[0].Object != "model" || list.Data[0].Created == nil || list.Data[0].OwnedBy == nil {
		t.Errorf("status %d, %+v", status, list)
	}
	for id, want := range map[string]int{"owner/name": 200, "owner%2Fname": 200, "owner": 404, "gpt-4": 404, "": 404} {
		if status, m := get[modelEntry](t, url+"/v1/models/"+id); status != want || want == 200 && m.ID != "owner/name" || want == 404 && m.Error.Code != "model_not_found" {
			t.Errorf("%q: status %d, %+v, want %d", id, status, m, want)
		}
	}
}

// TestAsManyInputsAsOpenAITakes sends its limit, and one more.
func TestAsManyInputsAsOpenAITakes(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	inputs := strings.Split(strings.Repeat("a", 2048), "")
	if status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": inputs}); status != 200 || len(list.Data) != 2048 || list.Data[2047].Index != 2047 {
		t.Errorf("status %d, %+v", status, list.Error)
	}
	if status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": append(inputs, "a")}); status != 400 || list.Error.Code != "invalid_request" || !strings.Contains(list.Error.Message, "2048") {
		t.Errorf("one more: status %d, %+v", status, list.Error)
	}
}

// TestACutTextIsSaidToBeCut asks by every call for texts of which one is longer
// than the model reads.
func TestACutTextIsSaidToBeCut(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	long, picture := strings.Repeat("river sea airport ", 60), inlinePicture(t, "one-pixel.png")
	tensor := object{"inputs": []object{{"name": "text", "datatype": "BYTES", "shape": []int{3}, "data": []string{"sea", long, long}}}}
	for _, tt := range []struct {
		path string
		body object
		want string // in the answer
	}{
		{"/predict", object{"text": long, "image": picture}, `"truncated":true`},
		{"/predict", object{"texts": []string{"sea", long}, "image": picture}, `"truncated_texts":[1]`},
		{"/v1/embeddings", object{"input": long}, `"truncated":true}],"usage":{"prompt_tokens":64,"total_tokens":64,"truncated_inputs":1}`},
		{"/v1/embeddings", object{"input": []string{long, "sea", long}, "encoding_format": "base64"}, `"truncated_inputs":2}`},
		{"/v1/classify", object{"labels": []string{long}, "image": picture}, `"truncated":true`},
		{"/v1/rank", object{"query": "sea", "candidates": []string{long}}, `"truncated":true`},
		{"/v2/models/tiny/infer", tensor, `"parameters":{"truncated_texts":"1,2"}`},
	} {
		if status, answer := ask[json.RawMessage](t, url+tt.path, tt.body); status != 200 || !strings.Contains(string(answer), tt.want) {
			t.Errorf("%s: status %d, %s, want %s", tt.path, status, answer, tt.want)
		}
	}
	if _, answer := ask[json.RawMessage](t, url+"/v1/embeddings", object{"input": "sea"}); strings.Contains(string(answer), "truncated") {
		t.Errorf("a text that is not cut: %s", answer)
	}
}

// TestKeysOfOtherServers sends what clients of other servers do, and what would
// ask for other numbers.
func TestKeysOfOtherServers(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	long := strings.Repeat("river sea airport ", 60)
	_, want := ask[embeddingList](t, url+"/v1/embeddings", object{"input": "river"})
	for key, values := range map[string]struct{ accepted, refused []any }{
		"user":               {[]any{"me", nil}, []any{7}},
		"dimensions":         {[]any{40, nil}, []any{7, "40"}},
		"encoding_format":    {[]any{"float", nil}, []any{"int8"}},
		"embedding_type":     {[]any{"float", nil}, []any{"binary", "ubinary", []string{"float"}}},
		"encoding_type":      {[]any{"float", nil}, []any{"binary", "ubinary"}},
		"output_dtype":       {[]any{"float"}, []any{"int8"}},
		"normalized":         {[]any{true, nil}, []any{false, "true", object{}}},
		"normalize":          {[]any{true}, []any{false}},
		"task":               {[]any{"retrieval.query", "retrieval.passage", "text-matching", nil}, []any{"classification", "separation", 1}},
		"input_type":         {[]any{"query", "passage", "document", "search_query", "search_document", "image", nil}, []any{"classification", "clustering"}},
		"return_multivector": {[]any{false, nil}, []any{true}},
		"late_chunking":      {[]any{false, nil}, []any{true}},
		"truncate":           {[]any{true, false, "END", "NONE", "RIGHT", nil}, []any{"START", "LEFT", 1, []int{}}},
		"prompt":             {nil, []any{"a prompt"}},
	} {
		for _, value := range values.accepted {
			if status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": "river", key: value}); status != 200 || string(list.Data[0].Embedding) != string(want.Data[0].Embedding) {
				t.Errorf("%s %v: status %d, %+v", key, value, status, list.Error)
			}
		}
		for _, value := range values.refused {
			if status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": "river", key: value}); status != 400 || !strings.Contains(list.Error.Message, key) {
				t.Errorf("%s %v: status %d, %+v", key, value, status, list.Error)
			}
		}
	}
	for _, value := range []any{false, "NONE"} {
		if status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []string{"sea", long}, "truncate": value}); status != 400 || !strings.Contains(list.Error.Message, "input[1]") {
			t.Errorf("truncate %v, and a text to cut: status %d, %+v", value, status, list.Error)
		}
	}
}
