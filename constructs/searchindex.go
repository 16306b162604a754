package constructs

import (
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// SearchIndex says where the index lies from which the service answers searches, as
// `rsclip index` or an [RsclipIndexJob] makes it: one of Claim, Image, Archive and Engine. Pods
// begin when a claim has its first file, and take in what is added.
type SearchIndex struct {
	// Claim is a folder of a PersistentVolumeClaim with the index, which the pods only
	// read. Default none.
	Claim ClaimFolder `json:"claim,omitzero"`
	// Image is an OCI image whose root is the index, as [ModelImage] says. Default none.
	Image *ModelImage `json:"image,omitempty"`
	// Archive is an archive of the index, which an init container fetches. Default none.
	Archive *IndexArchive `json:"archive,omitempty"`
	// Engine is a search engine that has the index. Default none.
	Engine *SearchEngine `json:"engine,omitempty"`
	// Scenes is a folder of a claim with the scenes of the index, which is mounted
	// read-only at /app/scenes, where the job has it, too. The service cuts the pictures
	// of hits out of them. Default none: pictures are those of sources at addresses.
	Scenes ClaimFolder `json:"scenes,omitzero"`
}

// ClaimFolder is a folder of a PersistentVolumeClaim of the namespace that is made
// elsewhere.
type ClaimFolder struct {
	// Name is the claim's. Required.
	Name string `json:"name"`
	// SubPath is the folder. Default the root.
	SubPath string `json:"subPath,omitempty"`
}

const (
	indexVolume  = "index"
	scenesVolume = "scenes"
)

// isThere tells whether the service answers searches, from an index or an engine.
func (x SearchIndex) isThere() bool { return x != (SearchIndex{}) }

// inFolder tells whether the pods open the index themselves.
func (x SearchIndex) inFolder() bool { return x.isThere() && x.Engine == nil }

func (x SearchIndex) check(c *check, p RsclipModelServiceProps) {
	var choices []string
	if x.Claim != (ClaimFolder{}) {
		choices = append(choices, "claim")
		x.Claim.check(c, "index.claim")
	}
	if x.Image != nil {
		choices = append(choices, "image")
		x.Image.check(c, "index.image")
	}
	if x.Archive != nil {
		choices = append(choices, "archive")
		x.Archive.check(c, p)
	}
	if x.Engine != nil {
		choices = append(choices, "engine")
		x.Engine.check(c, "index.engine", p.Namespace, p.NetworkPolicy)
	}
	if len(choices) > 1 {
		c.add("index", strings.Join(choices, ", "), "one of claim, image, archive and engine", "keep one of them")
	}
	if x.Scenes != (ClaimFolder{}) {
		x.Scenes.check(c, "index.scenes")
		if len(choices) == 0 {
			c.add("index.scenes", x.Scenes.Name, "left out without an index", "name the index by index.claim, index.image, index.archive or index.engine, or leave it out")
		}
	}
}

func (f ClaimFolder) check(c *check, field string) {
	c.form(field+".name", f.Name, objectName)
	if f.SubPath != "" {
		c.form(field+".subPath", f.SubPath, relativePath)
	}
}

// mount mounts the folder, if there is one.
func (f ClaimFolder) mount(spec *k8s.PodSpec, container *k8s.Container, volume, folder string, readOnly bool) {
	if f.Name == "" {
		return
	}
	m := &k8s.VolumeMount{Name: new(addClaimVolume(spec, f.Name, volume, readOnly)), MountPath: &folder}
	if f.SubPath != "" {
		m.SubPath = &f.SubPath
	}
	if readOnly {
		m.ReadOnly = &readOnly
	}
	*container.VolumeMounts = append(*container.VolumeMounts, m)
}

// render lets the server's container find the index, if there is one.
func (x SearchIndex) render(p RsclipModelServiceProps, spec *k8s.PodSpec, container *k8s.Container) {
	folder := contract.IndexFolder
	switch {
	case x.Archive != nil:
		folder = x.Archive.asModel().render(p, spec, container)
	case x.Claim.Name != "":
		x.Claim.mount(spec, container, indexVolume, contract.IndexFolder, true)
	case x.Image != nil:
		*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(indexVolume)})
		*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{
			Name: new(indexVolume), MountPath: new(contract.IndexFolder), ReadOnly: new(true),
		})
	case x.Engine != nil:
		*container.Env = append(*container.Env, x.Engine.env()...)
	default:
		return
	}
	x.Scenes.mount(spec, container, scenesVolume, contract.ScenesFolder, true)
	if x.Engine == nil {
		*container.Env = append(*container.Env, &k8s.EnvVar{Name: new(contract.IndexPathEnv), Value: &folder})
	}
}
