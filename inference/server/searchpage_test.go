package server

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestSearchDefaultsOnThePage compares what the page and the API's document say of a
// search that leaves fields out with what is then searched.
func TestSearchDefaultsOnThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/search.md")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	q, err := (&searchRequest{Text: new("river")}).query()
	if err != nil {
		t.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(document), "\n    SearchRequest:\n")
	for field, value := range map[string]any{"top_k": q.TopK, "offset": q.Offset, "overlap": q.Overlap} {
		if row := fmt.Sprintf("\n| `%s` | %v | ", field, value); !strings.Contains(string(page), row) {
			t.Errorf("docs/search.md has no row %q", row)
		}
		_, line, _ := strings.Cut(fields, "\n        "+field+": ")
		if line, _, _ = strings.Cut(line, "\n"); !strings.Contains(line, fmt.Sprintf("default: %v}", value)) {
			t.Errorf("openapi.yaml says of %s %q, and not the default %v", field, line, value)
		}
	}
}
