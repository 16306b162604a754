package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// indexArchive is an archive of an index, which is fetched as a model's is.
type indexArchive struct{ *ModelArchive }

func (a indexArchive) args(_ config.Model, folder string) []string {
	return a.fetchArgs(contract.FetchIndex, folder)
}

func (a indexArchive) secrets(_ *k8s.PodSpec, container *k8s.Container) {
	a.addURL(container, contract.IndexArchiveURLEnv)
}

func (a indexArchive) check(c *check, p RsclipModelServiceProps) {
	const field = "index.archive"
	a.ModelArchive.check(c, field, p)
	if a.Claim != nil && a.Claim.Name == "" {
		c.add(field+".claim.name", "", "the name of a claim", "name one that is made elsewhere, such as the model's, or leave out claim")
	}
}

// render fetches the archive before the server begins, and returns the folder of the
// index. A claim that the pod has for its model is mounted again.
func (a indexArchive) render(p RsclipModelServiceProps, spec *k8s.PodSpec, container *k8s.Container) string {
	volume := indexVolume
	if a.Claim != nil {
		volume = addClaimVolume(spec, a.Claim.Name, indexVolume, false)
	} else {
		*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: &volume, EmptyDir: &k8s.EmptyDirVolumeSource{SizeLimit: quantity(a.SizeLimit)}})
	}
	return addFetch(a, p, spec, container, fetchIndexContainer, contract.IndexFolder, func(readOnly bool) *k8s.VolumeMount {
		m := &k8s.VolumeMount{Name: &volume, MountPath: new(contract.IndexFolder)}
		if readOnly {
			m.ReadOnly = &readOnly
		}
		if a.Claim != nil && a.Claim.SubPath != "" {
			m.SubPath = &a.Claim.SubPath
		}
		return m
	})
}
