package config_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/picture"
)

// TestThePageHasEverySetting compares the tables of docs/settings.md with the
// types of both files, and with the defaults in force.
func TestThePageHasEverySetting(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := make(map[string]string)
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = row[2]
	}
	want := make(map[string]bool)
	settings(reflect.TypeFor[config.Model](), "", want)
	settings(reflect.TypeFor[config.App](), "", want)
	if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(documented))); d != "" {
		t.Errorf("settings that are (-), and those that the page has (+):\n%s", d)
	}
	defaults := inForce()
	for name, says := range documented {
		value, ok := defaults[name]
		switch {
		case !ok && (says == "" || strings.Trim(says, "0123456789") == ""):
			t.Errorf("the page says %q of %s, whose default inForce does not know", says, name)
		case ok && !slices.Contains(spellings(value), says):
			t.Errorf("the page says %q of %s: must be one of %q", says, name, spellings(value))
		}
	}
	for name := range defaults {
		if !want[name] {
			t.Errorf("inForce has a default of %s, which is no setting", name)
		}
	}
}

// inForce is what applies if both files are empty, for the settings that then
// have a value: the others' defaults are words on the page.
func inForce() map[string]any {
	m, a := config.DefaultModel(), config.DefaultApp()
	caches := a.Caching(1 << 40) // with memory enough
	values := map[string]any{
		"max_queue_delay_microseconds":   m.Queue().Delay.Microseconds(),
		"max_queue_items":                m.Queue().Items,
		"max_queue_bytes":                m.Queue().Bytes,
		"cuda.arena_extend_strategy":     m.CUDAOptions().ArenaExtendStrategy,
		"cuda.cudnn_conv_algo_search":    m.CUDAOptions().CUDNNConvAlgoSearch,
		"cuda.device_id":                 m.CUDAOptions().DeviceID,
		"server.drain_seconds":           a.Server.DrainDelay().Seconds(),
		"server.request_timeout_seconds": a.Server.RequestTimeout().Seconds(),
		"server.max_body_bytes":          a.Server.MaxBody(),
		"server.watchdog_seconds":        a.Server.WatchdogLimit().Seconds(),
		"fetch.timeout_seconds":          a.Fetching().TimeoutSeconds,
		"fetch.max_bytes":                a.Fetching().MaxBytes,
		"fetch.max_redirects":            a.Fetching().MaxRedirects,
		"fetch.max_concurrent":           a.Fetching().MaxConcurrent,
		"fetch.max_concurrent_per_host":  a.Fetching().MaxConcurrentPerHost,
		"cache.text_mib":                 caches.TextMiB,
		"cache.url_mib":                  caches.URLMiB,
		"picture.max_pixels":             picture.DefaultMaxPixels,
		"tracing.sample_ratio":           1,
	}
	known(reflect.ValueOf(m), "", values)
	known(reflect.ValueOf(a), "", values)
	return values
}

// known adds the fields that the default configuration itself has, and every
// switch, whose default is false.
func known(of reflect.Value, path string, into map[string]any) {
	for field, value := range of.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if value.Kind() == reflect.Pointer {
			value = reflect.Zero(value.Type().Elem())
		}
		switch {
		case value.Kind() == reflect.Struct:
			known(value, path+name+".", into)
		case value.Kind() == reflect.Bool || !value.IsZero():
			into[path+name] = value.Interface()
		}
	}
}

// spellings are the ways in which a page writes a value.
func spellings(value any) []string {
	text := fmt.Sprint(value)
	ways := []string{text, "`" + text + "`"}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		if n%(1<<20) == 0 {
			ways = append(ways, fmt.Sprintf("%d MiB", n>>20))
		}
	}
	return ways
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
