package server_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// reference is what /v1/embeddings answers for one item.
func reference(t *testing.T, url string, item any) []float32 {
	t.Helper()
	status, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []any{item}})
	if status != 200 {
		t.Fatalf("status %d, %+v", status, list.Error)
	}
	return number[[]float32](t, list.Data[0].Embedding)
}

func wantVectors(t *testing.T, what string, got [][]float32, want ...[]float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d vectors, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		if c := cosine(got[i], want[i]); !(math.Abs(c-1) < 1e-6) {
			t.Errorf("%s: vector %d has a cosine of %v to that of /v1/embeddings", what, i, c)
		}
	}
}

type cohereEmbeddings struct {
	ID           string
	ResponseType string `json:"response_type"`
	Embeddings   json.RawMessage
	Texts        []string
	Meta         struct {
		APIVersion  struct{ Version string } `json:"api_version"`
		BilledUnits struct {
			InputTokens int `json:"input_tokens"`
			Images      int
		} `json:"billed_units"`
		Warnings []string
	}
	Message string
}

// TestCohere asks in every form of Cohere's API.
func TestCohere(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	picture := inlinePicture(t, "rgb.png")
	dataURL := "data:image/png;base64," + picture
	river, sea, image := reference(t, url, "river"), reference(t, url, "sea"), reference(t, url, object{"image": picture})
	content := func(parts ...object) object { return object{"content": parts} }
	text, imageURL := object{"type": "text", "text": "sea"}, object{"type": "image_url", "image_url": object{"url": dataURL}}
	for _, tt := range []struct {
		name string
		body object
		want [][]float32
	}{
		{"texts", object{"texts": []string{"river", "sea"}, "model": "tiny", "input_type": "search_document", "truncate": "END"}, [][]float32{river, sea}},
		{"images", object{"images": []string{dataURL}, "input_type": "image"}, [][]float32{image}},
		{"inputs", object{"inputs": []object{content(text), content(imageURL)}, "output_dimension": 40, "max_tokens": 512, "priority": 1}, [][]float32{sea, image}},
		{"texts, and null for the rest", object{"texts": []string{"sea"}, "images": nil, "inputs": nil, "embedding_types": nil, "truncate": nil, "input_type": "search_query"}, [][]float32{sea}},
		{"texts, and empty lists", object{"texts": []string{"sea"}, "images": []string{}}, [][]float32{sea}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, version := range []string{"1", "2"} {
				status, a := ask[cohereEmbeddings](t, url+"/v"+version+"/embed", tt.body)
				if status != 200 || a.ID == "" || a.Meta.APIVersion.Version != version || a.Texts == nil {
					t.Fatalf("status %d, %+v", status, a)
				}
				if version == "1" {
					if a.ResponseType != "embeddings_floats" {
						t.Errorf("response_type %q", a.ResponseType)
					}
					wantVectors(t, "v1", number[[][]float32](t, a.Embeddings), tt.want...)
				} else {
					wantVectors(t, "v2", number[map[string][][]float32](t, a.Embeddings)["float"], tt.want...)
				}
				tt.body["embedding_types"] = []string{"base64", "float"}
				_, a = ask[cohereEmbeddings](t, url+"/v"+version+"/embed", tt.body)
				delete(tt.body, "embedding_types")
				by := number[struct {
					Float  [][]float32
					Base64 [][]byte
				}](t, a.Embeddings)
				wantVectors(t, "float of both", by.Float, tt.want...)
				unpacked := make([][]float32, len(by.Base64))
				for i, packed := range by.Base64 {
					for ; len(packed) > 0; packed = packed[4:] {
						unpacked[i] = append(unpacked[i], math.Float32frombits(binary.LittleEndian.Uint32(packed)))
					}
				}
				wantVectors(t, "base64 of both", unpacked, tt.want...)
			}
		})
	}
	long := strings.Repeat("river sea airport ", 60)
	_, a := ask[cohereEmbeddings](t, url+"/v2/embed", object{"inputs": []object{content(text), content(object{"text": long}), content(imageURL)}})
	if len(a.Meta.Warnings) != 1 || !strings.HasPrefix(a.Meta.Warnings[0], "inputs[1] ") || a.Meta.BilledUnits.Images != 1 || a.Meta.BilledUnits.InputTokens < 64 || len(a.Texts) != 2 {
		t.Errorf("a text that was cut: %+v", a)
	}
	for name, tt := range map[string]struct {
		body   object
		status int
		want   string
	}{
		"nothing":             {object{"model": "tiny"}, 400, "invalid_request: exactly one of texts, images, inputs is needed"},
		"two lists":           {object{"texts": []string{"a"}, "images": []string{dataURL}}, 400, "texts and images"},
		"another model":       {object{"model": "embed-v4.0", "texts": []string{"a"}}, 404, "model_not_found: "},
		"another size":        {object{"texts": []string{"a"}, "output_dimension": 256}, 400, "output_dimension is 256"},
		"fewer tokens":        {object{"texts": []string{"a"}, "max_tokens": 5}, 400, "max_tokens is 5"},
		"rounded numbers":     {object{"texts": []string{"a"}, "embedding_types": []string{"float", "int8"}}, 400, "embedding_types"},
		"a type twice":        {object{"texts": []string{"a"}, "embedding_types": []string{"float", "float"}}, 400, "each once"},
		"two parts":           {object{"inputs": []object{content(text, imageURL)}}, 400, "inputs[0]: content has 2 parts"},
		"no content":          {object{"inputs": []object{content()}}, 400, "0 parts"},
		"cut at the start":    {object{"texts": []string{"a"}, "truncate": "START"}, 400, "truncate: "},
		"must not be cut":     {object{"texts": []string{"a", long}, "truncate": "NONE"}, 400, "texts[1] is longer"},
		"another input type":  {object{"texts": []string{"a"}, "input_type": "clustering"}, 400, "input_type: "},
		"an unknown key":      {object{"texts": []string{"a"}, "prompt": "b"}, 400, "prompt"},
		"base64 alone":        {object{"images": []string{picture}}, 400, "images[0]: an image URL has no scheme"},
		"no picture":          {object{"images": []string{dataURL, "data:;base64,aGVsbG8="}}, 415, "image_unsupported: images[1]: "},
		"tokens":              {object{"texts": []int{1}}, 400, "texts"},
		"more than there may": {object{"texts": strings.Split(strings.Repeat("a", 1001), "")}, 400, "more than 1000"},
	} {
		for _, version := range []string{"1", "2"} {
			if status, a := ask[map[string]any](t, url+"/v"+version+"/embed", tt.body); status != tt.status || len(a) != 1 || !strings.Contains(a["message"].(string), tt.want) {
				t.Errorf("v%s, %s: status %d, %v, want %d and %q", version, name, status, a, tt.status, tt.want)
			}
		}
	}
}

type vectors struct {
	TextVectors, ImageVectors [][]float32
	TruncatedTexts            []int
	Error                     string
}

// TestWeaviate asks as its module multi2vec-clip does.
func TestWeaviate(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	picture := inlinePicture(t, "rgb.png")
	river, image := reference(t, url, "river"), reference(t, url, object{"image": picture})
	long := strings.Repeat("river sea airport ", 60)
	for name, tt := range map[string]struct {
		body          object
		texts, images [][]float32
	}{
		"both":     {object{"texts": []string{"river"}, "images": []string{picture, "data:image/png;base64," + picture}}, [][]float32{river}, [][]float32{image, image}},
		"texts":    {object{"texts": []string{"river", "river"}}, [][]float32{river, river}, [][]float32{}},
		"an image": {object{"images": []string{picture}, "texts": nil}, [][]float32{}, [][]float32{image}},
	} {
		status, a := ask[vectors](t, url+"/vectorize", tt.body)
		if status != 200 || a.TextVectors == nil || a.ImageVectors == nil || a.TruncatedTexts != nil {
			t.Fatalf("%s: status %d, %+v", name, status, a)
		}
		wantVectors(t, name+", texts", a.TextVectors, tt.texts...)
		wantVectors(t, name+", images", a.ImageVectors, tt.images...)
	}
	if _, a := ask[vectors](t, url+"/vectorize", object{"texts": []string{"sea", long}}); len(a.TruncatedTexts) != 1 || a.TruncatedTexts[0] != 1 {
		t.Errorf("a text that was cut: %+v", a.TruncatedTexts)
	}
	for name, tt := range map[string]struct {
		body   object
		status int
		want   string
	}{
		"nothing":             {object{}, 400, "invalid_request: there are no texts and no images"},
		"empty lists":         {object{"texts": []string{}, "images": []string{}}, 400, "there are no texts"},
		"no base64":           {object{"images": []string{picture, "%"}}, 400, "images[1] is not base64"},
		"no picture":          {object{"texts": []string{"a"}, "images": []string{picture, "aGVsbG8="}}, 415, "image_unsupported: images[1]: "},
		"an unknown key":      {object{"videos": []string{"a"}}, 400, "videos"},
		"more than there may": {object{"images": strings.Split(strings.Repeat("a", 1001), "")}, 400, "more than 1000"},
	} {
		if status, a := ask[map[string]any](t, url+"/vectorize", tt.body); status != tt.status || len(a) != 1 || !strings.Contains(a["error"].(string), tt.want) {
			t.Errorf("%s: status %d, %v, want %d and %q", name, status, a, tt.status, tt.want)
		}
	}
	if status, meta := get[object](t, url+"/meta"); status != 200 || meta["model"] != "tiny" {
		t.Errorf("/meta: status %d, %v", status, meta)
	}
	for _, path := range []string{"/.well-known/live", "/.well-known/ready"} {
		if status, body, _ := bare(t, url+path, ""); status != http.StatusNoContent || body != "" {
			t.Errorf("%s: status %d, %q", path, status, body)
		}
	}
}

// TestWeaviateWaits asks a server that has no model yet.
func TestWeaviateWaits(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{}, config.Model{})
	i.Close()
	url := serve(t, i)
	for path, want := range map[string]int{"/.well-known/live": 204, "/.well-known/ready": 503, "/meta": 503} {
		if status, _, _ := bare(t, url+path, ""); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
}

// bare gets a path, with a key in the address, as Weaviate can have it.
func bare(t *testing.T, url, key string) (status int, body, authenticate string) {
	t.Helper()
	if key != "" {
		url = strings.Replace(url, "http://", "http://weaviate:"+key+"@", 1)
	}
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data), response.Header.Get("WWW-Authenticate")
}

// TestEmbeddersAskForKeys asks for every route of other engines' forms.
func TestEmbeddersAskForKeys(t *testing.T) {
	t.Parallel()
	const key = "a-key-0123456789abcdef"
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("weaviate: "+key), 0o600); err != nil {
		t.Fatal(err)
	}
	url := start(t, config.App{Server: config.Server{APIKeysFile: keys}})
	for _, path := range []string{"/v1/embed", "/v2/embed", "/vectorize"} {
		if status, a := ask[map[string]string](t, url+path, object{"texts": []string{"a"}}); status != 401 || !strings.Contains(a["message"]+a["error"], "unauthorized: ") {
			t.Errorf("%s without a key: status %d, %v", path, status, a)
		}
		if status, _ := ask[object](t, strings.Replace(url, "http://", "http://any:"+key+"@", 1)+path, object{"texts": []string{"a"}}); status != 200 {
			t.Errorf("%s with the key in the address: status %d", path, status)
		}
	}
	for given, want := range map[string]int{key: 200, "another-0123456789abcdef": 401, "": 401} {
		if status, _, authenticate := bare(t, url+"/meta", given); status != want || (authenticate != "") != (want == 401) {
			t.Errorf("/meta by %q: status %d, WWW-Authenticate %q, want %d", given, status, authenticate, want)
		}
	}
	if status, _, _ := bare(t, url+"/.well-known/ready", ""); status != 204 {
		t.Errorf("/.well-known/ready without a key: status %d", status)
	}
}

// TestJina sends pictures and forms of embeddings as its clients do, and reads
// errors where they look for them.
func TestJina(t *testing.T) {
	t.Parallel()
	file := readPicture(t, "rgb.png")
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(file) }))
	t.Cleanup(store.Close)
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{strings.TrimPrefix(store.URL, "http://")}}})
	inline := base64.StdEncoding.EncodeToString(file)
	image := reference(t, url, object{"image_url": store.URL})
	for _, sent := range []string{store.URL, "HTTP" + strings.TrimPrefix(store.URL, "http"), inline, "data:image/png;base64," + inline} {
		wantVectors(t, sent[:min(30, len(sent))], [][]float32{reference(t, url, object{"image": sent})}, image)
	}
	for key, value := range map[string]string{"bytes": inline, "url": store.URL} {
		wantVectors(t, key, [][]float32{reference(t, url, object{key: value})}, image)
		if status, a := ask[embeddingList](t, url+"/v1/embeddings", object{"input": object{key: value, "image": inline}}); status != 400 || !strings.Contains(a.Error.Message, key) {
			t.Errorf("%s and image: status %d, %+v", key, status, a.Error)
		}
	}
	_, list := ask[embeddingList](t, url+"/v1/embeddings", object{"input": []object{{"text": "river"}}, "embedding_type": "base64"})
	if packed := number[[]byte](t, list.Data[0].Embedding); len(packed) != 160 {
		t.Errorf("base64 of %d bytes", len(packed))
	}
	for name, body := range map[string]object{
		"a document":  {"input": []object{{"pdf": "aGVsbG8="}}},
		"other bits":  {"input": "a", "embedding_type": "ubinary"},
		"two of them": {"input": "a", "embedding_type": "base64", "encoding_format": "float"},
		"vectors":     {"input": "a", "return_multivector": true},
	} {
		status, a := ask[struct {
			failure
			Detail string
		}](t, url+"/v1/embeddings", body)
		if status != 400 || a.Detail == "" || a.Detail != a.Error.Message {
			t.Errorf("%s: status %d, %+v", name, status, a)
		}
	}
}
