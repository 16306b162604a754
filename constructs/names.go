package constructs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// DefaultName is the name of a service that has no other. It is spelled so on
// purpose: objects of this name are deployed, and a name is contract.
const DefaultName = "git-rscilp"

// syntax is the form of a name, in Kubernetes' terms.
type syntax struct {
	pattern      *regexp.Regexp
	limit        int // characters
	allowed, fix string
}

// longestSuffix is the longest that follows a service's name in an object's name.
const longestSuffix = "-adapter-rules"

var (
	// applicationName begins as a Service's name must (RFC 1035), and leaves
	// room for the suffixes in the 63 characters of a label.
	applicationName = syntax{
		regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`), 63 - len(longestSuffix),
		"a DNS label of at most 49 characters", "use lower-case letters, digits and '-', a letter first and no '-' last",
	}
	namespaceName = syntax{
		regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`), 63,
		"a DNS label of at most 63 characters", "use lower-case letters, digits and '-', neither first nor last a '-'",
	}
	objectName = syntax{
		regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`), 253,
		"the name of an object", "use lower-case letters, digits, '-' and '.', as in its metadata.name",
	}
	extendedResource = syntax{
		regexp.MustCompile(`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`), 253,
		"a resource that a device plugin advertises", `write it like "nvidia.com/gpu"`,
	}
	imageReference = syntax{
		regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*` +
			`(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:` + contract.SHA256Digits + `)?$`), 512,
		"an image reference", `write it like "registry.example/team/git-rscilp:1.2.3", or leave it out for the default`,
	}
	// otherImage is that of a container beside the server's, which has no default.
	otherImage = syntax{imageReference.pattern, imageReference.limit, imageReference.allowed, `write it like "registry.example/team/logs:1.2.3"`}
	labelKey   = syntax{
		regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`), 317,
		"a label's key", `write it like "release" or "example.com/team"`,
	}
	labelValue = syntax{
		regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`), 63,
		"a label's value of at most 63 characters", "use letters, digits, '-', '_' and '.'",
	}
	// nodeLabelValue is a label's value that is not empty.
	nodeLabelValue = syntax{
		regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`), 63,
		"a node label's value of 1 to 63 characters", "copy it from `kubectl get nodes --show-labels`",
	}
	hostname = syntax{
		regexp.MustCompile(`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`), 253,
		"a host's name", `write it like "rsclip.example.com" or "*.example.com", without scheme, port and path`,
	}
	absolutePath = syntax{
		regexp.MustCompile(`^(/[-A-Za-z0-9._]+)+$`), 1024,
		"an absolute path", `write it like "/app/model"`,
	}
	relativePath = syntax{
		regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9._]*(/[A-Za-z0-9][-A-Za-z0-9._]*)*$`), 1024,
		"a path below the volume's root", `write it like "models/git-rsclip"`,
	}
	pathPattern = syntax{
		regexp.MustCompile(`^[-A-Za-z0-9._*?]+(/[-A-Za-z0-9._*?]+)*$`), 1024,
		"a path or pattern below the volume's root", `write it like "2024/*.tif"`,
	}
	// promLabel is a label of a series or an alert that Prometheus does not keep for itself.
	promLabel = syntax{
		regexp.MustCompile(`^_?[a-zA-Z][a-zA-Z0-9_]*$`), 128,
		"a label's name in Prometheus", `write it like "team": letters, digits and "_", no digit first and no "__"`,
	}
	promDuration = syntax{
		regexp.MustCompile(`^([1-9][0-9]*h)?([1-9][0-9]*m)?([1-9][0-9]*s)?([1-9][0-9]*ms)?$`), 32,
		"a duration above zero", `write it like "30s" or "1m30s"`,
	}
)

// form refuses a value that has not the form.
func (c *check) form(field, value string, s syntax) {
	switch {
	case !s.pattern.MatchString(value):
		c.add(field, value, s.allowed, s.fix)
	case len(value) > s.limit:
		c.add(field, value, s.allowed, fmt.Sprintf("make it shorter by %d", len(value)-s.limit))
	}
}

// labels refuses keys and values that no label can have.
func (c *check) labels(field string, labels map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		c.form(field, key, labelKey)
		c.form(field+"."+key, labels[key], labelValue)
	}
}

// hostnames refuses what no request has as its host, repetitions, and more than
// a route may have.
func (c *check) hostnames(field string, names []string) {
	if len(names) > 16 {
		c.add(field, len(names), "at most 16", "make a second route")
	}
	for i, name := range names {
		c.form(fmt.Sprintf("%s[%d]", field, i), name, hostname)
		if slices.Index(names, name) != i {
			c.add(fmt.Sprintf("%s[%d]", field, i), name, "another than the ones before", "leave it out")
		}
	}
}

// pinned returns the reference with this version's tag where it has none.
func pinned(image string) string {
	if strings.Contains(image[strings.LastIndex(image, "/")+1:], ":") {
		return image // a tag, or a digest's "sha256:"
	}
	return image + ":" + Version
}
