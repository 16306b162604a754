package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
)

// tokenizerJSON is what is read of a tokenizer.json, the format of the
// tokenizers library.
type tokenizerJSON struct {
	AddedTokens []struct {
		ID      int    `json:"id"`
		Content string `json:"content"`
		Special bool   `json:"special"`
	} `json:"added_tokens"`
	Normalizer jsonNormalizer `json:"normalizer"`
	Model      struct {
		Type  string          `json:"type"`
		Vocab json.RawMessage `json:"vocab"` // a list in Unigram, else a map
		// UnknownID is null where nothing is unknown.
		UnknownID    *int `json:"unk_id"`
		ByteFallback bool `json:"byte_fallback"`
	} `json:"model"`
}

// jsonNormalizer is one step of the normalization, or a sequence of them.
type jsonNormalizer struct {
	Type     string           `json:"type"`
	Charsmap []byte           `json:"precompiled_charsmap"`
	Steps    []jsonNormalizer `json:"normalizers"`
}

// parseJSON reads a tokenizer.json with a Unigram model. The pieces and the
// character map are taken from it; the steps around them are SiglipTokenizer's,
// so that the ids are those of the spiece.model that it was made from.
func parseJSON(data []byte) (*vocabulary, error) {
	var file tokenizerJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("it is no tokenizer.json: %w", err)
	}
	if file.Model.Type != "Unigram" {
		return nil, fmt.Errorf("its model is %q: SigLIP's is \"Unigram\", and no other is read", file.Model.Type)
	}
	var scored []scoredPiece
	if err := json.Unmarshal(file.Model.Vocab, &scored); err != nil {
		return nil, fmt.Errorf("reading model.vocab: %w", err)
	}
	if len(scored) > maxPieces {
		return nil, fmt.Errorf("it has %d pieces: at most %d are read", len(scored), maxPieces)
	}
	v := &vocabulary{removeExtraSpaces: true, escapeSpaces: true, byteFallback: file.Model.ByteFallback, pieces: make([]piece, len(scored))}
	for i, p := range scored {
		v.pieces[i] = piece{text: p.text, score: p.score, kind: normalPiece}
		switch {
		case v.byteFallback && byteOf(p.text) >= 0:
			v.pieces[i].kind = bytePiece
		case p.score == 0:
			// The format does not mark what no text may match, such as <pad>. A
			// normal piece's score is the logarithm of a share, and below 0.
			v.pieces[i].kind = controlPiece
		}
	}
	for _, t := range file.AddedTokens {
		if t.ID < 0 || t.ID >= len(scored) || scored[t.ID].text != t.Content {
			return nil, fmt.Errorf("added token %q has the id %d, which model.vocab gives to no or another piece", t.Content, t.ID)
		}
		v.pieces[t.ID].kind = userDefinedPiece
		if t.Special {
			v.pieces[t.ID].kind = controlPiece
		}
	}
	if id := file.Model.UnknownID; id == nil || *id < 0 || *id >= len(scored) {
		return nil, errors.New("its model.unk_id is the id of no piece")
	}
	v.pieces[*file.Model.UnknownID].kind = unknownPiece
	return v, file.Normalizer.collect(v)
}

// collect finds the character map among the steps. What SiglipTokenizer does
// before it, the file may say in its own way; a step that it does not do would
// be lost, and is an error.
func (n jsonNormalizer) collect(v *vocabulary) error {
	switch n.Type {
	case "", "Lowercase", "Replace", "Strip":
	case "Sequence":
		for _, step := range n.Steps {
			if err := step.collect(v); err != nil {
				return err
			}
		}
	case "Precompiled":
		if v.charsmap != nil {
			return errors.New("its normalizer has two steps of type \"Precompiled\": one is read")
		}
		v.charsmap = n.Charsmap
	default:
		return fmt.Errorf("its normalizer has a step of type %q, which SiglipTokenizer does not do", n.Type)
	}
	return nil
}

// scoredPiece is a piece as Unigram's vocab has it: ["▁a", -3.5].
type scoredPiece struct {
	text  string
	score float32
}

func (p *scoredPiece) UnmarshalJSON(data []byte) error {
	var pair []json.RawMessage
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("%.40s is no pair of a text and a score", data)
	}
	if err := json.Unmarshal(pair[0], &p.text); err != nil {
		return err
	}
	return json.Unmarshal(pair[1], &p.score)
}
