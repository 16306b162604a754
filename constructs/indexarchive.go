package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// IndexArchive is a .tar or .tar.gz of an index, on a web server or an object store. It
// is fetched as a [ModelArchive] is.
type IndexArchive struct {
	// URL is the archive's address, http or https, for anyone to read. Default
	// none: URLFrom has it.
	URL string `json:"url,omitempty"`
	// URLFrom is the entry of a Secret with the address, for one that is signed
	// or carries a password. Its key defaults to "url". Default none.
	URLFrom SecretKey `json:"urlFrom,omitzero"`
	// SHA256 is the archive's, which is unpacked only where it is right. Required.
	SHA256 string `json:"sha256,omitempty"`
	// SizeLimit bounds what fetching takes of the node's disk where there is no Claim:
	// the download and the index, which are there at the same time. Default "10Gi".
	SizeLimit string `json:"sizeLimit,omitempty" number:"text"`
	// Claim keeps the index for other pods. It is made elsewhere, and may be that of the
	// model. Its filesystem must have locks. Default none: every new pod fetches.
	Claim ClaimFolder `json:"claim,omitzero"`
	// FetchSeconds is by how much longer a rollout may go without progress, 60 to
	// 86400. Default 1800.
	FetchSeconds int `json:"fetchSeconds,omitempty" zero:"60 to 86400"`
}

// asModel is the same as an archive of a model, with defaults.
func (a IndexArchive) asModel() indexArchive {
	m := ModelArchive{URL: a.URL, URLFrom: a.URLFrom, SHA256: a.SHA256, ModelFetch: ModelFetch{SizeLimit: a.SizeLimit, FetchSeconds: a.FetchSeconds}}
	if a.Claim != (ClaimFolder{}) {
		m.Claim = &VolumeClaim{Name: a.Claim.Name, SubPath: a.Claim.SubPath}
	}
	return indexArchive{m.withDefaults()}
}

// indexArchive is an archive of an index as one of a model.
type indexArchive struct{ *ModelArchive }

func (a indexArchive) args(_ config.Model, folder string) []string {
	return a.fetchArgs(contract.FetchIndex, folder)
}

func (a indexArchive) secrets(_ *k8s.PodSpec, container *k8s.Container) {
	a.addURL(container, contract.IndexArchiveURLEnv)
}

func (a IndexArchive) check(c *check, p RsclipModelServiceProps) {
	const field = "index.archive"
	if a.Claim != (ClaimFolder{}) && a.Claim.Name == "" {
		a.Claim.check(c, field+".claim")
		return
	}
	a.asModel().check(c, field, p)
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
