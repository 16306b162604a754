package server

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

const dataScheme = "data:"

// isDataURL says whether a URL has the scheme data, in either case.
func isDataURL(url string) bool {
	return len(url) >= len(dataScheme) && strings.EqualFold(url[:len(dataScheme)], dataScheme)
}

// decodeDataURL returns what a data URL holds: base64 or, without that word, the
// bytes themselves. Either may be percent-encoded. The media type is not looked at,
// since a picture's file says what it is.
// Source: RFC 2397.
func decodeDataURL(value string) ([]byte, error) {
	header, body, found := strings.Cut(value[len(dataScheme):], ",")
	if !found {
		return nil, errors.New("there is no comma")
	}
	if strings.Contains(body, "%") {
		var err error
		if body, err = url.PathUnescape(body); err != nil {
			return nil, err
		}
	}
	header, err := url.PathUnescape(header)
	if err != nil {
		return nil, err
	}
	parameters := strings.Split(header, ";")
	if last := strings.TrimSpace(parameters[len(parameters)-1]); len(parameters) > 1 && strings.EqualFold(last, "base64") {
		return decodeBase64(body)
	}
	if isBase64(body) { // No picture's bytes are.
		return nil, errors.New(`there is base64, and no ";base64" before the comma`)
	}
	return []byte(body), nil
}

// decodeBase64 decodes the standard alphabet, with line breaks, and with or without
// the characters that fill up the end.
func decodeBase64(value string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(value)
	if err != nil && !strings.HasSuffix(value, "=") {
		if data, err := base64.RawStdEncoding.DecodeString(value); err == nil {
			return data, nil
		}
	}
	return data, err
}
