package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTextsAreUTF8 sends bytes that are no UTF-8 where a text may be bytes: in forms,
// whatever charset they name, and in tensors. JSON has its own test.
func TestTextsAreUTF8(t *testing.T) {
	t.Parallel()
	form := func(header, text string) func() error {
		return func() error {
			r := httptest.NewRequest(http.MethodPost, "/predict", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"text\"\r\n"+header+"\r\n"+text+
				"\r\n--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nbytes\r\n--x--\r\n"))
			r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
			_, err := readPrediction(r)
			return err
		}
	}
	tensor := func(text string) func() error {
		return func() error {
			_, _, err := readTensors([]bytesTensor{{name: "text", datatype: "BYTES", shape: []int64{2}, elements: [][]byte{[]byte("river"), []byte(text)}}})
			return err
		}
	}
	for _, tt := range []struct {
		name, refused string
		read          func() error
	}{
		{"a form in UTF-8", "", form("", "fluß")},
		{"a form in Latin-1", "text 0 is not UTF-8", form("Content-Type: text/plain; charset=iso-8859-1\r\n", "flu\xdf")},
		{"a picture as a text", "text 0 is not UTF-8", form("", "\xff\xd8\xff\xe0")},
		{"a character cut in two", "text 0 is not UTF-8", form("", "flu\xc3")},
		{"a replacement character, which is one", "", form("", "flu\ufffd")},
		{"a tensor in UTF-8", "", tensor("fluß")},
		{"a tensor in UTF-16", "text 1 is not UTF-8", tensor("\xff\xfef\x00")},
	} {
		err := tt.read()
		if tt.refused == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.refused) || asProblem(err).Status != http.StatusBadRequest {
			t.Errorf("%s: %v, want 400 with %q", tt.name, err, tt.refused)
		}
	}
}
