package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-74198975/rsclip/inference/model"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"rsclip": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the program as its users do.
func TestScripts(t *testing.T) {
	t.Parallel()
	testdata, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	library, err := model.Library()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("TESTDATA", testdata)
			e.Setenv(model.LibraryEnv, library)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // Else each command lasts a second more under the race detector.
			return nil
		},
	})
}
