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

// TestTheDocumentIsOpenAPI looks for what OpenAPI's own validators refuse: keys that a
// schema cannot have, and keys without a value, which a comma makes of a description
// that is not in quotes. It also looks for what generators of clients stumble over, which
// then leave out a call, or end.
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
		if fault := stumbles(object); fault != "" {
			t.Errorf("%s: %s", at, fault)
		}
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
	operations := map[any]string{}
	for path, value := range document["paths"].(map[string]any) {
		for method, operation := range value.(map[string]any) {
			id := operation.(map[string]any)["operationId"]
			if other := operations[id]; id == nil || other != "" {
				t.Errorf("%s %s has the operationId %v, and so has %s", method, path, id, other)
			}
			operations[id] = method + " " + path
		}
	}
	if schemas < 50 {
		t.Errorf("looked at %d schemas", schemas)
	}
}

// stumbles says what of a schema generators of clients cannot make types of: tried with
// oapi-codegen, ogen, openapi-python-client, openapi-typescript and openapi-generator.
func stumbles(schema map[string]any) string {
	ref, _ := schema["$ref"].(string)
	if name, found := strings.CutPrefix(ref, "#/components/schemas/"); ref != "" && (!found || strings.Contains(name, "/")) {
		return "it refers to a part of a schema: give the part a name"
	}
	if values, ok := schema["enum"].([]any); ok && (schema["type"] != "string" || slices.Contains(values, nil)) {
		return "its enum has values that are no strings"
	}
	_, properties := schema["properties"]
	_, more := schema["additionalProperties"]
	if schema["type"] == "object" && !properties && !more {
		return "an object of no properties is read as one without any: say what it has, or additionalProperties: true"
	}
	forms, ok := schema["oneOf"].([]any)
	if !ok {
		return ""
	}
	if _, ok := schema["default"]; ok {
		return "a choice has no default"
	}
	if slices.ContainsFunc(forms, func(form any) bool { return form.(map[string]any)["type"] == "object" }) {
		return "an object of a choice has no name"
	}
	return ""
}
