package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// whitePicture is one whose embedding is NaN by testdata/snare's vision tower.
func whitePicture(t *testing.T) []byte {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestWhatIsNotFinite asks by every protocol for texts and pictures of which some
// have an embedding of NaN.
func TestWhatIsNotFinite(t *testing.T) {
	t.Parallel()
	const code = "embedding_not_finite"
	i := snared(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{})
	url, rpc := listen(t, i)
	white := base64.StdEncoding.EncodeToString(whitePicture(t))
	good := inlinePicture(t, "one-pixel.png")
	tensor := func(name string, data ...string) object {
		return object{"inputs": []object{{"name": name, "datatype": "BYTES", "shape": []int{len(data)}, "data": data}}}
	}
	binary := tensor("text", nan)
	binary["parameters"] = object{"binary_data_output": true}
	items := []any{"river", nan, object{"image": good}, object{"image": white}}
	for _, tt := range []struct {
		name, path string
		body       object
		status     int
		errors     int    // of items, in an answer of 200
		want       string // a part of the answer
	}{
		{"a text", "/predict", object{"text": nan, "image": good}, 500, 0, ""},
		{"a picture", "/predict", object{"text": "river", "image": white}, 500, 0, ""},
		{"a matrix", "/predict", object{"texts": []string{nan, "river"}, "images": []string{good, white}}, 200, 2, `"logit":[[null,`},
		{"a matrix of texts alone that fail", "/predict", object{"texts": []string{nan, nan}, "images": []string{good}}, 200, 2, `"probability":[[null,null]]`},
		{"an input", "/v1/embeddings", object{"input": nan}, 500, 0, ""},
		{"a picture as an input", "/v1/embeddings", object{"input": object{"image": white}}, 500, 0, ""},
		{"inputs", "/v1/embeddings", object{"input": items}, 200, 2, `"index":1,"embedding":null,"error":`},
		{"inputs in base64", "/v1/embeddings", object{"input": items, "encoding_format": "base64"}, 200, 2, `"index":3,"embedding":null,"error":`},
		{"Cohere's texts", "/v1/embed", object{"texts": []string{"river", nan}}, 500, 0, "texts[1]: "},
		{"Cohere's pictures", "/v2/embed", object{"images": []string{"data:;base64," + good, "data:;base64," + white}}, 500, 0, "images[1]: "},
		{"Weaviate's texts", "/vectorize", object{"texts": []string{nan}}, 500, 0, "texts[0]: "},
		{"Weaviate's pictures", "/vectorize", object{"images": []string{good, white}}, 500, 0, "images[1]: "},
		{"labels", "/v1/classify", object{"image": good, "labels": []string{nan, "river"}, "template": "{label}"}, 200, 1, `"rank":1,"index":1,`},
		{"labels for a picture", "/v1/classify", object{"image": white, "labels": []string{"river"}}, 500, 0, ""},
		{"candidates", "/v1/rank", object{"query": "river", "candidates": items}, 200, 2, `"errors":[{"index":1,`},
		{"a query", "/v1/rank", object{"query": nan, "candidates": items}, 500, 0, ""},
		{"a tensor", "/v2/models/tiny/infer", tensor("text", "river", nan), 500, 0, "text 1: "},
		{"a tensor of pictures", "/v2/models/tiny/infer", tensor("image", good, white), 500, 0, "image 1: "},
		{"a binary tensor", "/v2/models/tiny/infer", binary, 500, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body, err := json.Marshal(tt.body)
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.Post(url+tt.path, "application/json", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			answer, err := io.ReadAll(response.Body)
			if err != nil || !json.Valid(answer) {
				t.Fatalf("%v, not JSON: %q", err, answer)
			}
			errors := strings.Count(string(answer), code)
			if tt.status != 200 {
				errors-- // The request's own.
			}
			if response.StatusCode != tt.status || errors != tt.errors || !strings.Contains(string(answer), tt.want) {
				t.Errorf("status %d, %d items failed, want %d, %d and %q: %s", response.StatusCode, errors, tt.status, tt.errors, tt.want, answer)
			}
		})
	}
	t.Run("gRPC", func(t *testing.T) {
		t.Parallel()
		_, err := connect(t, rpc, insecure.NewCredentials()).ModelInfer(t.Context(), &oip.ModelInferRequest{ModelName: "tiny", Inputs: []*oip.ModelInferRequest_InferInputTensor{
			{Name: "text", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{[]byte(nan)}}},
		}})
		if status.Code(err) != codes.Internal || !strings.Contains(err.Error(), code) {
			t.Errorf("%v, want Internal and %s", err, code)
		}
	})
	t.Cleanup(func() { // After the others, which are parallel.
		if i.logged("not finite") < 20 {
			t.Errorf("the log has %d lines of what is not finite, want one of each", i.logged("not finite"))
		}
	})
}

// TestWhatIsNotFiniteIsCounted has an item fail in a list, and one by itself.
func TestWhatIsNotFiniteIsCounted(t *testing.T) {
	t.Parallel()
	url := serve(t, snared(t, config.App{}, config.Model{}))
	wantMetrics(t, url, `rsclip_item_errors_total{code="embedding_not_finite"} 0`)
	ask[embeddingList](t, url+"/v1/embeddings", object{"input": []string{nan, "river"}})
	ask[embeddingList](t, url+"/v1/embeddings", object{"input": nan})
	wantMetrics(t, url, `rsclip_item_errors_total{code="embedding_not_finite"} 1`, `rsclip_refusals_total{reason="embedding_not_finite"} 1`,
		`http_requests_total{method="POST",path="/v1/embeddings",status="500"} 1`, `http_requests_total{method="POST",path="/v1/embeddings",status="200"} 1`, "rsclip_ready 1")
}
