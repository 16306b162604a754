package server

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// cohereRequest is the body of POST /v1/embed and /v2/embed. Exactly one of the
// lists is there.
// Source: Cohere's API reference, "Embed API", of both versions.
type cohereRequest struct {
	Model           string            `json:"model"`
	Texts           list[string]      `json:"texts"`
	Images          list[string]      `json:"images"` // data URLs or addresses
	Inputs          list[cohereInput] `json:"inputs"`
	InputType       wish              `json:"input_type"`
	EmbeddingTypes  embeddingTypes    `json:"embedding_types"`  // default: float
	OutputDimension *int              `json:"output_dimension"` // the model's own
	MaxTokens       *int              `json:"max_tokens"`       // no fewer than the model reads
	Truncate        truncate          `json:"truncate"`         // whether a text may be cut. Default END
	Priority        *int              `json:"priority"`         // not looked at
}

// cohereInput is an item in the place of a message's content. Cohere makes one
// embedding of several parts, which no model of two towers can.
type cohereInput struct{ item }

// UnmarshalJSONFrom reads {"content": [ITEM]}.
func (i *cohereInput) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var object struct {
		Content list[item] `json:"content"`
	}
	if err := json.UnmarshalDecode(d, &object); err != nil {
		return err
	}
	if len(object.Content) != 1 {
		return problem(http.StatusBadRequest, "invalid_request", "content has %d parts: this model embeds texts and pictures apart; send an input of one part for each", len(object.Content))
	}
	i.item = object.Content[0]
	return nil
}

// embeddingTypes are forms of embeddings, each once.
type embeddingTypes []string

const (
	floatType  = "float"
	base64Type = "base64" // of little-endian float32
)

// UnmarshalJSONFrom reads a list.
func (t *embeddingTypes) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if err := readList(d, (*[]string)(t), 10); err != nil {
		return err
	}
	for i, name := range *t {
		if name != floatType && name != base64Type || slices.Contains((*t)[:i], name) {
			return problem(http.StatusBadRequest, "invalid_request", "it is %.100q: use float or base64, or both, each once", *t)
		}
	}
	return nil
}

// cohereAnswer is the answer of either version.
type cohereAnswer struct {
	ID           string     `json:"id"`
	ResponseType string     `json:"response_type"`
	Embeddings   any        `json:"embeddings"`
	Texts        []string   `json:"texts"` // as they were sent
	Meta         cohereMeta `json:"meta"`
}

type cohereMeta struct {
	APIVersion struct {
		Version string `json:"version"`
	} `json:"api_version"`
	BilledUnits struct {
		InputTokens int `json:"input_tokens,omitempty"`
		Images      int `json:"images,omitempty"`
	} `json:"billed_units"` // what was read
	Warnings []string `json:"warnings,omitempty"` // texts that were cut, and pictures that were not seen as they are
}

// cohereEmbed is POST /vN/embed. Its answer has no place for the error of an item,
// so one that fails fails the request.
func (s *Server) cohereEmbed(version string) handler {
	return func(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
		var q cohereRequest
		if err := readJSONBody(r, &q); err != nil {
			return err
		}
		field, items, err := q.items()
		if err != nil {
			return err
		}
		if err := q.check(p.Model()); err != nil {
			return err
		}
		lease, err := s.reserve(r.Context(), p, len(items)*max(1, len(q.EmbeddingTypes)), 0, 0)
		if err != nil {
			return err
		}
		defer lease.Release()
		results, err := embedItems(r.Context(), p, items)
		if err != nil {
			return err
		}
		if err := firstError(field, results); err != nil {
			return err
		}
		if err := q.Truncate.check(field, results, p.Model().Description().Positions); err != nil {
			return err
		}
		answer := cohereAnswer{ID: requestID(r.Context()), ResponseType: "embeddings_by_type", Texts: []string{}, Embeddings: byType(q.EmbeddingTypes, results)}
		if version == "1" && len(q.EmbeddingTypes) == 0 {
			answer.ResponseType, answer.Embeddings = "embeddings_floats", floatVectors(results)
		}
		for _, i := range items {
			if i.image == nil {
				answer.Texts = append(answer.Texts, i.text)
			}
		}
		answer.Meta = newCohereMeta(version, field, results, p.Model().Description().Positions)
		return writeJSON(w, http.StatusOK, answer)
	}
}

// items returns what is to be embedded, and the name of the list that it is in.
func (q *cohereRequest) items() (field string, items []item, err error) {
	if err := oneOf(given{"texts", len(q.Texts) > 0}, given{"images", len(q.Images) > 0}, given{"inputs", len(q.Inputs) > 0}); err != nil {
		return "", nil, err
	}
	for _, text := range q.Texts {
		field, items = "texts", append(items, item{text: text})
	}
	for i, url := range q.Images {
		image, err := imageAt(url)
		if err != nil {
			return "", nil, asRefusal(err, "images[%d]", i)
		}
		field, items = "images", append(items, item{image: &image})
	}
	for _, input := range q.Inputs {
		field, items = "inputs", append(items, input.item)
	}
	return field, items, nil
}

// check refuses what asks for another model, or for other numbers.
func (q *cohereRequest) check(m *model.Model) error {
	d := m.Description()
	switch {
	case q.Model != "" && q.Model != m.Name():
		return problem(http.StatusNotFound, "model_not_found", "model is %q: this server has %q; send that, or leave it out", q.Model, m.Name())
	case q.OutputDimension != nil && *q.OutputDimension != d.EmbeddingSize:
		return problem(http.StatusBadRequest, "invalid_request", "output_dimension is %d: the model's embeddings have %d; send that, or leave it out", *q.OutputDimension, d.EmbeddingSize)
	case q.MaxTokens != nil && *q.MaxTokens < d.Positions:
		return problem(http.StatusBadRequest, "invalid_request", "max_tokens is %d: the model reads %d; send that or more, or leave it out", *q.MaxTokens, d.Positions)
	}
	return nil
}

// byType are the embeddings in the forms that were asked for.
func byType(types embeddingTypes, results []embedded) map[string]any {
	if len(types) == 0 {
		types = embeddingTypes{floatType}
	}
	out := make(map[string]any)
	for _, name := range types {
		if name == floatType {
			out[name] = floatVectors(results)
			continue
		}
		encoded := make([]base64Vector, len(results))
		for i, e := range results {
			encoded[i] = e.Vector
		}
		out[name] = encoded
	}
	return out
}

func newCohereMeta(version, field string, results []embedded, positions int) (meta cohereMeta) {
	meta.APIVersion.Version = version
	for i, e := range results {
		if !e.text {
			meta.BilledUnits.Images++
		}
		meta.BilledUnits.InputTokens += e.Tokens
		if e.Truncated {
			meta.Warnings = append(meta.Warnings, fmt.Sprintf("%s[%d] is longer than the %d tokens that the model reads, and was cut", field, i, positions))
		}
		if s := seenOf(e.seen); s != nil {
			meta.Warnings = append(meta.Warnings, fmt.Sprintf("%s[%d] was not seen as it is: a share of %.3g holds no data, stretched %v", field, i, s.Nodata, s.Stretched))
		}
	}
	return meta
}

func floatVectors(results []embedded) [][]float32 {
	out := make([][]float32, len(results))
	for i, e := range results {
		out[i] = e.Vector
	}
	return out
}
