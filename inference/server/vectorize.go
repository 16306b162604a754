package server

import (
	"fmt"
	"net/http"

	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// vectorizeRequest is the body of POST /vectorize: what Weaviate's module
// multi2vec-clip asks of its inference container.
// Source: modules/multi2vec-clip/clients of github.com/weaviate/weaviate.
type vectorizeRequest struct {
	Texts  list[string] `json:"texts"`
	Images list[string] `json:"images"` // base64 or data URLs
}

type vectorizeAnswer struct {
	TextVectors    [][]float32   `json:"textVectors"`
	ImageVectors   [][]float32   `json:"imageVectors"`
	TruncatedTexts []int         `json:"truncatedTexts,omitempty"`
	Pictures       []seenPicture `json:"pictures,omitempty"` // that were not seen as they are
}

// vectorize is POST /vectorize. Its answer has no place for the error of an item, so
// one that fails fails the request.
func (s *Server) vectorize(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	var q vectorizeRequest
	if err := readJSONBody(r, &q); err != nil {
		return err
	}
	if len(q.Texts)+len(q.Images) == 0 {
		return problem(http.StatusBadRequest, "invalid_request", "there are no texts and no images: send at least one")
	}
	if err := checkTexts(q.Texts); err != nil {
		return err
	}
	images := make([]pipeline.Image, len(q.Images))
	for i, value := range q.Images {
		var err error
		if images[i], err = inlineImage(fmt.Sprintf("images[%d]", i), value); err != nil {
			return err
		}
	}
	lease, err := s.reserve(r.Context(), p, len(q.Texts)+len(images), 0, 0)
	if err != nil {
		return err
	}
	defer lease.Release()
	textEmbeddings, imageEmbeddings, err := p.Embed(r.Context(), q.Texts, images)
	if err != nil {
		return err
	}
	answer := vectorizeAnswer{TextVectors: make([][]float32, len(q.Texts)), ImageVectors: make([][]float32, len(images))}
	for i, e := range textEmbeddings {
		if e.Err != nil {
			return itemFailed(e.Err, "texts[%d]", i)
		}
		answer.TextVectors[i] = e.Vector
		if e.Truncated {
			answer.TruncatedTexts = append(answer.TruncatedTexts, i)
		}
	}
	for i, e := range imageEmbeddings {
		if e.Err != nil {
			return itemFailed(e.Err, "images[%d]", i)
		}
		answer.ImageVectors[i] = e.Vector
		if seen := seenOf(e.Seen); seen != nil {
			answer.Pictures = append(answer.Pictures, seenPicture{i, seen})
		}
	}
	return writeJSON(w, http.StatusOK, answer)
}

// vectorizeMeta is GET /meta, which Weaviate shows in its own /v1/meta.
func (s *Server) vectorizeMeta(w http.ResponseWriter, _ *http.Request, p *pipeline.Pipeline) error {
	d := p.Model().Description()
	return writeJSON(w, http.StatusOK, map[string]any{"model": p.Model().Name(), "embedding_size": d.EmbeddingSize, "precision": d.Precision, "server": "rsclip " + s.telemetry.Version})
}

// vectorizeLive and vectorizeReady are GET /.well-known/live and ready, by which
// Weaviate waits for a server before it starts.
func (s *Server) vectorizeLive(w http.ResponseWriter, r *http.Request) {
	writeBareProbe(w, r, s.alive())
}

func (s *Server) vectorizeReady(w http.ResponseWriter, r *http.Request) {
	_, err := s.isReady()
	writeBareProbe(w, r, err)
}

// writeBareProbe answers with nothing, or with an error.
func writeBareProbe(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		writeProblem(w, r, asProblem(err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
