package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// schemaKeys are what OpenAPI 3.0 has in a Schema Object, of which the document uses
// some. https://spec.openapis.org/oas/v3.0.3#schema-object
var schemaKeys = strings.Fields(`$ref title multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength
	pattern maxItems minItems uniqueItems maxProperties minProperties required enum type not allOf oneOf anyOf items properties
	additionalProperties description format default nullable discriminator readOnly writeOnly xml externalDocs example deprecated`)

// TestTheDocumentIsOpenAPI looks for what OpenAPI's own validators refuse, and what
// generators of clients stumble over: keys that a schema cannot have, and keys without
// a value, which a comma makes of a description that is not in quotes.
func TestTheDocumentIsOpenAPI(t *testing.T) {
	t.Parallel()
	data, err := openAPIDocument()
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	schemas := 0
	var schema func(at string, value any)
	var walk func(at string, value any)
	schema = func(at string, value any) {
		object, ok := value.(map[string]any)
		if !ok {
			return // additionalProperties: false
		}
		schemas++
		for key, value := range object {
			at := at + "." + key
			switch key {
			case "properties":
				for name, value := range value.(map[string]any) {
					schema(at+"."+name, value)
				}
			case "items", "not", "additionalProperties":
				schema(at, value)
			case "allOf", "oneOf", "anyOf":
				for i, value := range value.([]any) {
					schema(fmt.Sprintf("%s[%d]", at, i), value)
				}
			default:
				if !slices.Contains(schemaKeys, key) {
					t.Errorf("%s: a schema has no such key", at)
				}
			}
		}
	}
	walk = func(at string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, value := range value {
				if value == nil {
					t.Errorf("%s.%s has no value", at, key)
				}
				if key == "schema" {
					schema(at+".schema", value)
				}
				walk(at+"."+key, value)
			}
		case []any:
			for i, value := range value {
				walk(fmt.Sprintf("%s[%d]", at, i), value)
			}
		}
	}
	walk("", document)
	for name, value := range document["components"].(map[string]any)["schemas"].(map[string]any) {
		schema("components.schemas."+name, value)
	}
	if schemas < 50 {
		t.Errorf("looked at %d schemas", schemas)
	}
}
