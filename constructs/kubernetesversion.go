package constructs

import (
	"regexp"
	"strconv"
	"strings"
)

// defaultKubernetes is the oldest release for which the optional fields are
// written. Those of the default props are known to 1.23.
const defaultKubernetes = "1.27"

var kubernetesRelease = syntax{
	regexp.MustCompile(`^1\.(2[3-9]|[3-9][0-9])$`), 4,
	"a release of Kubernetes from 1.23 on", `write it like "1.31", as text, without the patch`,
}

// minorVersion is the second number of the release, or 0 if it is none.
func (p RsclipModelServiceProps) minorVersion() int {
	minor, _ := strconv.Atoi(strings.TrimPrefix(p.KubernetesVersion, "1."))
	return minor
}
