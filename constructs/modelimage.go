package constructs

import (
	"fmt"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

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

func (m ModelImage) check(c *check) {
	const field = "modelSource.image"
	c.form(field+".reference", m.Reference, imageReference)
	if m.Reference != "" && pinned(m.Reference) != m.Reference {
		c.add(field+".reference", m.Reference, "a reference with a tag or digest", "add one, since a model without a version cannot be rolled back")
	}
	if m.PullPolicy != "" {
		oneOf(c, field+".pullPolicy", m.PullPolicy, "Always", "IfNotPresent", "Never")
	}
}

// deployment makes a Deployment whose volume of the model is the image. The
// types of Kubernetes 1.27 drop a field that they do not know, by patch too; so
// the object that they make gives way to one of the same id that has no types.
func (m ModelImage) deployment(scope constructs.Construct, id string, props *k8s.KubeDeploymentProps) k8s.KubeDeployment {
	typed := k8s.NewKubeDeployment(scope, &id, props).ToJson().(map[string]any)
	scope.Node().TryRemoveChild(&id)
	image := map[string]string{"reference": m.Reference}
	if m.PullPolicy != "" {
		image["pullPolicy"] = m.PullPolicy
	}
	index := slices.IndexFunc(*props.Spec.Template.Spec.Volumes, func(v *k8s.Volume) bool { return *v.Name == modelVolume })
	untyped := cdk8s.NewApiObject(scope, &id, &cdk8s.ApiObjectProps{
		ApiVersion: new("apps/v1"), Kind: new("Deployment"),
		Metadata: &cdk8s.ApiObjectMetadata{Name: props.Metadata.Name, Namespace: props.Metadata.Namespace},
	})
	untyped.AddJsonPatch(
		cdk8s.JsonPatch_Replace(new("/metadata"), typed["metadata"]),
		cdk8s.JsonPatch_Add(new("/spec"), typed["spec"]),
		cdk8s.JsonPatch_Add(new(fmt.Sprintf("/spec/template/spec/volumes/%d/image", index)), image),
	)
	return untyped
}
