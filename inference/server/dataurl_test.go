package server

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// TestDataURLs reads pictures as senders write them.
func TestDataURLs(t *testing.T) {
	t.Parallel()
	file := []byte("\x89PNG\r\n\x1a\n\x00\xfb\xff%41,;")
	encoded := base64.StdEncoding.EncodeToString(file)
	if !strings.Contains(encoded, "+") || !strings.HasSuffix(encoded, "=") {
		t.Fatalf("%s: the case needs what is percent-encoded", encoded)
	}
	percent := strings.NewReplacer("+", "%2B", "/", "%2f", "=", "%3D").Replace(encoded)
	for name, value := range map[string]string{
		"as usual":               "data:image/png;base64," + encoded,
		"capitals":               "DATA:IMAGE/PNG;BASE64," + encoded,
		"mixed":                  "Data:image/png;Base64," + encoded,
		"no media type":          "data:;base64," + encoded,
		"parameters":             "data:image/png;name=a.png;charset=utf-8;base64," + encoded,
		"percent-encoded base64": "data:image/png;base64," + percent,
		"without the end":        "data:image/png;base64," + strings.TrimRight(encoded, "="),
		"line breaks":            "data:image/png;base64," + encoded[:8] + "\r\n" + encoded[8:],
		"bytes":                  "data:image/png," + url.PathEscape(string(file)),
		"bytes, no media type":   "data:," + url.PathEscape(string(file)),
		"a spaced word":          "data:image/png; base64," + encoded,
	} {
		for what, read := range map[string]func() ([]byte, error){
			"image":     func() ([]byte, error) { i, err := inlineImage("image", value); return i.File, err },
			"image_url": func() ([]byte, error) { i, err := imageAt(value); return i.File, err },
		} {
			if got, err := read(); err != nil || !bytes.Equal(got, file) {
				t.Errorf("%s, %s: %q, %v", name, what, got, err)
			}
		}
	}
	for name, value := range map[string]string{
		"an unnamed base64":   "data:image/png," + encoded,
		"no comma":            "data:image/png;base64",
		"no base64":           "data:image/png;base64,%%%",
		"half a percent":      "data:image/png,%4",
		"another alphabet":    "data:image/png;base64,-_-_",
		"nothing":             "data:image/png;base64,",
		"nothing, and as is":  "data:,",
		"base64 as a type":    "data:base64,%ZZ",
		"an end in the midst": "data:;base64,aGVs=bG8=",
	} {
		if i, err := imageAt(value); err == nil || asProblem(err).Code != "invalid_image" {
			t.Errorf("%s: %q, %v", name, i.File, err)
		}
	}
	if _, err := decodeDataURL("data:image/png;base64"); err == nil || err.Error() != "there is no comma" {
		t.Errorf("no comma: %v", err)
	}
}

// TestBase64InThePlaceOfAnAddress is told what it is.
func TestBase64InThePlaceOfAnAddress(t *testing.T) {
	t.Parallel()
	for value, told := range map[string]bool{
		base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n and more")):                   true,
		base64.RawStdEncoding.EncodeToString([]byte("\xff\xd8\xff\xe0 and more, of a JPEG file")): true,
		base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff, 0xd8, 0xff}, 100_000)):        true,
		"http://example.com/a.png":  false,
		"https://example.com/a.png": false,
		"example.com/a.png":         false,
		"file:///etc/passwd":        false,
	} {
		image, err := imageAt(value)
		if is := err != nil && strings.Contains(err.Error(), `for base64 put "data:image/png;base64,"`); is != told || !told && image.URL != value {
			t.Errorf("%.40s: %v, %v", value, image.URL, err)
		}
	}
}
