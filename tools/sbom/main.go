// Command sbom writes what an image holds, as a CycloneDX bill of materials in
// JSON: the Go modules of its server, its Debian packages, ONNX Runtime, the
// packages whose files were linked or copied in, and every file below /app.
//
//	sbom [-version V] [-linked PACKAGE,...] ROOT > sbom.cdx.json
//
// ROOT is the image's tree. The packages of -linked are looked up among those of
// the system on which sbom runs, which must be that of the build. The same tree
// gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	version := flag.String("version", "dev", "version of the image")
	linked := flag.String("linked", "", "Debian packages of the build whose files are in the image, such as static libraries, by commas")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: sbom [-version V] [-linked PACKAGE,...] ROOT")
		os.Exit(2)
	}
	packages := strings.FieldsFunc(*linked, func(r rune) bool { return r == ',' })
	if err := write(os.Stdout, flag.Arg(0), *version, "/", packages); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// write describes the tree at root, with the packages that were linked from the
// system at build.
func write(w io.Writer, root, version, build string, linked []string) error {
	var components []cdx.Component
	modules, err := modulesOf(filepath.Join(root, "app/bin/rsclip"))
	if err != nil {
		return err
	}
	components = append(components, modules...)
	runtime, err := wheel(filepath.Join(root, "app/licenses/onnxruntime/METADATA"))
	if err != nil {
		return err
	}
	components = append(components, runtime)
	static, err := linkedPackages(build, linked)
	if err != nil {
		return err
	}
	components = append(components, static...)
	system, err := installedPackages(root)
	if err != nil {
		return err
	}
	components = append(components, system...)
	files, err := filesBelow(root, "app")
	if err != nil {
		return err
	}
	components = append(components, files...)

	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &cdx.Component{
		BOMRef: "rsclip", Type: cdx.ComponentTypeContainer, Name: "rsclip", Version: version,
		Licenses: &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}},
	}}
	bom.Components = &components
	// Scanners read 1.6; not all read what came after it.
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}
