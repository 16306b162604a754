package model

import "math"

// Score is how well one text and one picture match, in SigLIP's three forms.
type Score struct {
	// Similarity is the cosine of the two embeddings, -1 to 1.
	Similarity float64
	// Logit is exp(logit_scale) * Similarity + logit_bias, with the checkpoint's own scale and bias.
	Logit float64
	// Probability is the sigmoid of Logit: the chance that text and picture
	// belong together, whatever other texts are asked about. Not a softmax.
	Probability float64
}

// scorer turns embeddings into scores.
// Source: SiglipModel.forward in transformers.
type scorer struct{ scale, bias float64 } // scale is exp(logit_scale)

// newScorer takes a checkpoint's logit_scale, a logarithm, and logit_bias.
func newScorer(logitScale, logitBias float64) scorer {
	return scorer{scale: math.Exp(logitScale), bias: logitBias}
}

// score takes the cosine of two embeddings.
func (s scorer) score(cos float64) Score {
	logit := s.scale*cos + s.bias
	return Score{Similarity: cos, Logit: logit, Probability: 1 / (1 + math.Exp(-logit))}
}

// Similarity returns the cosine of two embeddings, of either kind.
func Similarity(a, b []float32) float64 {
	var cos float64
	for i, x := range a {
		cos += float64(x) * float64(b[i])
	}
	return cos
}
