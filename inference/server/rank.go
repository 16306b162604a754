package server

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// topK returns how many of n are asked for.
func topK(k *int, n int) (int, error) {
	switch {
	case k == nil:
		return n, nil
	case *k < 1:
		return 0, problem(http.StatusBadRequest, "invalid_request", "top_k is %d: it must be at least 1", *k)
	}
	return min(*k, n), nil
}

// rankRequest is the body of POST /v1/rank.
type rankRequest struct {
	Query      *item      `json:"query"`
	Candidates list[item] `json:"candidates"`
	TopK       *int       `json:"top_k"` // how many candidates are answered. Default: all
}

type rankAnswer struct {
	Model   string            `json:"model"`
	Results []rankedCandidate `json:"results"` // the best first
	Errors  []itemError       `json:"errors,omitempty"`
}

// rankedCandidate is a candidate's place and score. Logit and probability are
// of a text and a picture; two of a kind have none.
type rankedCandidate struct {
	Rank        int      `json:"rank"`  // from 1
	Index       int      `json:"index"` // in the request
	Similarity  float64  `json:"similarity"`
	Logit       *float64 `json:"logit,omitempty"`
	Probability *float64 `json:"probability,omitempty"`
	Truncated   bool     `json:"truncated,omitempty"`
}

// rank is POST /v1/rank: candidates, texts and pictures, by their similarity to
// a query of either kind.
func (s *Server) rank(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	var q rankRequest
	if err := readJSONBody(r, &q); err != nil {
		return err
	}
	if q.Query == nil {
		return problem(http.StatusBadRequest, "invalid_request", "there is no query: send a text, or an object with text, image or image_url")
	}
	if err := checkCount("candidates", len(q.Candidates)); err != nil {
		return err
	}
	top, err := topK(q.TopK, len(q.Candidates))
	if err != nil {
		return err
	}
	lease, err := s.reserve(r.Context(), p, len(q.Candidates)+1, 0, 0)
	if err != nil {
		return err
	}
	defer lease.Release()
	items, err := embedItems(r.Context(), p, append([]item{*q.Query}, q.Candidates...))
	if err != nil {
		return err
	}
	query, candidates := items[0], items[1:]
	if query.err != nil {
		return fmt.Errorf("query: %w", query.err)
	}
	m := p.Model()
	answer := rankAnswer{Model: m.Name(), Results: []rankedCandidate{}}
	for i, c := range candidates {
		if c.err != nil {
			answer.Errors = append(answer.Errors, itemError{Index: i, Problem: s.failItem(r, c.err)})
			continue
		}
		result := rankedCandidate{Index: i, Similarity: model.Similarity(query.Vector, c.Vector), Truncated: c.Truncated}
		if query.text != c.text {
			score := m.Score(query.Vector, c.Vector)
			result.Logit, result.Probability = &score.Logit, &score.Probability
		}
		answer.Results = append(answer.Results, result)
	}
	slices.SortStableFunc(answer.Results, func(a, b rankedCandidate) int { return cmp.Compare(b.Similarity, a.Similarity) })
	for i := range answer.Results {
		answer.Results[i].Rank = i + 1
	}
	answer.Results = answer.Results[:min(top, len(answer.Results))]
	return writeJSON(w, http.StatusOK, answer)
}
