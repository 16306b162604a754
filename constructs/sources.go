package constructs

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/seed-74198975/rsclip/internal/contract"
)

const (
	maxSources = 10_000
	// maxSourceBytes leaves room in the 262,144 bytes that all annotations of an object
	// may have: `kubectl apply` writes the object into one.
	maxSourceBytes = 200 << 10
)

// sources refuses lists that no ConfigMap holds, and what the pods of an index job, with a
// claim of scenes or without, cannot read.
func (c *check) sources(sources []string, scenes bool) {
	if len(sources) > maxSources {
		c.add("sources", len(sources), "at most 10,000", "write a list into the claim of scenes, and name it by images")
	}
	if written, _ := json.Marshal(strings.Join(sources, "\n")); len(written) > maxSourceBytes {
		c.add("sources", len(written), fmt.Sprintf("at most %d bytes as JSON, which kubectl apply notes beside the object", maxSourceBytes), "write a list into the claim of scenes, and name it by images")
	}
	for i, source := range sources {
		c.source(fmt.Sprintf("sources[%d]", i), source, scenes)
	}
}

// source refuses what `rsclip index` cannot read in a pod of the job. It shows no more
// than the scheme of an address, which may have secrets in it.
func (c *check) source(field, source string, scenes bool) {
	if source == "" || strings.ContainsAny(source, "\r\n") || strings.TrimSpace(source) != source {
		c.add(field, source, "a path or an address", "write one an entry, without white space around it")
		return
	}
	if scheme, _, ok := strings.Cut(source, "://"); ok && !strings.Contains(scheme, "/") {
		u, err := url.Parse(source)
		switch {
		case scheme != "http" && scheme != "https":
			c.add(field, scheme+"://...", "an absolute path, or an http or https address", "have the store sign an https address, or mount the scenes")
		case err != nil || u.Hostname() == "":
			c.add(field, scheme+"://...", "an address with a host", `write it like "https://scenes.example/a.tif"`)
		case u.User != nil:
			c.add(field, scheme+"://...", "without a user or a password, which everyone who reads the ConfigMap would see", "have the store sign an address, or mount the scenes")
		}
		return
	}
	below := source == contract.ScenesFolder || strings.HasPrefix(source, contract.ScenesFolder+"/")
	switch {
	case path.Clean(source) != source || !path.IsAbs(source):
		c.add(field, source, "an absolute path without . and .., or an http or https address", `write it like "`+contract.ScenesFolder+`/2024/a.tif"`)
	case below && !scenes:
		c.add(field, source, "below a folder that the pods have", "name the claim with the scenes by scenes, or write addresses")
	}
}
