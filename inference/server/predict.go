package server

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

const (
	// maxItems bounds the texts, and the pictures, of one request.
	maxItems = 1000
	// maxText bounds one text, in bytes: a thousand times what a model reads,
	// and little enough to encode in a moment.
	maxText = 256 << 10
)

// prediction is a request to score every text against every picture.
type prediction struct {
	texts  []string
	images []pipeline.Image
	matrix bool // whether lists were sent, so that lists are answered

	files []*bytes.Buffer // that hold the files of a form
}

// predictRequest is the JSON body of POST /predict. Exactly one of the text
// fields and exactly one of the image fields is set.
type predictRequest struct {
	Text      *string      `json:"text"`
	Texts     list[string] `json:"texts"`
	Image     *string      `json:"image"`
	Images    list[string] `json:"images"`
	ImageURL  *string      `json:"image_url"`
	ImageURLs list[string] `json:"image_urls"`
}

// pairAnswer answers one text and one picture.
type pairAnswer struct {
	Model       string  `json:"model"`
	Similarity  float64 `json:"similarity"`
	Logit       float64 `json:"logit"`
	Probability float64 `json:"probability"`
	// Truncated says that the text is longer than the model reads.
	Truncated bool `json:"truncated,omitempty"`
	// Picture says what was seen of the picture, if not all of it as it is.
	Picture *seen `json:"picture,omitempty"`
}

// matrixAnswer answers lists: one row a picture, one column a text. The row of a
// picture that failed is null, and so are the numbers in the column of a text that
// did; Errors says why.
type matrixAnswer struct {
	Model          string        `json:"model"`
	Similarity     scoreRows     `json:"similarity"`
	Logit          scoreRows     `json:"logit"`
	Probability    scoreRows     `json:"probability"`
	TruncatedTexts []int         `json:"truncated_texts,omitempty"`
	Pictures       []seenPicture `json:"pictures,omitempty"` // that were not seen as they are
	Errors         []matrixError `json:"errors,omitempty"`
}

// matrixError is a picture or a text that failed, by its index in the request.
type matrixError struct {
	Image *int `json:"image,omitempty"`
	Text  *int `json:"text,omitempty"`
	*Problem
}

// predict is POST /predict.
func (s *Server) predict(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	q, err := readPrediction(r)
	if err != nil {
		return err
	}
	lease, err := s.reserve(r.Context(), p, len(q.texts)+len(q.images), len(q.texts)*len(q.images), 0)
	if err != nil {
		return err
	}
	defer lease.Release()
	texts, images, err := p.Embed(r.Context(), q.texts, q.images)
	if err != nil {
		return err
	}
	for _, file := range q.files { // After an error, work that is called off may still read them.
		giveBack(file)
	}
	m := p.Model()
	if q.matrix {
		answer, err := s.matrix(r, m, texts, images)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, answer)
	}
	if err := cmp.Or(texts[0].Err, images[0].Err); err != nil {
		return err
	}
	score := m.Score(texts[0].Vector, images[0].Vector)
	return writeJSON(w, http.StatusOK, pairAnswer{
		Model: m.Name(), Similarity: score.Similarity, Logit: score.Logit,
		Probability: score.Probability, Truncated: texts[0].Truncated, Picture: seenOf(images[0].Seen),
	})
}

// matrix scores every text against every picture, of those that could be embedded.
// It fails with the context's error only.
func (s *Server) matrix(r *http.Request, m *model.Model, texts []pipeline.TextEmbedding, images []pipeline.Embedding) (matrixAnswer, error) {
	similarity := make([][]float64, len(images))
	a := matrixAnswer{
		Model:       m.Name(),
		Similarity:  scoreRows{similarity, func(v float64) float64 { return v }},
		Logit:       scoreRows{similarity, func(v float64) float64 { return m.ScoreOf(v).Logit }},
		Probability: scoreRows{similarity, func(v float64) float64 { return m.ScoreOf(v).Probability }},
	}
	for j, t := range texts {
		if t.Truncated {
			a.TruncatedTexts = append(a.TruncatedTexts, j)
		}
		if t.Err != nil {
			a.Errors = append(a.Errors, matrixError{Text: &j, Problem: s.failItem(r, t.Err)})
		}
	}
	for i, image := range images {
		if err := r.Context().Err(); err != nil { // A row takes a millisecond.
			return a, err
		}
		if image.Err != nil {
			a.Errors = append(a.Errors, matrixError{Image: &i, Problem: s.failItem(r, image.Err)})
			continue
		}
		if seen := seenOf(image.Seen); seen != nil {
			a.Pictures = append(a.Pictures, seenPicture{i, seen})
		}
		similarity[i] = make([]float64, len(texts))
		for j, t := range texts {
			if t.Err != nil {
				similarity[i][j] = math.NaN()
				continue
			}
			similarity[i][j] = model.Similarity(t.Vector, image.Vector)
		}
	}
	return a, nil
}

// readPrediction reads a JSON or multipart body.
func readPrediction(r *http.Request) (*prediction, error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var p *prediction
	switch {
	case err == nil && mediaType == "application/json":
		var q predictRequest
		if err = readJSON(r.Body, r.ContentLength, &q); err == nil {
			p, err = q.prediction()
		}
	case err == nil && mediaType == "multipart/form-data":
		p, err = readMultipart(r)
	default:
		return nil, unsupportedMediaType(r, "application/json or multipart/form-data")
	}
	if err != nil {
		return nil, err
	}
	return p, p.check()
}

func (p *prediction) check() error {
	if err := checkCount("texts", len(p.texts)); err != nil {
		return err
	}
	if err := checkCount("images", len(p.images)); err != nil {
		return err
	}
	return checkTexts(p.texts)
}

// checkCount refuses lists that are empty or too long.
func checkCount(name string, n int) error { return checkCountOf(name, n, maxItems) }

func checkCountOf(name string, n, most int) error {
	switch {
	case n == 0:
		return problem(http.StatusBadRequest, "invalid_request", "there are no %s: send at least one", name)
	case n > most:
		return problem(http.StatusBadRequest, "invalid_request", "there are more than %d %s: send no more in one request", most, name)
	}
	return nil
}

// checkTexts refuses texts that are too long, and bytes that are no text: in forms
// and binary tensors a text comes in whatever encoding its caller has, and another
// than UTF-8 would be embedded as other characters than were meant.
func checkTexts(texts []string) error {
	for i, text := range texts {
		if len(text) > maxText {
			return problem(http.StatusBadRequest, "invalid_request", "text %d has %d bytes: send at most %d", i, len(text), maxText)
		}
		if !utf8.ValidString(text) {
			return problem(http.StatusBadRequest, "invalid_request", "text %d is not UTF-8: encode it so, whatever charset its part names", i)
		}
	}
	return nil
}

// prediction checks the JSON form of a prediction.
func (q *predictRequest) prediction() (*prediction, error) {
	var p prediction
	if err := oneOf(given{"text", q.Text != nil}, given{"texts", q.Texts != nil}); err != nil {
		return nil, err
	}
	if err := oneOf(given{"image_url", q.ImageURL != nil}, given{"image", q.Image != nil}, given{"image_urls", q.ImageURLs != nil}, given{"images", q.Images != nil}); err != nil {
		return nil, err
	}
	p.matrix = q.Texts != nil || q.Images != nil || q.ImageURLs != nil
	p.texts = q.Texts
	if q.Text != nil {
		p.texts = []string{*q.Text}
	}
	if q.ImageURL != nil {
		q.ImageURLs = []string{*q.ImageURL}
	}
	for _, u := range q.ImageURLs {
		image, err := imageAt(u)
		if err != nil {
			return nil, err
		}
		p.images = append(p.images, image)
	}
	inline, name := q.Images, "images[%d]"
	if q.Image != nil {
		inline, name = []string{*q.Image}, "image%.0d"
	}
	for i, value := range inline {
		image, err := inlineImage(fmt.Sprintf(name, i), value)
		if err != nil {
			return nil, err
		}
		p.images = append(p.images, image)
	}
	return &p, nil
}

type given struct {
	name string
	is   bool
}

// oneOf checks that exactly one of some fields was given.
func oneOf(fields ...given) error {
	var names, set []string
	for _, f := range fields {
		names = append(names, f.name)
		if f.is {
			set = append(set, f.name)
		}
	}
	if len(set) == 1 {
		return nil
	}
	found := "none"
	if len(set) > 0 {
		found = strings.Join(set, " and ")
	}
	return problem(http.StatusBadRequest, "invalid_request", "exactly one of %s is needed; there is %s", strings.Join(names, ", "), found)
}

// readMultipart reads the form fields "text" and the files "image", each once
// or more.
func readMultipart(r *http.Request) (*prediction, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, problem(http.StatusBadRequest, "invalid_multipart", "the body cannot be read: %v", err)
	}
	var p prediction
	for parts := 0; ; parts++ {
		part, err := reader.NextPart()
		if parts == 0 && err != io.EOF && errors.Is(err, io.EOF) { //nolint:errorlint // The two differ: here the body ends before the boundary is met.
			return nil, problem(http.StatusBadRequest, "invalid_multipart", "no line of the body is the boundary that Content-Type names: send the one that the form has, and leave the header to the client that writes the form")
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, bodyError(err)
		}
		buffer, err := readBody(part, r.ContentLength)
		if err != nil {
			return nil, err
		}
		switch part.FormName() {
		case "text":
			p.texts = append(p.texts, buffer.String())
			giveBack(buffer)
		case "image":
			p.images = append(p.images, pipeline.Image{File: buffer.Bytes()})
			p.files = append(p.files, buffer)
		default:
			return nil, problem(http.StatusBadRequest, "invalid_multipart", "the form has a part %q: use text and image", part.FormName())
		}
		// A part costs memory even when it is empty.
		if len(p.texts) > maxItems || len(p.images) > maxItems {
			break
		}
	}
	p.matrix = len(p.texts) > 1 || len(p.images) > 1
	return &p, nil
}
