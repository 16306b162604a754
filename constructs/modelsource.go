package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// ModelSource says where the model folder comes from. One field is set, or none
// where the folder lies in the image.
type ModelSource struct {
	// Path is where in the image the folder lies. Default "/app/model".
	Path string `json:"path,omitempty"`
	// Claim is a PersistentVolumeClaim with the folder, which the pods only read.
	// One that is made here is filled by whoever mounts it besides; until then
	// the pods restart, and say that the folder is not there. Default none.
	Claim *VolumeClaim `json:"claim,omitempty"`
	// Hub is a hub's repository, of which an init container makes the folder.
	// Default none.
	Hub *ModelHub `json:"hub,omitempty"`
	// Image is an OCI image that is mounted as the folder. Default none.
	Image *ModelImage `json:"image,omitempty"`
	// Archive is an archive of the folder, which an init container fetches.
	// Default none.
	Archive *ModelArchive `json:"archive,omitempty"`
}

const (
	// modelVolume names the volume, and modelSuffix ends the name of its claim.
	modelVolume = "model"
	modelSuffix = "-model"
)

func (m ModelSource) withDefaults() ModelSource {
	if m == (ModelSource{}) {
		m.Path = contract.ModelFolder
	}
	if m.Claim != nil {
		m.Claim = m.Claim.withDefaults()
	}
	if m.Hub != nil {
		m.Hub = m.Hub.withDefaults()
	}
	if m.Archive != nil {
		m.Archive = m.Archive.withDefaults()
	}
	return m
}

func (m ModelSource) check(c *check, p RsclipModelServiceProps) {
	var choices []string
	if m.Path != "" {
		choices = append(choices, "path")
		c.form("modelSource.path", m.Path, absolutePath)
	}
	if m.Claim != nil {
		choices = append(choices, "claim")
		m.Claim.check(c, "modelSource.claim")
	}
	if m.Hub != nil {
		choices = append(choices, "hub")
		m.Hub.check(c, p)
	}
	if m.Image != nil {
		choices = append(choices, "image")
		m.Image.check(c, "modelSource.image")
	}
	if m.Archive != nil {
		choices = append(choices, "archive")
		m.Archive.check(c, "modelSource.archive", p)
	}
	if len(choices) > 1 {
		c.add("modelSource", strings.Join(choices, ", "), "one of path, claim, hub, image and archive", "keep one of them")
	}
}

// fetch returns what the init container does, or nil where there is none.
func (m ModelSource) fetch() fetcher {
	switch {
	case m.Hub != nil:
		return m.Hub
	case m.Archive != nil:
		return m.Archive
	}
	return nil
}

// claim returns the claim that is to be mounted, or nil.
func (m ModelSource) claim() *VolumeClaim {
	if f := m.fetch(); f != nil {
		return f.cache().Claim
	}
	return m.Claim
}

// render lets the server's container find the model, and fetches it before
// where it is to be fetched.
func (m ModelSource) render(p RsclipModelServiceProps, spec *k8s.PodSpec, container *k8s.Container) {
	folder := m.Path
	switch f := m.fetch(); {
	case f != nil:
		folder = addFetch(f, p, spec, container, fetchContainer, contract.ModelFolder, func(readOnly bool) *k8s.VolumeMount { return f.cache().mount(readOnly) })
		*spec.Volumes = append(*spec.Volumes, f.cache().volume(p))
	case m.Claim != nil:
		*spec.Volumes = append(*spec.Volumes, m.Claim.volume(p, true))
		*container.VolumeMounts = append(*container.VolumeMounts, m.Claim.mount(true))
	case m.Image != nil:
		folder = imageFolder
		*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(modelVolume)})
		*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{
			Name: new(modelVolume), MountPath: &folder, ReadOnly: new(true),
		})
	}
	if folder != "" && folder != contract.ModelFolder {
		*container.Env = append(*container.Env, &k8s.EnvVar{Name: new(contract.ModelPathEnv), Value: &folder})
	}
}

// addClaim makes the claim, unless there is none or it is made elsewhere.
func (m ModelSource) addClaim(p RsclipModelServiceProps, scope constructs.Construct) cdk8s.ApiObject {
	claim := m.claim()
	if claim == nil || claim.Name != "" {
		return nil
	}
	return newObject(scope, "ModelClaim", p, k8s.KubePersistentVolumeClaim_Manifest(&k8s.KubePersistentVolumeClaimProps{
		Metadata: p.metadata(modelSuffix), Spec: claim.spec(),
	}))
}
