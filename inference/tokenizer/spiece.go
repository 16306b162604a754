package tokenizer

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// pieceType is a SentencePiece.Type.
type pieceType uint64

const (
	normalPiece      pieceType = 1
	unknownPiece     pieceType = 2
	controlPiece     pieceType = 3
	userDefinedPiece pieceType = 4
	unusedPiece      pieceType = 5
	bytePiece        pieceType = 6
)

// piece is one entry of a vocabulary; its id is its index.
type piece struct {
	text  string
	score float32
	kind  pieceType
}

// vocabulary is what a vocabulary's file says.
type vocabulary struct {
	pieces   []piece
	charsmap []byte // the compiled normalization, or none
	// removeExtraSpaces and escapeSpaces are true in SigLIP.
	removeExtraSpaces bool
	escapeSpaces      bool
}

// Numbers of the fields that are read.
// Source: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
const (
	modelPieces, modelTrainer, modelNormalizer = 1, 2, 3
	pieceText, pieceScore, pieceKind           = 1, 2, 3
	trainerModelType, trainerByteFallback      = 3, 35
	normCharsmap, normRemoveExtra, normEscape  = 2, 4, 5
	modelTypeUnigram                           = 1
)

// parseSpiece reads a spiece.model.
func parseSpiece(data []byte) (*vocabulary, error) {
	v := &vocabulary{removeExtraSpaces: true, escapeSpaces: true}
	modelType, byteFallback := uint64(modelTypeUnigram), false
	err := fields(data, func(number protowire.Number, value field) error {
		switch number {
		case modelPieces:
			p, err := parsePiece(value.bytes)
			if err != nil {
				return fmt.Errorf("piece %d: %w", len(v.pieces), err)
			}
			v.pieces = append(v.pieces, p)
		case modelTrainer:
			return fields(value.bytes, func(number protowire.Number, value field) error {
				switch number {
				case trainerModelType:
					modelType = value.number
				case trainerByteFallback:
					byteFallback = value.number != 0
				}
				return nil
			})
		case modelNormalizer:
			return fields(value.bytes, func(number protowire.Number, value field) error {
				switch number {
				case normCharsmap:
					v.charsmap = value.bytes
				case normRemoveExtra:
					v.removeExtraSpaces = value.number != 0
				case normEscape:
					v.escapeSpaces = value.number != 0
				}
				return nil
			})
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("it is no SentencePiece model: %w", err)
	case len(v.pieces) == 0:
		return nil, errors.New("it is no SentencePiece model: there are no pieces")
	case modelType != modelTypeUnigram:
		return nil, fmt.Errorf("its model type is %d: only Unigram, %d, is read", modelType, modelTypeUnigram)
	case byteFallback:
		return nil, errors.New("it falls back to bytes, which SigLIP's vocabularies do not")
	}
	return v, nil
}

func parsePiece(data []byte) (piece, error) {
	p := piece{kind: normalPiece}
	err := fields(data, func(number protowire.Number, value field) error {
		switch number {
		case pieceText:
			p.text = string(value.bytes)
		case pieceScore:
			p.score = math.Float32frombits(uint32(value.number)) //nolint:gosec // A fixed32.
		case pieceKind:
			p.kind = pieceType(value.number)
		}
		return nil
	})
	return p, err
}

// field is the value of a protobuf field, in whichever form it has.
type field struct {
	number uint64
	bytes  []byte
}

// fields calls do for each field of a message.
func fields(data []byte, do func(protowire.Number, field) error) error {
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
		if err := do(number, value); err != nil {
			return err
		}
	}
	return nil
}
