package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// harmless are keys that clients of other servers send with requests for
// embeddings, and the values with which this server's answer is what was asked
// for. Others would ask for other numbers, and are refused, as unknown keys are.
// Null is as good as nothing.
var harmless = map[string][]string{
	// Embeddings have length 1.
	"normalize":  {"true"},
	"normalized": {"true"},
	// One vector of floats for each input.
	"encoding_type":      {`"float"`}, // what LlamaIndex's client of Jina sends
	"output_dtype":       {`"float"`},
	"return_multivector": {"false"},
	// Inputs are embedded one by one, and without a prompt: a text is the same to
	// the model whether it is searched for or found.
	"late_chunking": {"false"},
	"input_type":    {`"query"`, `"passage"`, `"document"`, `"search_query"`, `"search_document"`, `"image"`},
	"task":          {`"retrieval.query"`, `"retrieval.passage"`, `"text-matching"`},
}

// wish is a key of [harmless].
type wish struct{}

// wishes are the keys of [harmless].
// Sources: the references of Jina's, Cohere's, NVIDIA's and Voyage's embeddings,
// and of text-embeddings-inference and infinity.
type wishes struct {
	Normalize         wish `json:"normalize"`
	Normalized        wish `json:"normalized"`
	EncodingType      wish `json:"encoding_type"`
	OutputDtype       wish `json:"output_dtype"`
	ReturnMultivector wish `json:"return_multivector"`
	LateChunking      wish `json:"late_chunking"`
	InputType         wish `json:"input_type"`
	Task              wish `json:"task"`
}

// UnmarshalJSONFrom reads a value that may be harmless.
func (*wish) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	value, err := readScalar(d)
	if err != nil || value == "null" {
		return err
	}
	allowed := harmless[d.StackPointer().LastToken()]
	if !slices.Contains(allowed, value) {
		return problem(http.StatusBadRequest, "invalid_request", "it is %.100s, and this model's embeddings are as for %s: send that, or leave it out", value, strings.Join(allowed, " or "))
	}
	return nil
}

// truncate says whether a text that is longer than the model reads may be cut. The
// zero value says yes.
type truncate struct{ never bool }

// UnmarshalJSONFrom reads true or false, or where a text may be cut.
func (t *truncate) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	value, err := readScalar(d)
	if err != nil {
		return err
	}
	switch value {
	case "null", "true", `"END"`, `"RIGHT"`:
	case "false", `"NONE"`:
		t.never = true
	default:
		return problem(http.StatusBadRequest, "invalid_request", "it is %.100s, and texts are cut at their end: send true or END, or false or NONE for an error instead", value)
	}
	return nil
}

// check refuses texts of a list of that name that were cut and must not be.
func (t truncate) check(field string, items []embedded, positions int) error {
	if !t.never {
		return nil
	}
	for i, e := range items {
		if e.Truncated {
			return problem(http.StatusBadRequest, "invalid_request", "%s[%d] is longer than the %d tokens that the model reads: send a shorter text, or leave truncate out", field, i, positions)
		}
	}
	return nil
}

// readScalar reads a value that is no object and no list, in the form that this
// server would write it in.
func readScalar(d *jsontext.Decoder) (string, error) {
	switch k := d.PeekKind(); k {
	case jsontext.KindBeginObject, jsontext.KindBeginArray:
		return "", problem(http.StatusBadRequest, "invalid_json", "there is %s: send a string, true or false", foundKinds[k])
	}
	token, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	if token.Kind() == jsontext.KindString {
		quoted, err := json.Marshal(token.String())
		return string(quoted), err
	}
	return fmt.Sprint(token), nil
}
