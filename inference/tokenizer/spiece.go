package tokenizer

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// tag is a field's number and the form that its value has. Fields in another
// form count as unknown, as they do in protobuf.
type tag struct {
	number protowire.Number
	kind   protowire.Type
}

// The fields that are read.
// Source: sentencepiece_model.proto of SentencePiece.
var (
	modelPieces     = tag{1, protowire.BytesType}
	modelTrainer    = tag{2, protowire.BytesType}
	modelNormalizer = tag{3, protowire.BytesType}

	pieceText  = tag{1, protowire.BytesType}
	pieceScore = tag{2, protowire.Fixed32Type}
	pieceType  = tag{3, protowire.VarintType}

	trainerModelType    = tag{3, protowire.VarintType}
	trainerByteFallback = tag{35, protowire.VarintType}

	normalizerCharsmap          = tag{2, protowire.BytesType}
	normalizerRemoveExtraSpaces = tag{4, protowire.VarintType}
	normalizerEscapeSpaces      = tag{5, protowire.VarintType}
)

// modelTypes are the names of TrainerSpec.ModelType.
var modelTypes = map[uint64]string{1: "Unigram", 2: "BPE", 3: "Word", 4: "Char"}

// parseSpiece reads a spiece.model. Its add_dummy_prefix is not read, as
// SiglipTokenizer turns it off.
func parseSpiece(data []byte) (*vocabulary, error) {
	v := &vocabulary{removeExtraSpaces: true, escapeSpaces: true}
	modelType := uint64(1)
	trainer := func(at tag, value field) error {
		switch at {
		case trainerModelType:
			modelType = value.number
		case trainerByteFallback:
			v.byteFallback = value.number != 0
		}
		return nil
	}
	normalizer := func(at tag, value field) error {
		switch at {
		case normalizerCharsmap:
			v.charsmap = value.bytes
		case normalizerRemoveExtraSpaces:
			v.removeExtraSpaces = value.number != 0
		case normalizerEscapeSpaces:
			v.escapeSpaces = value.number != 0
		}
		return nil
	}
	err := fields(data, func(at tag, value field) error {
		switch at {
		case modelPieces:
			if len(v.pieces) == maxPieces {
				return fmt.Errorf("it has more than %d pieces", maxPieces)
			}
			p, err := parsePiece(value.bytes)
			v.pieces = append(v.pieces, p)
			return err
		case modelTrainer:
			return fields(value.bytes, trainer)
		case modelNormalizer:
			return fields(value.bytes, normalizer)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no SentencePiece model: %w", err)
	case len(v.pieces) == 0:
		return nil, errors.New("it is no SentencePiece model: it has no pieces")
	case modelType != 1:
		return nil, fmt.Errorf("its model type is %d (%s): SigLIP's is 1 (Unigram), and no other is read", modelType, modelTypes[modelType])
	}
	return v, nil
}

func parsePiece(data []byte) (piece, error) {
	p := piece{kind: normalPiece}
	err := fields(data, func(at tag, value field) error {
		switch at {
		case pieceText:
			p.text = string(value.bytes)
		case pieceScore:
			p.score = math.Float32frombits(uint32(value.number)) //nolint:gosec // A fixed32.
		case pieceType:
			p.kind = pieceKind(value.number)
		}
		return nil
	})
	return p, err
}

// field is the value of a protobuf field: a number, or bytes.
type field struct {
	number uint64
	bytes  []byte
}

// fields calls do for each field of a message.
func fields(data []byte, do func(tag, field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		var value field
		switch kind {
		case protowire.VarintType:
			value.number, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			value.number = uint64(v)
		case protowire.BytesType:
			value.bytes, n = protowire.ConsumeBytes(data)
		default:
			n = protowire.ConsumeFieldValue(number, kind, data)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if err := do(tag{number, kind}, value); err != nil {
			return err
		}
	}
	return nil
}
