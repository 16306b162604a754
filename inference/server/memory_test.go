package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/credentials/insecure"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

const mib = 1 << 20

// refused posts a body, and returns the status, the error's code and its message.
func refused(t *testing.T, url, contentType, body string, header ...string) (status int, code, message string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Error struct{ Code, Message string }
	}
	_ = json.NewDecoder(response.Body).Decode(&answer)
	return response.StatusCode, answer.Error.Code, answer.Error.Message
}

// pictureForm is a form of a text and a picture.
func pictureForm(picture []byte) (contentType, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("text", "river")
	part, _ := w.CreateFormFile("image", "picture")
	_, _ = part.Write(picture)
	_ = w.Close()
	return w.FormDataContentType(), b.String()
}

// matrix is a request for so many scores of texts and pictures at an address.
func matrix(texts, images int, url string) string {
	body, _ := json.Marshal(map[string][]string{"texts": slicesOf("a", texts), "image_urls": slicesOf(url, images)})
	return string(body)
}

func slicesOf(value string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = value
	}
	return out
}

// TestWhatNeverFitsIsRefused asks a server with little memory for much.
func TestWhatNeverFitsIsRefused(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{}, config.Model{})
	i.Budget().Resize(64 * mib) // 18 for a large picture or body, 6 for an answer
	url := serve(t, i)
	contentType, picture := pictureForm(hostile.PNG(2000, 2000, 16, 6, false))
	for name, tt := range map[string]struct {
		path, contentType, body string
		code                    string
	}{
		"a picture": {"/predict", contentType, picture, "image_too_large"},
		"an answer": {"/predict", "application/json", matrix(1000, 1000, "http://127.0.0.1/"), "answer_too_large"},
		"a body":    {"/v1/embeddings", "application/json", `{"input": "` + strings.Repeat("a", 7*mib) + `"}`, "body_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			status, code, message := refused(t, url+tt.path, tt.contentType, tt.body)
			if status != http.StatusRequestEntityTooLarge || code != tt.code || !strings.Contains(message, "MiB") {
				t.Errorf("%d %s: %s, want 413 %s", status, code, message, tt.code)
			}
		})
	}
	contentType, picture = pictureForm(hostile.PNG(100, 100, 16, 6, false))
	if status, code, message := refused(t, url+"/predict", contentType, picture); status != http.StatusOK {
		t.Errorf("a small picture: %d %s: %s", status, code, message)
	}
}

// TestTextsDoNotWaitForPictures has pictures take all their memory and places.
func TestTextsDoNotWaitForPictures(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{Workers: 2}}, config.Model{})
	url := serve(t, i)
	leases := make([]*budget.Lease, 0, 3)
	for _, heavy := range []bool{false, false, true} {
		lease, err := i.Budget().Pictures.Acquire(t.Context(), 1, heavy)
		if err != nil {
			t.Fatal(err)
		}
		leases = append(leases, lease)
	}
	if status, _, message := refused(t, url+"/v1/embeddings", "application/json", `{"input": ["a", "b", "c"]}`); status != http.StatusOK {
		t.Errorf("texts: status %d: %s", status, message)
	}
	contentType, picture := pictureForm(readPicture(t, "rgb.png"))
	if status, code, _ := refused(t, url+"/predict", contentType, picture, "X-Request-Timeout-Seconds", "0.2"); code != "deadline_exceeded" {
		t.Errorf("a picture: status %d %s, want one that waits", status, code)
	}
	for _, lease := range leases {
		lease.Release()
	}
	if status, _, message := refused(t, url+"/predict", contentType, picture); status != http.StatusOK {
		t.Errorf("a picture, when there is room: status %d: %s", status, message)
	}
}

// TestMemoryComesBack asks for answers and mistakes of every route.
func TestMemoryComesBack(t *testing.T) {
	t.Parallel()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(hostile.PNG(4, 4, 8, 2, false))
	}))
	t.Cleanup(origin.Close)
	host := strings.TrimPrefix(origin.URL, "http://")
	i := newServer(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{host}}}, config.Model{})
	url := serve(t, i)
	infer := `{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["a"]}, {"name": "image_url", "datatype": "BYTES", "shape": [1], "data": [%q]}]%s}`
	contentType, form := pictureForm(readPicture(t, "rgb.png"))
	for _, r := range []struct{ path, contentType, body string }{
		{"/predict", contentType, form},
		{"/predict", contentType, form[:len(form)/2]},
		{"/predict", "application/json", matrix(30, 20, origin.URL)},
		{"/predict", "application/json", matrix(3, 2, "http://127.0.0.1:1/")},
		{"/v1/embeddings", "application/json", `{"input": ["a", {"image": "not base64"}]}`},
		{"/v1/embeddings", "application/json", `{"input": ["a", {"image_url": "` + origin.URL + `"}], "encoding_format": "base64"}`},
		{"/v1/embed", "application/json", `{"images": ["` + origin.URL + `"]}`},
		{"/v2/embed", "application/json", `{"images": ["` + origin.URL + `", "http://127.0.0.1:1/"]}`},
		{"/v2/embed", "application/json", `{"texts": ["a"], "embedding_types": ["float", "base64"]}`},
		{"/vectorize", "application/json", `{"texts": ["a"], "images": ["aGVsbG8="]}`},
		{"/vectorize", "application/json", `{"texts": ["a"]}`},
		{"/v1/classify", "application/json", `{"image_url": "` + origin.URL + `", "labels": ["a", "b"]}`},
		{"/v1/rank", "application/json", `{"query": "a", "candidates": ["b", {"image_url": "` + origin.URL + `"}]}`},
		{"/v2/models/tiny/infer", "application/json", fmt.Sprintf(infer, origin.URL, "")},
		{"/v2/models/tiny/infer", "application/json", fmt.Sprintf(infer, origin.URL, `, "parameters": {"binary_data_output": true}`)},
		{"/v2/models/tiny/infer", "application/json", fmt.Sprintf(infer, "http://127.0.0.1:1/", "")},
	} {
		refused(t, url+r.path, r.contentType, r.body)
	}
	givenBack(t, i)
}

// TestMemoryOfAnswersOverGRPC asks for answers, small and large.
func TestMemoryOfAnswersOverGRPC(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	for _, texts := range []int{1, 1000} {
		elements := make([][]byte, texts)
		answer, err := client.ModelInfer(t.Context(), &oip.ModelInferRequest{ModelName: "tiny", Inputs: []*oip.ModelInferRequest_InferInputTensor{
			{Name: "text", Datatype: "BYTES", Shape: []int64{int64(texts)}, Contents: &oip.InferTensorContents{BytesContents: elements}},
		}})
		if err != nil || len(answer.GetRawOutputContents()) != 1 {
			t.Fatalf("%d texts: %v", texts, err)
		}
	}
	givenBack(t, i)
}

// TestMemoryOfAnswersThatAreNotSent drops what gRPC holds, as it does when a
// connection breaks.
func TestMemoryOfAnswersThatAreNotSent(t *testing.T) {
	t.Parallel()
	b := budget.New(1600*mib, 1)
	lease, err := b.Answers.Acquire(t.Context(), 10*mib, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.EncodeAndDrop(&oip.ModelInferResponse{RawOutputContents: [][]byte{make([]byte, mib)}}, lease); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); b.Answers.State().Held != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%+v", b.Answers.State())
		}
		runtime.GC()
	}
}

// givenBack waits until no memory is held.
func givenBack(t *testing.T, i *instance) {
	t.Helper()
	end := time.Now().Add(patience)
	for _, s := range i.Budget().Shares() {
		for s.State().Held != 0 {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", s.Name, s.State())
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// TestAnswersThatNobodyReads asks for a million scores and does not read them.
// It takes ten seconds, so that RSCLIP_SLOW must be set.
func TestAnswersThatNobodyReads(t *testing.T) {
	if os.Getenv("RSCLIP_SLOW") == "" {
		t.Skip("RSCLIP_SLOW is not set")
	}
	t.Parallel()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(hostile.PNG(4, 4, 8, 2, false))
	}))
	t.Cleanup(origin.Close)
	i := newServer(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{strings.TrimPrefix(origin.URL, "http://")}}}, config.Model{})
	url := serve(t, i)
	conn, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	body := matrix(1000, 1000, origin.URL)
	_, _ = fmt.Fprintf(conn, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	for end := time.Now().Add(patience); i.Budget().Answers.State().Held == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing is held for the answer")
		}
	}
	givenBack(t, i)
}
