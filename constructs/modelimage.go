package constructs

import (
	"github.com/seed-74198975/rsclip/internal/contract"
)

// ModelImage is an OCI image whose root is a model folder. Nodes pull it as they
// pull the pods' image, with the same secrets. It needs a container runtime with
// image volumes, such as containerd 2.1, and Kubernetes 1.35 or newer; 1.33 and
// 1.34 need the feature gate ImageVolume besides, and 1.31 and 1.32 also a
// Namespace that enforces the baseline standard.
type ModelImage struct {
	// Reference names the image, by tag or digest. Required.
	Reference string `json:"reference,omitempty"`
	// PullPolicy is Always, IfNotPresent or Never. Default Kubernetes' own:
	// IfNotPresent for any tag but latest.
	PullPolicy string `json:"pullPolicy,omitempty"`
}

// imageFolder is where the volume is. A cluster that knows no image volumes drops
// it without a word; the server then finds nothing here, and says so, and does
// not serve a model that the pods' own image may have.
const imageFolder = contract.ModelFolder + "-image"

func (m ModelImage) check(c *check, field string) {
	c.form(field+".reference", m.Reference, imageReference)
	if m.Reference != "" && pinned(m.Reference) != m.Reference {
		c.add(field+".reference", m.Reference, "a reference with a tag or digest", "add one, since a model without a version cannot be rolled back")
	}
	if m.PullPolicy != "" {
		oneOf(c, field+".pullPolicy", m.PullPolicy, "Always", "IfNotPresent", "Never")
	}
}

// addTo makes the image a volume that there is by its name, in the manifest of a
// Deployment or a Job. The types of Kubernetes 1.27 do not know such volumes.
func (m ModelImage) addTo(manifest map[string]any, name string) {
	image := map[string]any{"reference": m.Reference}
	if m.PullPolicy != "" {
		image["pullPolicy"] = m.PullPolicy
	}
	pod := manifest["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	for _, volume := range pod["volumes"].([]any) {
		if volume := volume.(map[string]any); volume["name"] == name {
			volume["image"] = image
		}
	}
}
