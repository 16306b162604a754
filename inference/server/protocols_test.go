package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// ask sends JSON and reads the answer into a T.
func ask[T any](t *testing.T, url string, body any) (int, T) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer T
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

// get gets JSON.
func get[T any](t *testing.T, url string) (int, T) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer T
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func jsonBody(v any) (io.Reader, error) {
	data, err := json.Marshal(v)
	return bytes.NewReader(data), err
}

type object = map[string]any

type failure struct {
	Error struct{ Code, Message string }
}

type embeddingList struct {
	Data []struct {
		Index     int
		Embedding json.RawMessage
		Error     *struct{ Code string }
	}
	Model string
	Usage struct {
		PromptTokens int `json:"prompt_tokens"`
		TotalTokens  int `json:"total_tokens"`
	}
	failure
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for i := range a {
		ab += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return ab / math.Sqrt(aa*bb)
}

func inlinePicture(t *testing.T, name string) string {
	t.Helper()
	return base64.StdEncoding.EncodeToString(readPicture(t, name))
}

// TestEmbeddings compares OpenAI's format with the scores of the goldens: the
// cosine of the embeddings must give the reference's logits.
func TestEmbeddings(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	var d struct {
		LogitScale float64 `json:"logit_scale"`
		LogitBias  float64 `json:"logit_bias"`
	}
	response, err := http.Get(url + "/v1/model")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(response.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	picture := inlinePicture(t, g.Pictures[0])
	for name, image := range map[string]any{
		"data URL":           object{"image_url": "data:image/png;base64," + picture},
		"as in messages":     object{"type": "image_url", "image_url": object{"url": "data:image/png;base64," + picture}},
		"inline":             object{"image": picture},
		"a string":           "data:image/png;base64," + picture,
		"a string, no type":  "DATA:;BASE64," + picture,
		"infinity, modality": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := object{"model": "tiny", "input": []any{g.Texts[0], image}}
			var texts embeddingList
			if image == nil {
				_, texts = ask[embeddingList](t, url+"/v1/embeddings", object{"model": "tiny", "input": g.Texts[0]})
				body = object{"input": "data:image/png;base64," + picture, "modality": "image", "model": "tiny"}
			}
			status, list := ask[embeddingList](t, url+"/v1/embeddings", body)
			list.Data = append(texts.Data, list.Data...)
			if status != 200 || len(list.Data) != 2 || list.Model != "tiny" {
				t.Fatalf("status %d, %+v", status, list.Error)
			}
			text, vector := number[[]float32](t, list.Data[0].Embedding), number[[]float32](t, list.Data[1].Embedding)
			logit := math.Exp(d.LogitScale)*cosine(text, vector) + d.LogitBias
			if !(math.Abs(logit-g.LogitsPerImage[0][0]) < 1e-4) {
				t.Errorf("logit %v, the reference %v", logit, g.LogitsPerImage[0][0])
			}
		})
	}
	t.Run("base64 is the same", func(t *testing.T) {
		t.Parallel()
		_, floats := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []string{"river", "bridge"}})
		_, packed := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []string{"river", "bridge"}, "encoding_format": "base64"})
		for i := range 2 {
			data, err := base64.StdEncoding.DecodeString(number[string](t, packed.Data[i].Embedding))
			if err != nil {
				t.Fatal(err)
			}
			for j, want := range number[[]float32](t, floats.Data[i].Embedding) {
				if got := math.Float32frombits(binary.LittleEndian.Uint32(data[4*j:])); got != want {
					t.Fatalf("input %d, element %d: %v, want %v", i, j, got, want)
				}
			}
		}
		if u := floats.Usage; u.PromptTokens < 4 || u.TotalTokens != u.PromptTokens {
			t.Errorf("usage %+v", u)
		}
	})
	t.Run("a text may be about data", func(t *testing.T) {
		t.Parallel()
		_, plain := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []any{object{"text": "data: image/png, bridge"}, object{"text": "data:image/png;base64," + picture}}})
		status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": "data: image/png, bridge"})
		if status != 200 || string(list.Data[0].Embedding) != string(plain.Data[0].Embedding) {
			t.Errorf("status %d, %+v, want %+v", status, list.Data, plain.Data[0])
		}
		if plain.Usage.PromptTokens <= list.Usage.PromptTokens {
			t.Error("what is said to be a text has no tokens")
		}
	})
	t.Run("a bad picture fails alone", func(t *testing.T) {
		t.Parallel()
		status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []any{"river", object{"image": "aGVsbG8="}}})
		if status != 200 || list.Data[0].Error != nil || list.Data[1].Error == nil || list.Data[1].Error.Code != "image_unsupported" || string(list.Data[1].Embedding) != "null" {
			t.Errorf("status %d, %+v", status, list.Data)
		}
	})
	for _, tt := range []struct {
		name   string
		body   object
		status int
		code   string
	}{
		{"other model", object{"model": "clip", "input": "a"}, 404, "model_not_found"},
		{"no input", object{"model": "tiny"}, 400, "invalid_request"},
		{"empty list", object{"input": []string{}}, 400, "invalid_request"},
		{"token ids", object{"input": []int{1, 2}}, 400, "invalid_request"},
		{"dimensions", object{"input": "a", "dimensions": 7}, 400, "invalid_request"},
		{"format", object{"input": "a", "encoding_format": "int8"}, 400, "invalid_request"},
		{"modality", object{"input": "a", "modality": "audio"}, 400, "invalid_request"},
		{"one bad picture", object{"input": object{"image": "aGVsbG8="}}, 415, "image_unsupported"},
		{"private URL", object{"input": "http://127.0.0.1/", "modality": "image"}, 400, "forbidden_address"},
		{"text and image", object{"input": []object{{"text": "a", "image": "aGVsbG8="}}}, 400, "invalid_request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if status, list := ask[embeddingList](t, url+"/v1/embeddings", tt.body); status != tt.status || list.Error.Code != tt.code {
				t.Errorf("status %d, %+v, want %d, %s", status, list.Error, tt.status, tt.code)
			}
		})
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	type answer struct {
		Template string
		Labels   []struct {
			Rank, Index        int
			Label              string
			Logit, Probability float64
		}
		failure
	}
	picture := inlinePicture(t, g.Pictures[0])
	texts := g.Texts[:len(g.Texts)-1]
	status, a := ask[answer](t, url+"/v1/classify", object{"image": picture, "labels": texts, "template": "{label}"})
	if status != 200 || len(a.Labels) != len(texts) {
		t.Fatalf("status %d, %+v", status, a.Error)
	}
	for i, l := range a.Labels {
		if l.Rank != i+1 || l.Label != texts[l.Index] || i > 0 && a.Labels[i-1].Logit < l.Logit {
			t.Errorf("place %d: %+v", i, l)
		}
		if !(math.Abs(l.Logit-g.LogitsPerImage[0][l.Index]) < 1e-4) {
			t.Errorf("%q: logit %v, the reference %v", l.Label, l.Logit, g.LogitsPerImage[0][l.Index])
		}
	}
	// The default template is a caption that /predict scores alike.
	status, a = ask[answer](t, url+"/v1/classify", object{"image_url": "data:image/png;base64," + picture, "labels": []string{"river", "airport"}, "top_k": 1})
	if status != 200 || len(a.Labels) != 1 {
		t.Fatalf("status %d, %+v", status, a)
	}
	_, pair := ask[struct{ Logit float64 }](t, url+"/predict", object{"image": picture, "text": "a remote sensing image of " + a.Labels[0].Label})
	if pair.Logit != a.Labels[0].Logit {
		t.Errorf("logit %v, /predict's %v", a.Labels[0].Logit, pair.Logit)
	}
	for name, body := range map[string]object{
		"no label in the template": {"image": picture, "labels": []string{"a"}, "template": "a picture"},
		"no labels":                {"image": picture, "labels": []string{}},
		"no image":                 {"labels": []string{"a"}},
		"top_k":                    {"image": picture, "labels": []string{"a"}, "top_k": 0},
	} {
		if status, a := ask[answer](t, url+"/v1/classify", body); status != 400 || a.Error.Code != "invalid_request" {
			t.Errorf("%s: status %d, %+v", name, status, a.Error)
		}
	}
}

func TestRank(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	type answer struct {
		Results []struct {
			Rank, Index int
			Similarity  float64
			Logit       *float64
		}
		Errors []struct {
			Index int
			Code  string
		}
		failure
	}
	candidates := []any{object{"image": "aGVsbG8="}}
	for _, p := range g.Pictures {
		candidates = append(candidates, object{"image": inlinePicture(t, p)})
	}
	status, a := ask[answer](t, url+"/v1/rank", object{"query": g.Texts[0], "candidates": candidates})
	if status != 200 || len(a.Results) != len(g.Pictures) || len(a.Errors) != 1 || a.Errors[0].Index != 0 || a.Errors[0].Code != "image_unsupported" {
		t.Fatalf("status %d, %+v", status, a)
	}
	for i, r := range a.Results {
		if r.Rank != i+1 || i > 0 && a.Results[i-1].Similarity < r.Similarity {
			t.Errorf("place %d: %+v", i, r)
		}
		if want := g.LogitsPerImage[r.Index-1][0]; r.Logit == nil || !(math.Abs(*r.Logit-want) < 1e-4) {
			t.Errorf("picture %d: logit %v, the reference %v", r.Index-1, r.Logit, want)
		}
	}
	// Two of a kind have a similarity, and no logit.
	status, a = ask[answer](t, url+"/v1/rank", object{"query": "river", "candidates": []string{"airport", "river"}, "top_k": 1})
	if status != 200 || len(a.Results) != 1 || a.Results[0].Index != 1 || a.Results[0].Logit != nil || a.Results[0].Similarity < 0.999 {
		t.Errorf("status %d, %+v", status, a)
	}
	if status, a := ask[answer](t, url+"/v1/rank", object{"query": object{"image": "aGVsbG8="}, "candidates": []string{"a"}}); status != 415 || a.Error.Code != "image_unsupported" {
		t.Errorf("a bad query: status %d, %+v", status, a.Error)
	}
	if status, a := ask[answer](t, url+"/v1/rank", object{"candidates": []string{"a"}}); status != 400 {
		t.Errorf("no query: status %d, %+v", status, a.Error)
	}
}
