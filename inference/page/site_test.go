package page_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/page"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

// request is what /predict was sent.
type request struct {
	texts         []string
	authorization string
}

// site is a server of the tiny model behind the page, and what it was asked.
type site struct {
	url      string
	requests chan request
}

// newServer serves a checkpoint, and beside it an index of some sources, if there are
// any.
func newServer(t *testing.T, checkpoint, name string, sources ...indexing.Source) *server.Server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := export.Run(t.Context(), export.Options{
		Checkpoint: checkpoint, Out: dir, Name: name, Progress: func(string) {},
	}); err != nil {
		t.Fatal(err)
	}
	if err := model.LoadRuntime(); err != nil {
		t.Fatal(err)
	}
	tracer, flush, err := telemetry.NewTracer(t.Context(), nil, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flush(context.Background()) })
	tel := telemetry.New("test", tracer)
	s, err := server.New(config.App{}.WithDefaults(), slog.New(slog.DiscardHandler), tel)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	mc := config.Model{}.WithDefaults()
	mc.Device = config.CPU
	m, err := model.Open(dir, mc, tel.Batch)
	if err != nil {
		t.Fatal(err)
	}
	var x search.Engine
	if len(sources) > 0 {
		folder := filepath.Join(t.TempDir(), "index")
		if _, err := indexing.Run(t.Context(), m, sources, indexing.Options{Out: folder, Layout: tiling.Layout{Side: 96, Overlap: 0.1}, MaxNodata: 0.5, Workers: 2, Client: http.DefaultClient}); err != nil {
			t.Fatal(err)
		}
		if x, err = search.Open(folder, m.SHA256()); err != nil {
			t.Fatal(err)
		}
	}
	s.SetModel(m, x)
	return s
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := newServer(t, filepath.Join(testdata, "tiny-base"), name)
	site := &site{requests: make(chan request, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", page.Handler())
	mux.Handle("/", s.Handler())
	mux.HandleFunc("POST /predict", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		texts, err := textsOf(r.Header.Get("Content-Type"), body)
		if err != nil {
			t.Error(err)
		}
		select {
		case site.requests <- request{texts, r.Header.Get("Authorization")}:
		default:
			t.Error("a request that nobody looked at")
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.Handler().ServeHTTP(w, r)
	})
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	site.url = h.URL
	return site
}

// textsOf is the captions of a request.
func textsOf(contentType string, body []byte) ([]string, error) {
	mediaType, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	if mediaType == "application/json" {
		var q struct{ Texts []string }
		err := json.Unmarshal(body, &q)
		return q.Texts, err
	}
	form, err := multipart.NewReader(bytes.NewReader(body), parameters["boundary"]).ReadForm(1 << 24)
	if err != nil {
		return nil, err
	}
	return form.Value["text"], nil
}

// sent is the last request, which was sent by the page or its curl.
func (s *site) sent(t *testing.T) request {
	t.Helper()
	select {
	case r := <-s.requests:
		return r
	case <-time.After(time.Minute):
		t.Fatal("no request was sent")
		return request{}
	}
}

// reply is an answer of /predict to several texts.
type reply struct {
	Similarity, Logit, Probability [][]float64
}

// post asks /predict without a browser.
func (s *site) post(t *testing.T, texts []string) reply {
	t.Helper()
	data, err := os.ReadFile(picture)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, text := range texts {
		if err := w.WriteField("text", text); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("image", "image")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(data)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(s.url+"/predict", w.FormDataContentType(), &b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var r reply
	if err := json.NewDecoder(response.Body).Decode(&r); err != nil {
		t.Fatal(err)
	}
	s.sent(t)
	return r
}
