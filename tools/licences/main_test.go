package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`

// module writes files, and returns those with terms that cover the package in
// inner/deep.
func module(t *testing.T, content map[string]string) map[string]bool {
	t.Helper()
	top := t.TempDir()
	deep := filepath.Join(top, "inner/deep")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(top, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := map[string]bool{}
	if err := collect(files, top, deep); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestDocument(t *testing.T) {
	t.Parallel()
	text, err := document(map[string]map[string]bool{
		"example.com/a v1": module(t, map[string]string{"LICENSE": mit, "NOTICE": "A notice.", "license.go": "package a"}),
		"example.com/b v2": module(t, map[string]string{"LICENCE.md": mit + "\r\n", "inner/COPYING": "Terms of a folder.", "README": "Not these."}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for words, times := range map[string]int{
		"example.com/a v1":                       3, // in the list, above the licence, above the notice
		"example.com/b v2":                       3,
		"MIT\n":                                  2,
		"Permission is hereby granted":           1,
		"\nexample.com/a v1\nexample.com/b v2\n": 1,
		"A notice.":                              1,
		"Terms of a folder.":                     1,
		"Not these.":                             0,
		"package a":                              0,
	} {
		if got := strings.Count(text, words); got != times {
			t.Errorf("%q is there %d times, want %d", words, got, times)
		}
	}
}

func TestModulesWithoutLicence(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]map[string]string{
		"no file":       {"README": mit},
		"unknown terms": {"LICENSE": "All rights reserved."},
	} {
		_, err := document(map[string]map[string]bool{"example.com/a v1": module(t, content)})
		if err == nil || !strings.Contains(err.Error(), "example.com/a v1 has no licence that is known") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
