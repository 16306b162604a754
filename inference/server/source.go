package server

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/seed-74198975/rsclip/inference/fetch"
)

// source is where the bytes of one picture come from: exactly one of the two.
type source struct {
	url  string
	data []byte
}

// bytes returns the picture's file.
func (s source) bytes(ctx context.Context, f *fetch.Fetcher) ([]byte, error) {
	if s.url == "" {
		return s.data, nil
	}
	return f.Get(ctx, s.url)
}

// decodeInline reads the value of an "image" field: base64, or a data URL.
func decodeInline(field, value string) (source, error) {
	encoded := value
	if rest, isDataURL := strings.CutPrefix(value, "data:"); isDataURL {
		header, body, found := strings.Cut(rest, ",")
		if !found || !strings.HasSuffix(header, ";base64") {
			return source{}, problem(http.StatusBadRequest, "invalid_image", `%s is a data URL without ";base64,": encode the picture's file as base64`, field)
		}
		encoded = body
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return source{}, problem(http.StatusBadRequest, "invalid_image", "%s is not base64 (%v): encode the picture's file with the standard alphabet, or use image_url for an address", field, err)
	}
	if len(data) == 0 {
		return source{}, problem(http.StatusBadRequest, "invalid_image", "%s is empty: send a picture's file", field)
	}
	return source{data: data}, nil
}
