package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// Answers are written while they are made, so that a long one is never held as
// a whole. A caller that reads nothing for stallTimeout, or has not read all
// within answerTimeout, is given up.
const (
	stallTimeout  = 10 * time.Second
	answerTimeout = 60 * time.Second
)

// perItem and perAnswer are about the bytes that an item takes beside its
// embedding, and an answer beside its items: headers, buffers and sockets'.
const (
	perItem   = 512
	perAnswer = 32 << 10
)

// reserve takes memory for the embeddings of so many items, so many scores, and
// other bytes, before there are any. It is given back when the answer has been sent.
func (s *Server) reserve(ctx context.Context, p *pipeline.Pipeline, items, scores, other int) (*budget.Lease, error) {
	bytes := int64(items)*(4*int64(p.Model().Description().EmbeddingSize)+perItem) + 8*int64(scores) + int64(other) + perAnswer
	lease, err := s.budget.Answers.Acquire(ctx, bytes, false)
	if errors.Is(err, budget.ErrTooLarge) {
		return nil, problem(http.StatusRequestEntityTooLarge, "answer_too_large", "the answer: %v", err)
	}
	return lease, err
}

// answerOptions encode as encoding/json does.
var answerOptions = jsonv1.DefaultOptionsV1()

// writeJSON answers with a value. A value that has no form in JSON is an error, if
// nothing has been sent; otherwise the connection is cut, so that nobody takes what
// was sent for the answer.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	out := &answerWriter{impatientWriter: impatient(w), status: status}
	err := json.MarshalWrite(out, value, answerOptions)
	switch {
	case err == nil:
		_, _ = io.WriteString(out, "\n")
		return nil
	case out.err != nil:
		return nil //nolint:nilerr // The client has left; there is no one to tell.
	case out.begun:
		slog.Error("an answer was cut off", "err", err)
		panic(http.ErrAbortHandler)
	}
	return fmt.Errorf("writing the answer: %w", err)
}

// answerWriter sends the header with what is first written.
type answerWriter struct {
	*impatientWriter
	status int
	begun  bool
	err    error
}

func (w *answerWriter) Write(p []byte) (n int, err error) {
	if !w.begun {
		w.begun = true
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(w.status)
	}
	n, w.err = w.impatientWriter.Write(p)
	return n, w.err
}

// impatientWriter gives up callers who do not read.
type impatientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	end     time.Time
}

func impatient(w http.ResponseWriter) *impatientWriter {
	return &impatientWriter{w, http.NewResponseController(w), time.Now().Add(answerTimeout)}
}

func (w *impatientWriter) Write(p []byte) (int, error) {
	deadline := time.Now().Add(stallTimeout)
	if deadline.After(w.end) {
		deadline = w.end
	}
	_ = w.control.SetWriteDeadline(deadline) // Recorders of tests have none.
	return w.ResponseWriter.Write(p)
}

// scoreRows are rows of scores, made of similarities while they are written.
// A row that is not there is null, and so is a similarity of NaN.
type scoreRows struct {
	similarity [][]float64
	score      func(similarity float64) float64
}

// MarshalJSONTo writes the rows.
func (s scoreRows) MarshalJSONTo(e *jsontext.Encoder) error {
	if err := e.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, row := range s.similarity {
		if err := s.writeRow(e, row); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndArray)
}

func (s scoreRows) writeRow(e *jsontext.Encoder, row []float64) error {
	if row == nil {
		return e.WriteToken(jsontext.Null)
	}
	if err := e.WriteToken(jsontext.BeginArray); err != nil {
		return err
	}
	for _, v := range row {
		score := jsontext.Null
		if !math.IsNaN(v) {
			score = jsontext.Float(s.score(v))
		}
		if err := e.WriteToken(score); err != nil {
			return err
		}
	}
	return e.WriteToken(jsontext.EndArray)
}

// base64Vector is an embedding that is written as base64 of its binary form.
type base64Vector []float32

// MarshalJSONTo writes the string.
func (v base64Vector) MarshalJSONTo(e *jsontext.Encoder) error {
	return json.MarshalEncode(e, binaryFloats(v))
}
