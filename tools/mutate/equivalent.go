package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// equivalentsFile lists the changes that no test can notice.
const equivalentsFile = "tools/mutate/equivalent.yaml"

// equivalents are, by package, the changes that leave all promises kept.
type equivalents map[string][]equivalent

// equivalent is one such change.
type equivalent struct {
	File   string `json:"file"`
	Func   string `json:"func"`
	Change string `json:"change"`
	Why    string `json:"why"`
}

func (e equivalent) key() string { return (&change{File: e.File, Func: e.Func, What: e.Change}).key() }

func readEquivalents(file string) (equivalents, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var e equivalents
	if err := yaml.UnmarshalStrict(data, &e); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return e, nil
}

// of returns the list of a package, which is named by the end of its path.
func (e equivalents) of(importPath string) []equivalent {
	for name, list := range e {
		if strings.HasSuffix(importPath, path.Join("/", name)) {
			return list
		}
	}
	return nil
}

// check fails for what is listed and is no change of the package any more, and
// for what has no reason.
func (e equivalents) check(importPath string, all []change) error {
	var errs []error
	for _, one := range e.of(importPath) {
		if !slices.ContainsFunc(all, func(c change) bool { return c.key() == one.key() }) {
			errs = append(errs, fmt.Errorf("%s: %s has no such change any more: %s: %s: remove it, or say why the new code's changes are equivalent", equivalentsFile, importPath, one.Func, one.Change))
		}
		if one.Why == "" {
			errs = append(errs, fmt.Errorf("%s: %s: %s: %s: why is empty", equivalentsFile, importPath, one.Func, one.Change))
		}
	}
	return errors.Join(errs...)
}

// why says why a change is equivalent, if it is.
func (e equivalents) why(importPath string, c change) string {
	for _, one := range e.of(importPath) {
		if one.key() == c.key() {
			return one.Why
		}
	}
	return ""
}
