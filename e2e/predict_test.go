package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// golden is the part of the reference implementation's scores that is checked.
type golden struct {
	Texts          []string    `json:"texts"`
	Pictures       []string    `json:"pictures"`
	LogitsPerImage [][]float64 `json:"logits_per_image"`
}

func readGolden(t *testing.T) golden {
	t.Helper()
	data, err := os.ReadFile("../inference/testdata/golden/scores-tiny-base.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// predictBody is a multipart body with the first text and picture of the golden.
func predictBody(t *testing.T) (body []byte, contentType string) {
	t.Helper()
	g := readGolden(t)
	picture, err := os.ReadFile(filepath.Join("../inference/testdata/pictures", g.Pictures[0]))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("image", g.Pictures[0])
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(picture)
	if err := form.WriteField("text", g.Texts[0]); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), form.FormDataContentType()
}

func scorePicture(t *testing.T, service string) {
	body, contentType := predictBody(t)
	var answer struct {
		Model                          string
		Similarity, Logit, Probability float64
	}
	send(t, service+"/predict", contentType, body, http.StatusOK, &answer)
	want := readGolden(t).LogitsPerImage[0][0]
	if math.Abs(answer.Logit-want) > 1e-4 {
		t.Errorf("logit %v, the reference has %v", answer.Logit, want)
	}
	if p := 1 / (1 + math.Exp(-want)); math.Abs(answer.Probability-p) > 1e-4 {
		t.Errorf("probability %v, want %v", answer.Probability, p)
	}
	if !strings.Contains(answer.Model, "scores-mean-nothing") {
		t.Errorf("the model calls itself %q", answer.Model)
	}
	t.Logf("%s: logit %v, the reference has %v", answer.Model, answer.Logit, want)
}

// refuseFetch asks for addresses that a picture must never come from.
func refuseFetch(t *testing.T, service string) {
	for _, url := range []string{"http://169.254.169.254/latest/meta-data/", "http://10.96.0.1/", "http://127.0.0.1:8080/metrics"} {
		body := fmt.Appendf(nil, `{"text": "river", "image_url": %q}`, url)
		var answer struct{ Error struct{ Code string } }
		send(t, service+"/predict", "application/json", body, http.StatusBadRequest, &answer)
		if answer.Error.Code != "forbidden_address" {
			t.Errorf("%s: code %q, want forbidden_address", url, answer.Error.Code)
		}
	}
}

// send posts a body and decodes the answer, which must have the status.
func send(t *testing.T, url, contentType string, body []byte, status int, into any) {
	t.Helper()
	response, err := http.Post(url, contentType, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status {
		t.Fatalf("%s: status %d, want %d: %s", url, response.StatusCode, status, data)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v: %s", url, err, data)
	}
}

// waitForAnswer waits for a Service that has just been made to be routed.
func waitForAnswer(t *testing.T, url string) {
	t.Helper()
	var last error
	for range 60 {
		response, err := http.Get(url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("status %d", response.StatusCode)
		}
		last = err
		time.Sleep(time.Second)
	}
	t.Fatalf("%s did not answer in a minute: %v", url, last)
}
