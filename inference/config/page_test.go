package config_test

import (
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestThePageHasEverySetting compares the tables of docs/settings.md with the
// types of both files.
func TestThePageHasEverySetting(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]bool)
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 3 && strings.TrimSpace(cells[2]) != "default" {
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
				documented[name[1]] = strings.TrimSpace(cells[2]) != ""
			}
		}
	}
	want := make(map[string]bool)
	settings(reflect.TypeFor[config.Model](), "", want)
	settings(reflect.TypeFor[config.App](), "", want)
	if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(documented))); d != "" {
		t.Errorf("settings that are (-), and those that the page has (+):\n%s", d)
	}
	for name, hasDefault := range documented {
		if !hasDefault {
			t.Errorf("the page has no default of %s", name)
		}
	}
}

// settings adds the paths of a type's fields, as the files have them.
func settings(of reflect.Type, path string, into map[string]bool) {
	for f := range of.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			settings(inner, path+name+".", into)
		} else {
			into[path+name] = true
		}
	}
}
