package e2e

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// TestImage builds the CPU image and looks into it. It needs CLUSTER_TOOLS and no
// cluster.
func TestImage(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if tools == "" {
		t.Skip("no image: CLUSTER_TOOLS is not set")
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	buildArchive(t, tools, "e2e-1", archive)
	image := readImage(t, archive)

	t.Run("the bill of materials is that of the image", func(t *testing.T) { compareBill(t, image) })
	t.Run("no layer or setting holds a secret", func(t *testing.T) {
		for _, found := range image.secrets {
			t.Error(found)
		}
	})
	t.Run("what is not needed is not there", func(t *testing.T) { checkContents(t, image) })
	t.Run("licences", func(t *testing.T) {
		for name, words := range map[string]string{
			"LICENSE":                             "Apache License",
			"THIRD_PARTY_LICENSES":                "the standard library of Go",
			"onnxruntime/LICENSE":                 "MIT License",
			"onnxruntime/ThirdPartyNotices.txt":   "protobuf",
			"libjpeg62-turbo-dev/copyright":       "libjpeg-turbo",
			"libopenjp2-7-dev/copyright":          "BSD-2",
			"libwebp-dev/copyright":               "Google",
			"ca-certificates/copyright":           "MPL-2.0",
			"../../usr/share/doc/libc6/copyright": "GNU",
		} {
			if !strings.Contains(string(image.files[path.Join("app/licenses", name)]), words) {
				t.Errorf("%s is not there, or says nothing of %q", name, words)
			}
		}
	})
}

// image is what the layers of an image come to.
type image struct {
	files   map[string][]byte      // content of regular files by path, without the first slash
	entries map[string]*tar.Header // everything, by path
	secrets []string               // where some layer, or the configuration, has what looks like one
}

// readImage reads an archive as `docker save` writes it.
func readImage(t *testing.T, archive string) *image {
	t.Helper()
	i := &image{files: map[string][]byte{}, entries: map[string]*tar.Header{}}
	parts := map[string][]byte{}
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	eachEntry(t, f, func(h *tar.Header, content []byte) {
		if h.Typeflag == tar.TypeSymlink { // A layer may be a link to one with the same content.
			return
		}
		parts[h.Name] = content
	})
	var manifest []struct {
		Config string
		Layers []string
	}
	if err := json.Unmarshal(parts["manifest.json"], &manifest); err != nil || len(manifest) != 1 || len(manifest[0].Layers) == 0 {
		t.Fatalf("%s has no manifest of one image: %v", archive, err)
	}
	i.look("the image's configuration", parts[manifest[0].Config])
	for _, layer := range manifest[0].Layers {
		eachEntry(t, bytes.NewReader(parts[layer]), func(h *tar.Header, content []byte) {
			name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
			if strings.HasPrefix(path.Base(name), ".wh.") {
				t.Errorf("layer %s deletes %s, which stays in the layer below", layer, name)
			}
			i.entries[name] = h
			if h.Typeflag == tar.TypeReg {
				i.files[name] = content
				i.look("/"+name+" in layer "+layer, content)
			}
		})
	}
	return i
}

func eachEntry(t *testing.T, r io.Reader, visit func(*tar.Header, []byte)) {
	t.Helper()
	for entries := tar.NewReader(r); ; {
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(entries)
		if err != nil {
			t.Fatal(err)
		}
		visit(h, content)
	}
}

// secretForms are keys and tokens as builds and tools leave them behind, each with
// a mark in small letters that is quick to find. A program that reads PEM has its
// first line, so a key needs some of its body.
var secretForms = map[string]*regexp.Regexp{
	"private key-----": regexp.MustCompile(`PRIVATE KEY-----\s+[A-Za-z0-9+/=]{32}`),
	"hf_":              regexp.MustCompile(`\bhf_[A-Za-z0-9]{30,}`),            // the Hugging Face hub
	"gh":               regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36}`),      // GitHub
	"github_pat_":      regexp.MustCompile(`\bgithub_pat_[A-Za-z0-9_]{40,}`),   // GitHub
	"glpat-":           regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{20,}`),       // GitLab
	"akia":             regexp.MustCompile(`\bAKIA[0-9A-Z]{16}\b`),             // AWS
	"npm_":             regexp.MustCompile(`\bnpm_[A-Za-z0-9]{36}`),            // npm
	"pypi-":            regexp.MustCompile(`\bpypi-[A-Za-z0-9_-]{60,}`),        // PyPI
	"eyj":              regexp.MustCompile(`\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.`), // a JSON web token
	"://":              regexp.MustCompile(`https?://[A-Za-z0-9._~-]+:[A-Za-z0-9._~-]{6,}@[a-z]`),
	"password=":        regexp.MustCompile(`(?i)password=["']?[A-Za-z0-9+/_-]{12,}`),
	"secret=":          regexp.MustCompile(`(?i)secret=["']?[A-Za-z0-9+/_-]{12,}`),
	"key=":             regexp.MustCompile(`(?i)api_?key=["']?[A-Za-z0-9+/_-]{12,}`),
	"token=":           regexp.MustCompile(`(?i)token=["']?[A-Za-z0-9+/_-]{12,}`),
}

// redacted is what pgx writes in the place of a password. Behind it in the program are
// other words of its own.
var redacted = []byte("password=xxxxx")

func (i *image) look(where string, content []byte) {
	small := bytes.Clone(content) // bytes.ToLower would change the length of what is not UTF-8.
	for at, c := range small {
		if c >= 'A' && c <= 'Z' {
			small[at] = c - 'A' + 'a'
		}
	}
	for mark, form := range secretForms {
		for from := 0; ; {
			at := bytes.Index(small[from:], []byte(mark))
			if at < 0 {
				break
			}
			at += from
			if found := form.Find(content[max(0, at-16):min(len(content), at+256)]); found != nil && !bytes.HasPrefix(found, redacted) {
				i.secrets = append(i.secrets, fmt.Sprintf("%s has what looks like a secret: %.24q...", where, found))
			}
			from = at + len(mark)
		}
	}
}

// TestSecretsAreFound shows that what the image is searched for would be found.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	letters := strings.Repeat("aB3d", 20)
	for name, test := range map[string]struct {
		content string
		secret  bool
	}{
		"a key":                  {"-----BEGIN RSA PRIVATE KEY-----\n" + letters, true},
		"the first line alone":   {"-----BEGIN RSA PRIVATE KEY-----\x00-----END", false},
		"a hub's token":          {"token hf_" + letters, true},
		"an AWS key":             {"AKIA" + strings.Repeat("A1", 8), true},
		"an address":             {"index-url = https://user:hunter2-password@example.com/", true},
		"an address without":     {"https://example.com/a:b@c", false},
		"a variable":             {`"Env": ["API_KEY=` + letters + `"]`, true},
		"a variable's name":      {"set API_KEY= or token=", false},
		"a certificate":          {"-----BEGIN CERTIFICATE-----\n" + letters, false},
		"a token of an npm file": {"//example.com/:_authToken=npm_" + letters, true},
		"GitHub's token":         {"ghp_" + letters[:36], true},
		"GitHub's newer token":   {"github_pat_" + letters, true},
		"GitLab's token":         {"glpat-" + letters, true},
		"PyPI's token":           {"pypi-" + letters, true},
		"a JSON web token":       {"eyJ" + letters + ".eyJ" + letters + ".x", true},
		"a password":             {"DB_PASSWORD='" + letters + "'", true},
		"a secret":               {"client_secret=" + letters, true},
		"a token":                {"AUTH_TOKEN=" + letters, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &image{}
			i.look(name, []byte(test.content))
			if got := len(i.secrets) > 0; got != test.secret {
				t.Errorf("found %v, want a secret: %v", i.secrets, test.secret)
			}
		})
	}
}

// compareBill compares the bill of materials with `go version -m`, with the
// packages that the image says it has, and with every file below /app.
func compareBill(t *testing.T, image *image) {
	const bill = "app/sbom.cdx.json"
	var bom cdx.BOM
	if err := json.Unmarshal(image.files[bill], &bom); err != nil {
		t.Fatalf("/%s: %v", bill, err)
	}
	listed := map[string]cdx.Component{}
	for _, c := range *bom.Components {
		listed[c.BOMRef] = c
	}
	has := map[string]bool{}
	expect := func(ref string) cdx.Component {
		has[ref] = true
		c, ok := listed[ref]
		if !ok {
			t.Errorf("/%s does not list %s", bill, ref)
		}
		return c
	}

	binary := filepath.Join(t.TempDir(), "rsclip")
	if err := os.WriteFile(binary, image.files["app/bin/rsclip"], 0o600); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(output(t, "go", "version", "-m", binary), "\n")
	expect("pkg:golang/std@" + lines[0][strings.LastIndex(lines[0], "go")+2:])
	for _, line := range lines {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == "dep" {
			expect("pkg:golang/" + fields[1] + "@" + strings.ReplaceAll(fields[2], "+", "%2B"))
			if !strings.Contains(string(image.files["app/licenses/THIRD_PARTY_LICENSES"]), fields[1]+" "+fields[2]) {
				t.Errorf("THIRD_PARTY_LICENSES does not list %s %s", fields[1], fields[2])
			}
		}
	}
	expect("pkg:pypi/onnxruntime@1.24.1")
	for name, content := range image.files {
		if strings.HasPrefix(name, "var/lib/dpkg/status.d/") {
			version := regexp.MustCompile(`(?m)^Version: (.*)$`).FindSubmatch(content)
			architecture := regexp.MustCompile(`(?m)^Architecture: (.*)$`).FindSubmatch(content)
			expect("pkg:deb/debian/" + path.Base(name) + "@" + strings.ReplaceAll(string(version[1]), "+", "%2B") +
				"?arch=" + string(architecture[1]) + "&distro=debian-12")
		}
		if strings.HasPrefix(name, "app/") && name != bill {
			c := expect("file:/" + name)
			sum := sha256.Sum256(content)
			if c.Hashes == nil || (*c.Hashes)[0].Value != hex.EncodeToString(sum[:]) {
				t.Errorf("/%s has another hash than /%s lists", name, bill)
			}
		}
	}
	var linked []string
	for ref, c := range listed {
		if strings.HasSuffix(ref, "#linked") {
			linked = append(linked, c.Name)
		} else if !has[ref] {
			t.Errorf("/%s lists %s, which the image does not have", bill, ref)
		}
	}
	slices.Sort(linked)
	if want := []string{"ca-certificates", "libjpeg62-turbo-dev", "libopenjp2-7-dev", "libwebp-dev"}; !slices.Equal(linked, want) {
		t.Errorf("/%s lists as linked %v, want %v", bill, linked, want)
	}
}

// checkContents holds the image to the C libraries and the server's own files.
func checkContents(t *testing.T, image *image) {
	var packages []string
	for name, h := range image.entries {
		switch {
		case path.Dir(name) == "var/lib/dpkg/status.d":
			packages = append(packages, path.Base(name))
		case h.Typeflag == tar.TypeReg && slices.Contains([]string{"bin", "sbin", "usr/bin", "usr/sbin"}, path.Dir(name)):
			t.Errorf("/%s is there, and nothing needs it", name)
		case h.Mode&0o6000 != 0 && h.Typeflag == tar.TypeReg:
			t.Errorf("/%s runs as another user: mode %o", name, h.Mode)
		case h.Mode&0o002 != 0 && h.Mode&0o1000 == 0 && h.Typeflag != tar.TypeSymlink:
			t.Errorf("/%s can be written by everybody: mode %o", name, h.Mode)
		}
	}
	slices.Sort(packages)
	if want := []string{"base-files", "gcc-12-base", "libc6", "libgcc-s1", "libstdc++6"}; !slices.Equal(packages, want) {
		t.Errorf("packages %v, want %v", packages, want)
	}
}
