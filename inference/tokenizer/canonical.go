package tokenizer

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lower appends a text as Python lowercases it one character at a time, with
// blanks as spaces. Python knows one character whose lower case is two.
func lower(to []byte, text string) []byte {
	to = slices.Grow(to, len(text))
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '▁':
			to = append(to, ' ')
		case r == 'İ':
			to = append(to, "i\u0307"...)
		case r == utf8.RuneError && size == 1:
			size = malformed(text)
			to = utf8.AppendRune(to, r)
		default:
			to = utf8.AppendRune(to, unicode.ToLower(r))
		}
		text = text[size:]
	}
	return to
}

// malformed returns how many of the bytes that a text begins with, which are no
// character, Python's decoder replaces by one U+FFFD: those that begin one
// character, or else one byte.
func malformed(text string) int {
	size := 1
	for size < len(text) && !utf8.FullRuneInString(text[:size+1]) {
		size++
	}
	return size
}

// cut returns what stands before the first special token, and that token; ""
// where there is none.
func cut(text []byte) (part []byte, special string) {
	for at := 0; ; at++ {
		i := bytes.IndexByte(text[at:], '<')
		if i < 0 {
			return text, ""
		}
		at += i
		for _, s := range []string{eosText, unkText} {
			if bytes.HasPrefix(text[at:], []byte(s)) {
				return text[:at], s
			}
		}
	}
}

// punctuation is Python's string.punctuation.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// canonicalize appends a text without ASCII punctuation, with runs of white
// space as one space and none at either end.
// Source: SiglipTokenizer.canonicalize_text.
func canonicalize(to, text []byte) []byte {
	to = slices.Grow(to, len(text))
	start := len(to)
	pending := false
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case isSpace(r):
			pending = true
		case r < utf8.RuneSelf && strings.ContainsRune(punctuation, r):
		default:
			if pending && len(to) > start {
				to = append(to, ' ')
			}
			pending = false
			to = append(to, text[:size]...)
		}
		text = text[size:]
	}
	return to
}

// isSpace is Python's str.isspace, and \s of its re: Unicode's white space and
// the four separators of ASCII.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}
