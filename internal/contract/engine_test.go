package contract_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/internal/contract"
)

func TestParseEngine(t *testing.T) {
	t.Parallel()
	type host = contract.EngineHost
	for address, want := range map[string][]host{
		"weaviate://a":                       {{"a", 8080}},
		"weaviate://a:81,b,[::1]:82/":        {{"a", 81}, {"b", 8080}, {"::1", 82}},
		"weaviates://a.example":              {{"a.example", 443}},
		"postgres://u@a:1,b:2/db?x=y":        {{"a", 1}, {"b", 2}},
		"postgresql://a":                     {{"a", 5432}},
		"postgres:///db":                     {},
		"postgres://u:p@10.0.0.1/db":         {{"10.0.0.1", 5432}},
		"weaviate://a,,b":                    nil,
		"weaviate://u:a-secret@a":            nil,
		"weaviate://a-secret@a/path":         nil,
		"postgres://u:a-secret@a:x/db":       nil,
		"postgres://u:a-secret@a:70000/db":   nil,
		"http://a":                           nil,
		"weaviate:a":                         nil,
		"postgres://u@a/db?password=%zz&a=b": {{"a", 5432}},
	} {
		got, err := contract.ParseEngine(address)
		if want == nil {
			if err == nil {
				t.Errorf("%s is taken: %v", address, got)
			}
			if err != nil && strings.Contains(err.Error(), "a-secret") {
				t.Errorf("%s: the error tells the password: %v", address, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got.Hosts == nil {
			got.Hosts = []host{}
		}
		if d := cmp.Diff(want, got.Hosts); d != "" {
			t.Errorf("%s: -want +got\n%s", address, d)
		}
	}
	for address, has := range map[string]bool{"postgres://u:p@a/db": true, "postgres://u@a/db?password=p": true, "postgres://u:@a/db": true, "postgres://u@a/db": false, "weaviate://a": false} {
		if got, err := contract.ParseEngine(address); err != nil || got.HasPassword != has {
			t.Errorf("%s: has a password %v, %v", address, got.HasPassword, err)
		}
	}
}
