package server

import (
	"net/http"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/pipeline"
	"github.com/seed-74198975/rsclip/inference/search"
)

// description is an answer of GET /v1/model.
type description struct {
	model.Description

	Index *indexDescription `json:"index"` // null for none
}

type indexDescription struct {
	Tiles *int `json:"tiles"` // null for an engine beyond this process, which does not tell
}

// describe is GET /v1/model: what is in force.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	out := description{Description: p.Model().Description()}
	if x, err := indexOf(r.Context()); err == nil {
		out.Index = &indexDescription{}
		if local, ok := x.(*search.Index); ok {
			out.Index.Tiles = new(local.Len())
		}
	}
	return writeJSON(w, http.StatusOK, out)
}

// modelEntry is a model in OpenAI's form.
// Source: OpenAI's API reference, "The model object".
type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int    `json:"created"` // a Unix time; 0, since a model folder does not tell
	OwnedBy string `json:"owned_by"`
}

func newModelEntry(m *model.Model) modelEntry {
	return modelEntry{ID: m.Name(), Object: "model", OwnedBy: "rsclip"}
}

// listModels is GET /v1/models.
func (s *Server) listModels(w http.ResponseWriter, _ *http.Request, p *pipeline.Pipeline) error {
	return writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []modelEntry{newModelEntry(p.Model())}})
}

// oneModel is GET /v1/models/{id...}, whose id may have slashes.
func (s *Server) oneModel(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	if err := checkModel(p.Model(), r.PathValue("id"), ""); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, newModelEntry(p.Model()))
}
