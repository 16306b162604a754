package tokenizer

import (
	"errors"
	"fmt"
	"iter"
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
	var err error
	for at, value := range fields(data, &err) {
		switch at {
		case modelPieces:
			if len(v.pieces) == maxPieces {
				return nil, fmt.Errorf("it has more than %d pieces", maxPieces)
			}
			v.pieces = append(v.pieces, parsePiece(value.bytes, &err))
		case modelTrainer:
			for at, value := range fields(value.bytes, &err) {
				switch at {
				case trainerModelType:
					modelType = value.number
				case trainerByteFallback:
					v.byteFallback = value.number != 0
				}
			}
		case modelNormalizer:
			for at, value := range fields(value.bytes, &err) {
				switch at {
				case normalizerCharsmap:
					v.charsmap = value.bytes
				case normalizerRemoveExtraSpaces:
					v.removeExtraSpaces = value.number != 0
				case normalizerEscapeSpaces:
					v.escapeSpaces = value.number != 0
				}
			}
		}
	}
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

func parsePiece(data []byte, err *error) piece {
	p := piece{kind: normalPiece}
	for at, value := range fields(data, err) {
		switch at {
		case pieceText:
			p.text = string(value.bytes)
		case pieceScore:
			p.score = math.Float32frombits(uint32(value.number)) //nolint:gosec // A fixed32.
		case pieceType:
			p.kind = pieceKind(value.number)
		}
	}
	return p
}

// field is the value of a protobuf field: a number, or bytes.
type field struct {
	number uint64
	bytes  []byte
}

// fields are the fields of a message. They end at the first that is malformed,
// or once err is set, which they then leave set.
func fields(data []byte, err *error) iter.Seq2[tag, field] {
	return func(yield func(tag, field) bool) {
		for len(data) > 0 && *err == nil {
			number, kind, n := protowire.ConsumeTag(data)
			if n < 0 {
				*err = protowire.ParseError(n)
				return
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
				*err = protowire.ParseError(n)
				return
			}
			data = data[n:]
			if !yield(tag{number, kind}, value) {
				return
			}
		}
	}
}
