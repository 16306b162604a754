package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// Bounds of a vocabulary. SigLIP has 32,000 pieces of at most 16 characters.
const (
	maxPieces = 1 << 20
	maxPiece  = 1024 // bytes
)

// pieceKind is a SentencePiece.Type.
type pieceKind uint64

const (
	normalPiece      pieceKind = 1
	unknownPiece     pieceKind = 2 // stands for what no other piece matches
	controlPiece     pieceKind = 3 // never matches a text
	userDefinedPiece pieceKind = 4 // always matches, and is never normalised
	unusedPiece      pieceKind = 5 // has an id, and matches nothing
	bytePiece        pieceKind = 6 // one byte of an unknown character, as <0x41>
)

// piece is one entry of a vocabulary; its id is its index.
type piece struct {
	text  string
	score float32
	kind  pieceKind
}

// vocabulary is what a vocabulary's file says, whichever form it has.
type vocabulary struct {
	pieces   []piece
	charsmap []byte // the compiled normalization, or none
	// removeExtraSpaces and escapeSpaces are true in SigLIP.
	removeExtraSpaces bool
	escapeSpaces      bool
	byteFallback      bool
}

// check refuses what SentencePiece refuses, and what has no meaning.
func (v *vocabulary) check() error {
	ids := make(map[string]int, len(v.pieces))
	count := map[pieceKind]int{}
	for i, p := range v.pieces {
		before, twice := ids[p.text]
		ids[p.text] = i
		count[p.kind]++
		switch {
		case p.text == "" || len(p.text) > maxPiece:
			return fmt.Errorf("piece %d has %d bytes: a piece has between 1 and %d", i, len(p.text), maxPiece)
		case !utf8.ValidString(p.text) || strings.Contains(p.text, "\x00"):
			return fmt.Errorf("piece %d, %q, is no UTF-8 text without a zero", i, p.text)
		case twice:
			return fmt.Errorf("pieces %d and %d are both %q", before, i, p.text)
		case math.IsNaN(float64(p.score)) || math.IsInf(float64(p.score), 0):
			return fmt.Errorf("piece %d, %q, has the score %v", i, p.text, p.score)
		case p.kind < normalPiece || p.kind > bytePiece:
			return fmt.Errorf("piece %d, %q, is of kind %d: kinds are %d to %d", i, p.text, p.kind, normalPiece, bytePiece)
		case p.kind == bytePiece && (!v.byteFallback || byteOf(p.text) < 0):
			return fmt.Errorf("piece %d, %q, stands for no byte, or in a vocabulary without byte fallback", i, p.text)
		}
	}
	switch {
	case count[unknownPiece] != 1:
		return fmt.Errorf("%d pieces stand for what is unknown: one has to", count[unknownPiece])
	case count[normalPiece] == 0:
		return errors.New("there is no normal piece")
	case v.byteFallback && count[bytePiece] != 256:
		return fmt.Errorf("%d pieces stand for bytes: byte fallback needs 256", count[bytePiece])
	}
	return nil
}

// byteOf returns the byte that the text of a piece stands for, or -1.
func byteOf(text string) int {
	const digits = "0123456789ABCDEF"
	if len(text) != 6 || text[:3] != "<0x" || text[5] != '>' {
		return -1
	}
	high, low := strings.IndexByte(digits, text[3]), strings.IndexByte(digits, text[4])
	if high < 0 || low < 0 {
		return -1
	}
	return high<<4 | low
}
