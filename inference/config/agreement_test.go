package config_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestWhatIsValidIsRead renders random settings that pass the check of the
// constructs, as they do, and reads them as the server does: nothing that one
// side takes may be refused, or change, on the other.
func TestWhatIsValidIsRead(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	valid := 0
	for range 20_000 {
		var app config.App
		scatter(reflect.ValueOf(&app).Elem(), random)
		if app = app.WithDefaults(); app.Validate() == nil {
			valid++
			agree(t, app, config.MarshalApp, config.ParseApp)
		}
		var model config.Model
		scatter(reflect.ValueOf(&model).Elem(), random)
		if model = model.WithDefaults(); model.Validate() == nil {
			valid++
			agree(t, model, config.MarshalModel, config.ParseModel)
		}
		if t.Failed() {
			return
		}
	}
	if valid < 1000 {
		t.Errorf("only %d settings were valid", valid)
	}
}

func agree[T any](t *testing.T, want T, render func(T) ([]byte, error), read func([]byte) (T, error)) {
	t.Helper()
	data, err := render(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(data)
	if err != nil {
		t.Errorf("rendered and then refused: %v\n%s", err, data)
		return
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-rendered +read):\n%s\n%s", diff, data)
	}
}

// What fields are filled with, besides what they may all be: some valid, some
// that a reader of YAML could take for something else.
var (
	words = []string{
		"x", "cpu", "cuda", "tensorrt", "fp16", "int8", "INFO", "ERROR", "json", "%(message)s", "yes", "8", "1e3", "0x1f", "2026-01-01", "null", "~", "true",
		"<<", "a: b", "- a", "#", "a #b", "'", `"`, `\`, "a\nb", "a\tb", " x ", "é漢😀", "\u2028", "*a", "&a", "!a", "@", "{", "http://c:4318", "minio:9000", "/etc/x", "HEURISTIC",
	}
	numbers = []int{-1, 1, 2, 3, 98, 600, 8081, 9000, 65535, 1 << 20, 1 << 30}
)

// scatter fills some of a struct's fields, seldom many.
func scatter(into reflect.Value, random *rand.Rand) {
	for i := range into.NumField() {
		if random.IntN(6) == 0 || into.Field(i).Kind() == reflect.Struct {
			fill(into.Field(i), random)
		}
	}
}

func fill(into reflect.Value, random *rand.Rand) {
	switch into.Kind() { //nolint:exhaustive // The kinds that settings have.
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		fill(into.Elem(), random)
	case reflect.Struct:
		scatter(into, random)
	case reflect.Slice:
		into.Set(reflect.MakeSlice(into.Type(), random.IntN(4), 4))
		for i := range into.Len() {
			fill(into.Index(i), random)
		}
	case reflect.String:
		into.SetString(words[random.IntN(len(words))])
	case reflect.Int:
		into.SetInt(int64(numbers[random.IntN(len(numbers))]))
	case reflect.Float64:
		into.SetFloat(float64(random.IntN(5)) / 4)
	case reflect.Bool:
		into.SetBool(random.IntN(2) == 0)
	default:
		panic(fmt.Sprint("no settings of kind ", into.Kind()))
	}
}
