package server

import (
	"io"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// TestWhatABodyTakes reads bodies, whose bytes take memory by what they are.
func TestWhatABodyTakes(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]int64{"multipart/form-data; boundary=x": 1500, "application/json": 3000} {
		share := budget.New(1<<30, 4).Bodies
		b := bodies{most: 1 << 20, share: share}
		body := b.count(io.NopCloser(strings.NewReader(strings.Repeat("x", 1000))), contentType)
		if _, err := io.Copy(io.Discard, body); err != nil {
			t.Fatal(err)
		}
		if held := share.State().Held; held != want {
			t.Errorf("1000 bytes of %s take %d, want %d", contentType, held, want)
		}
		body.release()
		if held := share.State().Held; held != 0 {
			t.Errorf("%s: %d bytes are held for good", contentType, held)
		}
	}
}

// TestTheLongestTemplate is allowed, and one that is a byte longer is not.
func TestTheLongestTemplate(t *testing.T) {
	t.Parallel()
	for length, want := range map[int]string{maxTemplate: "", maxTemplate + 1: "template has"} {
		template := placeOfLabel + strings.Repeat("x", length-len(placeOfLabel))
		_, _, err := (&classifyRequest{Labels: []string{"a"}, Template: &template}).template()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %v, want %q", length, err, want)
		}
	}
}

// TestRawContentsBelongToInputs gives fewer and more contents than there are inputs.
func TestRawContentsBelongToInputs(t *testing.T) {
	t.Parallel()
	content := []byte{1, 0, 0, 0, 'a'}
	for raw := range 4 {
		contents := make([][]byte, raw)
		for i := range contents {
			contents[i] = content
		}
		inputs := []bytesTensor{{name: inputText, datatype: "BYTES"}, {name: inputText, datatype: "BYTES"}}
		if err := rawInputs(contents, inputs); (err == nil) != (raw == len(inputs)) {
			t.Errorf("%d contents of 2 inputs: %v", raw, err)
		}
	}
}

// TestWhatIsNoJSONIsSaidToBeNone has a mistake of JSON in the place of a tensor's data.
func TestWhatIsNoJSONIsSaidToBeNone(t *testing.T) {
	t.Parallel()
	err := asInference([]byte(`{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": }]}`))
	if err == nil || asProblem(err).Code != "invalid_json" || strings.Contains(err.Error(), "there is no list") {
		t.Errorf("%v, want what is wrong with the JSON", err)
	}
}
