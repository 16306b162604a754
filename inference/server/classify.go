package server

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// defaultTemplate makes captions of labels, as the model was trained on.
const defaultTemplate = "a remote sensing image of {label}"

const (
	// placeOfLabel stands for the label in a template.
	placeOfLabel = "{label}"
	// maxTemplate bounds a template, in bytes, since each label takes a pass over it.
	maxTemplate = 4 << 10
	// maxCaptions bounds the captions of one request, in bytes: 8 KiB, of which a
	// model reads a small part, for each of as many as there may be.
	maxCaptions = 8 << 20
)

// classifyRequest is the body of POST /v1/classify. Exactly one of the images
// is set.
type classifyRequest struct {
	Image    *string      `json:"image"`     // base64 or a data URL
	ImageURL *string      `json:"image_url"` // an address or a data URL
	Labels   list[string] `json:"labels"`
	Template *string      `json:"template"` // holds {label}. Default: defaultTemplate
	TopK     *int         `json:"top_k"`    // how many labels are answered. Default: all
}

type classifyAnswer struct {
	Model    string        `json:"model"`
	Template string        `json:"template"`
	Labels   []rankedLabel `json:"labels"`            // the best first
	Picture  *seen         `json:"picture,omitempty"` // what was seen of it, if not all as it is
	Errors   []itemError   `json:"errors,omitempty"`
}

// rankedLabel is a label, its place and its scores. The probability is the
// label's own, whatever the others are; they do not add up to 1.
type rankedLabel struct {
	Rank  int    `json:"rank"` // from 1
	Index int    `json:"index"`
	Label string `json:"label"`
	pairScore
	Truncated bool `json:"truncated,omitempty"`
}

// pairScore is a [model.Score] as answers show it.
type pairScore struct {
	Similarity  float64 `json:"similarity"`
	Logit       float64 `json:"logit"`
	Probability float64 `json:"probability"`
}

// classify is POST /v1/classify.
func (s *Server) classify(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	var q classifyRequest
	if err := readJSONBody(r, &q); err != nil {
		return err
	}
	if err := oneOf(given{"image", q.Image != nil}, given{"image_url", q.ImageURL != nil}); err != nil {
		return err
	}
	var image pipeline.Image
	var err error
	if q.Image != nil {
		image, err = inlineImage("image", *q.Image)
	} else {
		image, err = imageAt(*q.ImageURL)
	}
	if err != nil {
		return err
	}
	top, err := topK(q.TopK, len(q.Labels))
	if err != nil {
		return err
	}
	template, size, err := q.template()
	if err != nil {
		return err
	}
	lease, err := s.reserve(r.Context(), p, len(q.Labels)+1, 0, size)
	if err != nil {
		return err
	}
	defer lease.Release()
	captions := q.captions(template)
	if err := checkTexts(captions); err != nil {
		return err
	}
	texts, images, err := p.Embed(r.Context(), captions, []pipeline.Image{image})
	if err != nil {
		return err
	}
	if images[0].Err != nil {
		return images[0].Err
	}
	m := p.Model()
	answer := classifyAnswer{Model: m.Name(), Template: template, Picture: seenOf(images[0].Seen), Labels: make([]rankedLabel, 0, len(texts))}
	for i, t := range texts {
		if t.Err != nil {
			answer.Errors = append(answer.Errors, itemError{Index: i, Problem: s.failItem(r, t.Err)})
			continue
		}
		answer.Labels = append(answer.Labels, rankedLabel{Index: i, Label: q.Labels[i], pairScore: pairScore(m.Score(t.Vector, images[0].Vector)), Truncated: t.Truncated})
	}
	slices.SortStableFunc(answer.Labels, func(a, b rankedLabel) int { return cmp.Compare(b.Logit, a.Logit) })
	for i := range answer.Labels {
		answer.Labels[i].Rank = i + 1
	}
	answer.Labels = answer.Labels[:min(top, len(answer.Labels))]
	return writeJSON(w, http.StatusOK, answer)
}

// template returns the template in force, and how many bytes its captions have
// together. Labels and places for them multiply, so that is known before any is made.
func (q *classifyRequest) template() (template string, size int, err error) {
	template = defaultTemplate
	if q.Template != nil {
		template = *q.Template
	}
	if len(template) > maxTemplate {
		return "", 0, problem(http.StatusBadRequest, "invalid_request", "template has %d bytes: send at most %d", len(template), maxTemplate)
	}
	places := strings.Count(template, placeOfLabel)
	if places == 0 {
		return "", 0, problem(http.StatusBadRequest, "invalid_request", "template is %.100q: it must hold %s", template, placeOfLabel)
	}
	if err := checkCount("labels", len(q.Labels)); err != nil {
		return "", 0, err
	}
	for _, label := range q.Labels {
		if size += len(template) + places*(len(label)-len(placeOfLabel)); size > maxCaptions {
			return "", 0, problem(http.StatusBadRequest, "invalid_request", "template and labels make captions of more than %d bytes: send shorter or fewer labels", maxCaptions)
		}
	}
	return template, size, nil
}

// captions puts each label into the template.
func (q *classifyRequest) captions(template string) []string {
	captions := make([]string, len(q.Labels))
	for i, label := range q.Labels {
		captions[i] = strings.ReplaceAll(template, placeOfLabel, label)
	}
	return captions
}
