package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// tree writes an image's tree, with this test's own binary as its server, and
// files added or, where they are empty, left out.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"app/bin/rsclip":                    string(binary),
		"app/model/rsclip.json":             "{}",
		"app/licenses/onnxruntime/METADATA": "Metadata-Version: 2.1\nName: onnxruntime\nVersion: 1.24.1\n\nName: of a heading\n",
		"usr/lib/os-release":                "ID=debian\nVERSION_ID=\"12\"\n",
		"var/lib/dpkg/status.d/libc6":       "Package: libc6\nArchitecture: amd64\nVersion: 2.36-9+deb12u10\nDescription: GNU C Library\n Package: not.this\n",
	}
	for name, text := range files {
		all[name] = text
	}
	root := t.TempDir()
	for name, text := range all {
		if text == "" {
			continue
		}
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// build is the database of a system with a static library, and with one that was
// removed.
var build = map[string]string{
	"var/lib/dpkg/status": "Package: libwebp-dev\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2.4-0.2\n\n" +
		"Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1:2\n\n",
}

func TestBillOfMaterials(t *testing.T) {
	t.Parallel()
	root, system := tree(t, nil), tree(t, build)
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		if err := write(w, root, "1.2.3", system, []string{"libwebp-dev"}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same tree gave two bills of materials")
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&first, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if got := bom.Metadata.Component.Version; got != "1.2.3" {
		t.Errorf("version %q, want 1.2.3", got)
	}
	refs := map[string]cdx.Component{}
	for _, c := range *bom.Components {
		if _, twice := refs[c.BOMRef]; twice {
			t.Errorf("%s is there twice", c.BOMRef)
		}
		refs[c.BOMRef] = c
	}
	for _, ref := range []string{
		"pkg:pypi/onnxruntime@1.24.1",
		"pkg:deb/debian/libc6@2.36-9%2Bdeb12u10?arch=amd64&distro=debian-12",
		"pkg:deb/debian/libwebp-dev@1.2.4-0.2?arch=amd64&distro=debian-12#linked",
		"file:/app/bin/rsclip",
		"file:/app/model/rsclip.json",
	} {
		if _, ok := refs[ref]; !ok {
			t.Errorf("%s is missing", ref)
		}
	}
	// SHA-256 of "{}".
	if got := (*refs["file:/app/model/rsclip.json"].Hashes)[0].Value; got != "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" {
		t.Errorf("SHA-256 of rsclip.json: %s", got)
	}
}

// TestRefusals has trees of which a bill would be incomplete.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files  map[string]string
		linked []string
		want   string
	}{
		"no server":                       {map[string]string{"app/bin/rsclip": ""}, nil, "reading the modules of the server"},
		"a server that is not Go":         {map[string]string{"app/bin/rsclip": "#!/bin/sh"}, nil, "reading the modules of the server"},
		"no wheel":                        {map[string]string{"app/licenses/onnxruntime/METADATA": ""}, nil, "reading what ONNX Runtime was taken from"},
		"a wheel without version":         {map[string]string{"app/licenses/onnxruntime/METADATA": "Name: onnxruntime\n"}, nil, "no Name and Version"},
		"no packages":                     {map[string]string{"var/lib/dpkg/status.d/libc6": ""}, nil, "there is no package"},
		"no release":                      {map[string]string{"usr/lib/os-release": ""}, nil, "reading the release of the system"},
		"an unknown release":              {map[string]string{"usr/lib/os-release": "ID=debian\n"}, nil, "no ID and VERSION_ID"},
		"a library that is not installed": {nil, []string{"libwebp-dev", "gone"}, `package "gone" of -linked is not installed here`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := write(&bytes.Buffer{}, tree(t, test.files), "dev", tree(t, build), test.linked)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
