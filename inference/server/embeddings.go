package server

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// embeddingsRequest is the body of POST /v1/embeddings.
// Source: OpenAI's API reference; modality is infinity's.
type embeddingsRequest struct {
	Model          string   `json:"model"`
	Input          *input   `json:"input"`
	Modality       string   `json:"modality"`        // text or image; says what strings are. Default text
	EncodingFormat string   `json:"encoding_format"` // float or base64. Default float
	EmbeddingType  string   `json:"embedding_type"`  // what Jina calls the same
	Dimensions     *int     `json:"dimensions"`      // the model's own
	Truncate       truncate `json:"truncate"`        // whether a text may be cut. Default true
	User           string   `json:"user"`            // not looked at
	wishes
}

// maxInputs bounds the input of one request. It is OpenAI's own limit, up to which
// clients fill requests.
const maxInputs = 2048

// input is one item or a list of them.
type input struct {
	items  []item
	single bool
}

// UnmarshalJSONFrom reads either form.
func (in *input) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case jsontext.KindBeginArray:
		return readList(d, &in.items, maxInputs)
	case jsontext.KindNumber:
		return tokenIDs()
	}
	in.single, in.items = true, make([]item, 1)
	return in.items[0].UnmarshalJSONFrom(d)
}

// tokenIDs refuses numbers, and lists of them, in the place of texts.
func tokenIDs() error {
	return problem(http.StatusBadRequest, "invalid_request", "there is a number or a list in the place of a text: token ids are another model's, send texts (in LangChain: OpenAIEmbeddings(..., check_embedding_ctx_length=False))")
}

type embeddingsAnswer struct {
	Object string          `json:"object"`
	Model  string          `json:"model"`
	Data   []embeddingData `json:"data"`
	Usage  usage           `json:"usage"`
}

// embeddingData is one embedding: a list of numbers, or base64 of little-endian
// float32. That of an item that failed is null, and Error says why.
type embeddingData struct {
	Object    string   `json:"object"`
	Index     int      `json:"index"`
	Embedding any      `json:"embedding"`
	Truncated bool     `json:"truncated,omitempty"` // the text is longer than the model reads
	Picture   *seen    `json:"picture,omitempty"`   // what was seen of it, if not all as it is
	Error     *Problem `json:"error,omitempty"`
}

// usage counts the tokens of texts that were read; pictures have none.
type usage struct {
	PromptTokens    int `json:"prompt_tokens"`
	TotalTokens     int `json:"total_tokens"`
	TruncatedInputs int `json:"truncated_inputs,omitempty"` // texts that were cut
}

// embeddings is POST /v1/embeddings.
func (s *Server) embeddings(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	var q embeddingsRequest
	if err := readJSONBody(r, &q); err != nil {
		return err
	}
	m := p.Model()
	size := m.Description().EmbeddingSize
	switch {
	case q.Model != "" && q.Model != m.Name():
		return problem(http.StatusNotFound, "model_not_found", "model is %q: this server has %q; send that, or leave it out", q.Model, m.Name())
	case q.EncodingFormat != "" && q.EncodingFormat != floatType && q.EncodingFormat != base64Type:
		return problem(http.StatusBadRequest, "invalid_request", "encoding_format is %.100q: use float or base64", q.EncodingFormat)
	case q.EmbeddingType != "" && q.EmbeddingType != floatType && q.EmbeddingType != base64Type:
		return problem(http.StatusBadRequest, "invalid_request", "embedding_type is %.100q: use float or base64", q.EmbeddingType)
	case q.EncodingFormat != "" && q.EmbeddingType != "" && q.EncodingFormat != q.EmbeddingType:
		return problem(http.StatusBadRequest, "invalid_request", "encoding_format is %q and embedding_type is %q, which is another name of it: send one of them", q.EncodingFormat, q.EmbeddingType)
	case q.Dimensions != nil && *q.Dimensions != size:
		return problem(http.StatusBadRequest, "invalid_request", "dimensions is %d: the model's embeddings have %d; send that, or leave it out", *q.Dimensions, size)
	}
	items, err := q.items()
	if err != nil {
		return err
	}
	lease, err := s.reserve(r.Context(), p, len(items), 0, 0)
	if err != nil {
		return err
	}
	defer lease.Release()
	results, err := embedItems(r.Context(), p, items)
	if err != nil {
		return err
	}
	if q.Input.single && results[0].err != nil {
		return results[0].err
	}
	if err := q.Truncate.check("input", results, m.Description().Positions); err != nil {
		return err
	}
	answer := embeddingsAnswer{Object: "list", Model: m.Name(), Data: make([]embeddingData, len(results))}
	for i, e := range results {
		d := embeddingData{Object: "embedding", Index: i, Truncated: e.Truncated, Picture: seenOf(e.seen)}
		if e.Truncated {
			answer.Usage.TruncatedInputs++
		}
		switch {
		case e.err != nil:
			d.Error = s.failItem(r, e.err)
		case q.EncodingFormat == base64Type || q.EmbeddingType == base64Type:
			d.Embedding = base64Vector(e.Vector)
		default:
			d.Embedding = e.Vector
		}
		answer.Data[i] = d
		answer.Usage.PromptTokens += e.Tokens
	}
	answer.Usage.TotalTokens = answer.Usage.PromptTokens
	return writeJSON(w, http.StatusOK, answer)
}

// items returns the input, of which strings are texts, or addresses of pictures
// where the modality says so.
func (q *embeddingsRequest) items() ([]item, error) {
	if q.Modality != "" && q.Modality != "text" && q.Modality != "image" {
		return nil, problem(http.StatusBadRequest, "invalid_request", "modality is %q: use text or image", q.Modality)
	}
	if q.Input == nil {
		return nil, problem(http.StatusBadRequest, "invalid_request", "there is no input: send a string, an item with an image, or a list of these")
	}
	items := q.Input.items
	if err := checkCountOf("inputs", len(items), maxInputs); err != nil {
		return nil, err
	}
	if q.Modality != "image" {
		return items, nil
	}
	for i := range items {
		if items[i].image != nil {
			continue
		}
		image, err := imageAt(items[i].text)
		if err != nil {
			return nil, asRefusal(err, "input[%d]", i)
		}
		items[i] = item{image: &image}
	}
	return items, nil
}
