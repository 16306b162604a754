package server

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

func as[T any](body []byte) error { return unmarshal(body, new(T), strict) }

func asInference(body []byte) error {
	_, _, err := readInfer(body, "")
	return err
}

// TestWrongJSON names what is wrong, and where.
func TestWrongJSON(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20_000)
	const unread = "the body cannot be read: "
	const noTokens = "there is a number or a list in the place of a text: token ids are another model's, send texts (in LangChain: OpenAIEmbeddings(..., check_embedding_ctx_length=False))"
	const tensorRule = "the data of an input is a list of strings, flat or nested as its shape is"
	for _, tt := range []struct {
		name          string
		read          func([]byte) error
		body          string
		code, message string
	}{
		{"nothing", as[predictRequest], ``, "invalid_json", unread + "byte 0: it ends early"},
		{"cut off", as[predictRequest], `{"texts": ["a`, "invalid_json", unread + "texts[0], byte 13: it ends early"},
		{"more than one", as[predictRequest], `{}{}`, "invalid_json", unread + "byte 2: invalid character '{' after top-level value"},
		{"not UTF-8", as[predictRequest], "{\"text\": \"a\xff\"}", "invalid_json", unread + "text, byte 11: invalid UTF-8"},
		{"half a character", as[predictRequest], `{"text": "\ud800"}`, "invalid_json", unread + "text, byte 10: invalid surrogate pair `\\ud800\"}` in string"},
		{"too deep", asInference, `{"x":` + deep, "invalid_json", unread + "x" + strings.Repeat("[0]", 67) + "..., byte 10004: exceeded max depth"},
		{"unknown key", as[predictRequest], `{"top_k": 3}`, "invalid_json", unread + "top_k, byte 1: there is no such key: use text, texts, image, images, image_url, image_urls"},
		{"key in capitals", as[predictRequest], `{"Text": "a"}`, "invalid_json", unread + "Text, byte 1: there is no such key: use text, texts, image, images, image_url, image_urls"},
		{"long key", as[embeddingsRequest], `{"input": [{"` + strings.Repeat("x", 1000) + `": 1}]}`, "invalid_json", unread + "input[0]." + strings.Repeat("x", 100) + ", byte 12: there is no such key: use type, text, image, image_url, bytes, url"},
		{"key twice", as[predictRequest], `{"text": "a", "text": "b"}`, "invalid_json", unread + "text, byte 14: the key is there twice"},
		{"key twice in an item", as[embeddingsRequest], `{"input": [{"text": "a", "text": "a"}]}`, "invalid_json", unread + "input[0].text, byte 25: the key is there twice"},
		{"list", as[predictRequest], `[]`, "invalid_json", unread + "byte 0: there is a list: send an object"},
		{"number for a text", as[predictRequest], `{"text": 7}`, "invalid_json", unread + "text, byte 9: there is a number: send a string"},
		{"object for a text", as[predictRequest], `{"texts": ["a", {}]}`, "invalid_json", "texts[1]: there is an object: send a string"},
		{"string for a list", as[predictRequest], `{"texts": "a"}`, "invalid_json", unread + "texts, byte 10: there is a string: send a list"},
		{"true for a number", as[classifyRequest], `{"top_k": true}`, "invalid_json", unread + "top_k, byte 10: there is true: send a whole number"},
		{"fraction", as[classifyRequest], `{"top_k": 1.5}`, "invalid_json", unread + "top_k, byte 10: there is the number 1.5: send a whole number"},
		{"huge number", as[classifyRequest], `{"top_k": ` + strings.Repeat("9", 100) + `}`, "invalid_json", unread + "top_k, byte 10: there is the number " + strings.Repeat("9", 30) + ": send a whole number"},
		{"null in a list", as[predictRequest], `{"texts": ["a", null]}`, "invalid_json", "texts[1]: there is null: send a value, or leave it out"},
		{"null in a box", as[searchRequest], `{"filter": {"bbox": [0, null, 1, 1]}}`, "invalid_json", "filter.bbox[1]: there is null: send a value, or leave it out"},
		{"null for an example", as[searchRequest], `{"positive": ["a", null]}`, "invalid_json", "positive[1]: there is null: send a value, or leave it out"},
		{"null for what is not wanted", as[searchRequest], `{"text": "a", "negative": [null]}`, "invalid_json", "negative[0]: there is null: send a value, or leave it out"},
		{"unknown key of an example", as[searchRequest], `{"positive": [{"text": "a", "weight": 2}]}`, "invalid_json", unread + "positive[0].weight, byte 28: there is no such key: use type, text, image, image_url, bytes, url, id"},
		{"an example of two", as[searchRequest], `{"positive": [{"id": "a", "text": "b"}]}`, "invalid_request", "positive[0]: exactly one of text, image, image_url, bytes, url, id is needed; there is text and id"},
		{"null for a format", as[cohereRequest], `{"embedding_types": ["float", null]}`, "invalid_json", "embedding_types[1]: there is null: send a value, or leave it out"},
		{"null for a content", as[cohereRequest], `{"inputs": [{"content": [null]}]}`, "invalid_json", "inputs[0].content[0]: there is null: send a value, or leave it out"},
		{"null for an input", as[cohereRequest], `{"inputs": [null]}`, "invalid_json", "inputs[0]: there is null: send a value, or leave it out"},
		{"null for a candidate", as[rankRequest], `{"candidates": [null]}`, "invalid_json", "candidates[0]: there is null: send a value, or leave it out"},
		{"null for a text of Weaviate's", as[vectorizeRequest], `{"texts": [null]}`, "invalid_json", "texts[0]: there is null: send a value, or leave it out"},
		{"null in a shape", asInference, `{"inputs": [{"shape": [null]}]}`, "invalid_json", "inputs[0].shape[0]: there is null: send a value, or leave it out"},
		{"null for a tensor", asInference, `{"inputs": [null]}`, "invalid_json", "inputs[0]: there is null: send a value, or leave it out"},
		{"null in a tensor", asInference, `{"inputs": [{"data": [null]}]}`, "invalid_request", "inputs[0].data[0]: there is another value: " + tensorRule},
		{"null for an item", as[embeddingsRequest], `{"input": ["a", null]}`, "invalid_json", "input[1]: there is null: send a value, or leave it out"},
		{"too many", as[predictRequest], `{"texts": ["a"` + strings.Repeat(`, "a"`, maxItems) + `]}`, "invalid_request", "texts: there are more than 1000 values: send no more in one request"},
		{"true for an item", as[embeddingsRequest], `{"input": ["a", true]}`, "invalid_json", "input[1]: an item is neither a string nor an object of text, image or image_url"},
		{"token ids", as[embeddingsRequest], `{"input": [1, 2]}`, "invalid_request", "input[0]: " + noTokens},
		{"lists of token ids", as[embeddingsRequest], `{"input": [[1, 2], [3]]}`, "invalid_request", "input[0]: " + noTokens},
		{"a token id", as[embeddingsRequest], `{"input": 1}`, "invalid_request", "input: " + noTokens},
		{"a wish that changes numbers", as[embeddingsRequest], `{"normalized": false}`, "invalid_request", "normalized: it is false, and this model's embeddings are as for true: send that, or leave it out"},
		{"a wish for another use", as[embeddingsRequest], `{"task": "classification"}`, "invalid_request", "task: it is \"classification\", and this model's embeddings are as for \"retrieval.query\" or \"retrieval.passage\" or \"text-matching\": send that, or leave it out"},
		{"a list for a wish", as[embeddingsRequest], `{"task": ["classification"]}`, "invalid_json", "task: there is a list: send a string, true or false"},
		{"a place to cut", as[embeddingsRequest], `{"truncate": "START"}`, "invalid_request", "truncate: it is \"START\", and texts are cut at their end: send true or END, or false or NONE for an error instead"},
		{"no value for an item", as[embeddingsRequest], `{"input": ["a", ?]}`, "invalid_json", unread + "input[1], byte 16: invalid character '?' at start of value"},
		{"number for an address", as[embeddingsRequest], `{"input": {"image_url": {"url": 7}}}`, "invalid_json", unread + "input.image_url.url, byte 32: there is a number: send a string"},
		{"list for an address", as[embeddingsRequest], `{"input": {"image_url": []}}`, "invalid_json", "input.image_url: there is a list: send a string"},
		{"text and image", as[embeddingsRequest], `{"input": ["a", {"text": "a", "image": ""}]}`, "invalid_request", "input[1]: exactly one of text, image, image_url, bytes, url is needed; there is text and image"},
		{"no base64", as[embeddingsRequest], `{"input": ["a", {"image": "%"}]}`, "invalid_image", "input[1]: image is not base64 (illegal base64 data at input byte 0): encode the picture's file with the standard alphabet, or use image_url for an address"},
		{"number in a tensor", asInference, `{"inputs": [{"data": ["a", 1]}]}`, "invalid_request", "inputs[0].data[1]: there is another value: " + tensorRule},
		{"object in a tensor", asInference, `{"inputs": [{"data": [[{}]]}]}`, "invalid_request", "inputs[0].data[0][0]: there is another value: " + tensorRule},
		{"string for a tensor", asInference, `{"inputs": [{"data": "a"}]}`, "invalid_request", "inputs[0].data: there is no list: " + tensorRule},
		{"strings of a tensor not equally deep", asInference, `{"inputs": [{"data": [["a"], "b"]}]}`, "invalid_request", "inputs[0].data[1]: strings are not equally deep: " + tensorRule},
		{"a tensor too deep", asInference, `{"inputs": [{"data": ` + deep + `}]}`, "invalid_request", "inputs[0].data" + strings.Repeat("[0]", 8) + ": the lists are too deep: " + tensorRule},
		{"too many in a tensor", asInference, `{"inputs": [{"data": [["a"` + strings.Repeat(`, "a"`, maxItems) + `]]}]}`, "invalid_request", "inputs[0].data[0]: there are more than 1000 values: send no more in one request"},
		{"a tensor cut off", asInference, `{"inputs": [{"data": [["a"`, "invalid_json", unread + "inputs[0].data[0], byte 26: it ends early"},
		{"number for a choice", asInference, `{"parameters": {"binary_data_output": 1}}`, "invalid_json", unread + "parameters.binary_data_output, byte 38: there is a number: send true or false"},
		{"no data", asInference, `{"inputs": [{"name": "text"}]}`, "invalid_request", `input "text" has no data: send a list of strings, or binary_data_size`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var refused *Problem
			if err := tt.read([]byte(tt.body)); !errors.As(err, &refused) || refused.Status != 400 || refused.Code != tt.code || refused.Message != tt.message {
				t.Errorf("%+v, want %s: %s", err, tt.code, tt.message)
			}
		})
	}
}

// TestKeysAreNotRemembered sends a great many keys wherever there may be an
// object, or must not be one.
func TestKeysAreNotRemembered(t *testing.T) {
	var keys strings.Builder
	keys.WriteString(`{"_": 0`)
	for i := 0; keys.Len() < 4<<20; i++ {
		fmt.Fprintf(&keys, `,"%x":0`, i)
	}
	keys.WriteString(`}`)
	for body, read := range map[string]func([]byte) error{
		`%s`:                                  as[predictRequest],
		`{"text": %s}`:                        as[predictRequest],
		`{"texts": %s}`:                       as[predictRequest],
		`{"texts": [[%s]]}`:                   as[predictRequest],
		`{"top_k": %s}`:                       as[classifyRequest],
		`{"input": %s}`:                       as[embeddingsRequest],
		`{"input": [[%s]]}`:                   as[embeddingsRequest],
		`{"input": {"text": %s}}`:             as[embeddingsRequest],
		`{"input": {"image_url": %s}}`:        as[embeddingsRequest],
		`{"input": {"image_url": {"url":%s}}`: as[embeddingsRequest],
		`{"x": %s, "inputs": [{"parameters": %[1]s, "data": [%[1]s]}]}`: asInference,
	} {
		data := fmt.Appendf(nil, body, keys.String())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read(data)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; err == nil || allocated > 1<<20 {
			t.Errorf("%s: %d KiB were allocated, %v", body, allocated>>10, err)
		}
	}
}
