package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// installedPackages returns the Debian packages of a tree, by dpkg's database or,
// in a tree without dpkg, by the folder status.d that takes its place there.
func installedPackages(root string) ([]cdx.Component, error) {
	database := filepath.Join(root, "var/lib/dpkg")
	files, err := filepath.Glob(filepath.Join(database, "status.d/*"))
	if err != nil {
		return nil, err
	}
	files = append(files, filepath.Join(database, "status"))
	distribution, err := distributionOf(root)
	if err != nil {
		return nil, err
	}
	components := []cdx.Component{}
	for _, file := range files {
		stanzas, err := readStanzas(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, s := range stanzas {
			// A package that was removed keeps its entry.
			if s["Package"] != "" && (s["Status"] == "" || strings.HasSuffix(s["Status"], " installed")) {
				components = append(components, debianPackage(s, distribution))
			}
		}
	}
	if len(components) == 0 {
		return nil, fmt.Errorf("there is no package in %s: it should have the file status of dpkg, or a folder status.d", database)
	}
	return components, nil
}

// linkedPackages returns the named ones of a system's packages.
func linkedPackages(root string, names []string) ([]cdx.Component, error) {
	if len(names) == 0 {
		return nil, nil
	}
	installed, err := installedPackages(root)
	if err != nil {
		return nil, err
	}
	var components []cdx.Component
	for _, name := range names {
		i := slices.IndexFunc(installed, func(c cdx.Component) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("package %q of -linked is not installed here: name packages of the system on which the server was built", name)
		}
		c := installed[i]
		c.BOMRef += "#linked"
		c.Description = "linked into the server or copied below /app, from the system of the build"
		components = append(components, c)
	}
	return components, nil
}

func debianPackage(s map[string]string, distribution string) cdx.Component {
	purl := "pkg:deb/" + strings.SplitN(distribution, "-", 2)[0] + "/" + s["Package"] + "@" + escape(s["Version"]) +
		"?arch=" + s["Architecture"] + "&distro=" + distribution
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: s["Package"], Version: s["Version"], PackageURL: purl}
}

// distributionOf returns a system's name and release, such as debian-12.
func distributionOf(root string) (string, error) {
	file := filepath.Join(root, "usr/lib/os-release")
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the release of the system: %w", err)
	}
	values := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			values[key] = strings.Trim(value, `"`)
		}
	}
	if values["ID"] == "" || values["VERSION_ID"] == "" {
		return "", fmt.Errorf("%s has no ID and VERSION_ID", file)
	}
	return values["ID"] + "-" + values["VERSION_ID"], nil
}

// readStanzas reads Debian's control format, or the headers of a wheel's
// metadata: fields by name, continued lines left out, stanzas apart by empty
// lines.
func readStanzas(file string) ([]map[string]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	stanzas := []map[string]string{{}}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if line == "" {
			stanzas = append(stanzas, map[string]string{})
			continue
		}
		if key, value, ok := strings.Cut(line, ":"); ok && line[0] != ' ' && line[0] != '\t' {
			stanzas[len(stanzas)-1][key] = strings.TrimSpace(value)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	return stanzas, nil
}

// escape writes a version as package URLs want it.
func escape(version string) string { return url.QueryEscape(version) }
