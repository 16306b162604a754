package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"testing"
)

// reply is every field that any answer of /predict has.
type reply struct {
	Model                          string
	Similarity, Logit, Probability json.RawMessage
	Truncated                      bool
	TruncatedTexts                 []int `json:"truncated_texts"`
	Errors                         []struct {
		Image         int
		Code, Message string
	}
	Error struct{ Code, Message string }
}

func post(t *testing.T, url, contentType string, body []byte) (int, reply) {
	t.Helper()
	response, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return readReply(t, response)
}

func readReply(t *testing.T, response *http.Response) (int, reply) {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var r reply
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatalf("status %d, not JSON: %v: %s", response.StatusCode, err, data)
	}
	return response.StatusCode, r
}

func number[T any](t *testing.T, data json.RawMessage) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return v
}

// form is a multipart body: texts and files in turn.
func form(t testing.TB, texts []string, files ...[]byte) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, text := range texts {
		if err := w.WriteField("text", text); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreateFormFile("image", "image")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(f)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}
