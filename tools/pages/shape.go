package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// sameShape compares two JSON documents by keys and types, and lists by their
// first items.
func sameShape(page, answer string) error {
	var want, got any
	if err := json.Unmarshal([]byte(page), &want); err != nil {
		return fmt.Errorf("reading the page's: %w", err)
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		return fmt.Errorf("reading the command's, %q: %w", answer, err)
	}
	return compare("$", want, got)
}

func compare(path string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if names, others := slices.Sorted(maps.Keys(w)), slices.Sorted(maps.Keys(g)); !ok || !slices.Equal(names, others) {
			return fmt.Errorf("%s has %q, and not %q", path, others, names)
		}
		for name := range w {
			if err := compare(path+"."+name, w[name], g[name]); err != nil {
				return err
			}
		}
	case []any:
		if g, ok := got.([]any); !ok || len(g) != len(w) {
			return fmt.Errorf("%s is not a list of %d", path, len(w))
		} else if len(w) > 0 {
			return compare(path+"[0]", w[0], g[0])
		}
	default:
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
			return fmt.Errorf("%s is %v, and not such as %v", path, got, want)
		}
	}
	return nil
}
