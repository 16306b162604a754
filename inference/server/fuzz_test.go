package server

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzReadPrediction sends bodies of any kind through the readers of both forms.
func FuzzReadPrediction(f *testing.F) {
	f.Add("application/json", `{"text": "river", "image": "aGVsbG8="}`)
	f.Add("application/json", `{"texts": ["a", "b"], "image_urls": ["https://example.com/a.jpg"]}`)
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nriver\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nbytes\r\n--x--\r\n")
	f.Add("text/plain", "river")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		p, err := readPrediction(r)
		var refused *Problem
		switch {
		case err == nil && (len(p.texts) == 0 || len(p.images) == 0 || len(p.texts) > maxItems || len(p.images) > maxItems):
			t.Errorf("accepted %d texts and %d images", len(p.texts), len(p.images))
		case err != nil && (!errors.As(err, &refused) || refused.Status < 400 || refused.Status > 499):
			t.Errorf("a request's mistake is not the caller's: %v", err)
		}
	})
}

// FuzzItem reads items of any kind.
func FuzzItem(f *testing.F) {
	f.Add(`"river"`)
	f.Add(`{"image": "aGVsbG8="}`)
	f.Add(`{"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}`)
	f.Fuzz(func(t *testing.T, data string) {
		q := embeddingsRequest{Input: []byte(data)}
		items, _, err := q.items()
		var refused *Problem
		if err != nil && !errors.As(err, &refused) || err == nil && len(items) == 0 {
			t.Errorf("%d items, %v", len(items), err)
		}
	})
}

// FuzzInfer reads bodies of the Open Inference Protocol, binary tensors too.
func FuzzInfer(f *testing.F) {
	f.Add([]byte(`{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["river"]}]}`), "")
	f.Add([]byte(`{"inputs": [{"name": "image", "datatype": "BYTES", "shape": [1], "parameters": {"binary_data_size": 6}}]}`+"\x02\x00\x00\x00ab"), "102")
	f.Fuzz(func(t *testing.T, body []byte, header string) {
		_, inputs, err := readInfer(body, header)
		if err == nil {
			_, _, err = readTensors(inputs)
		}
		var refused *Problem
		if err != nil && !errors.As(err, &refused) {
			t.Errorf("a request's mistake is not the caller's: %v", err)
		}
	})
}
