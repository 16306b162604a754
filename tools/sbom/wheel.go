package main

import (
	"fmt"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// wheel returns the Python package whose METADATA a file holds.
func wheel(metadata string) (cdx.Component, error) {
	stanzas, err := readStanzas(metadata)
	if err != nil {
		return cdx.Component{}, fmt.Errorf("reading what ONNX Runtime was taken from: %w", err)
	}
	head := stanzas[0]
	if head["Name"] == "" || head["Version"] == "" {
		return cdx.Component{}, fmt.Errorf("%s has no Name and Version", metadata)
	}
	purl := "pkg:pypi/" + head["Name"] + "@" + escape(head["Version"])
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: head["Name"], Version: head["Version"], PackageURL: purl}, nil
}
