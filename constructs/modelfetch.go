package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// ModelFetch says where an init container puts the model that it fetches, and
// how long it may take. The container is of the pods' image and has the server's
// cpu and memory, which a pod asks for only once. It leaves a sound model as it
// is, and waits where another pod is fetching into the same volume.
type ModelFetch struct {
	// SizeLimit bounds what fetching takes of the node's disk where there is no
	// Claim: the download and the model, which are there at the same time. A pod
	// that writes more is evicted. Default "10Gi".
	SizeLimit string `json:"sizeLimit,omitempty" number:"text"`
	// Claim keeps the model for other pods, which then do not fetch it again. A
	// model has a folder of its own there, so that pods of two versions live
	// side by side; nobody removes old ones. Its filesystem must have locks, as
	// NFS and CephFS have. Default none: every new pod fetches.
	Claim *VolumeClaim `json:"claim,omitempty"`
	// FetchSeconds is by how much longer a rollout may go without progress, 60 to
	// 86400. Default 1800.
	FetchSeconds int `json:"fetchSeconds,omitempty" zero:"60 to 86400"`
}

// fetcher is a choice of [ModelSource] that an init container carries out.
type fetcher interface {
	cache() ModelFetch
	// folder is the name of the model's folder, which no other model has.
	folder(model config.Model) string
	// args are those of the program that makes the folder.
	args(model config.Model, folder string) []string
	// secrets adds what the container needs to know besides.
	secrets(spec *k8s.PodSpec, container *k8s.Container)
}

// fetches are what init containers do, one after another.
func (p RsclipModelServiceProps) fetches() (out []fetcher) {
	if f := p.ModelSource.fetch(); f != nil {
		out = append(out, f)
	}
	if p.Index.Archive != nil {
		out = append(out, p.Index.Archive.asModel())
	}
	return out
}

// fetchSeconds is how long a pod may fetch before it starts.
func (p RsclipModelServiceProps) fetchSeconds() (sum int) {
	for _, f := range p.fetches() {
		sum += f.cache().FetchSeconds
	}
	return sum
}

func (f ModelFetch) withDefaults() ModelFetch {
	setDefault(&f.FetchSeconds, 1800)
	if f.Claim != nil {
		f.Claim = f.Claim.withDefaults()
	} else {
		setDefault(&f.SizeLimit, "10Gi")
	}
	return f
}

func (f ModelFetch) cache() ModelFetch { return f }

func (f ModelFetch) check(c *check, field string) {
	if f.FetchSeconds < 60 || f.FetchSeconds > 86400 {
		c.add(field+".fetchSeconds", f.FetchSeconds, "60 to 86400", "choose a value in that range, or leave it out for 1800")
	}
	if f.Claim == nil {
		c.bytes(field+".sizeLimit", f.SizeLimit)
		return
	}
	f.Claim.check(c, field+".claim")
	if f.Claim.AccessMode == ReadOnlyMany {
		c.add(field+".claim.accessMode", f.Claim.AccessMode, "ReadWriteMany or ReadWriteOnce", "choose one of them, since the model is written there")
	}
	if f.SizeLimit != "" {
		c.add(field+".sizeLimit", f.SizeLimit, "left out beside claim", "leave it out, or say claim.size")
	}
}

func (f ModelFetch) volume(p RsclipModelServiceProps) *k8s.Volume {
	if f.Claim != nil {
		return f.Claim.volume(p, false)
	}
	return &k8s.Volume{Name: new(modelVolume), EmptyDir: &k8s.EmptyDirVolumeSource{SizeLimit: quantity(f.SizeLimit)}}
}

func (f ModelFetch) mount(readOnly bool) *k8s.VolumeMount {
	if f.Claim != nil {
		return f.Claim.mount(readOnly)
	}
	return modelMount(readOnly)
}

// addFetch adds the init container, with the volume that it shares with the server's
// container, which must have its security context already. It returns the folder that it
// makes, in that of the mount.
func addFetch(f fetcher, p RsclipModelServiceProps, spec *k8s.PodSpec, server *k8s.Container, name, place string, mount func(readOnly bool) *k8s.VolumeMount) string {
	folder := place + "/" + f.folder(p.Model)
	init := &k8s.Container{
		Name:            &name,
		Image:           server.Image,
		ImagePullPolicy: server.ImagePullPolicy,
		Args:            pointersTo(f.args(p.Model, folder)),
		Env:             &[]*k8s.EnvVar{},
		Resources:       requirements(p.Resources, p.GPU, config.CPU, ""),
		SecurityContext: server.SecurityContext,
		VolumeMounts:    &[]*k8s.VolumeMount{mount(false)},
	}
	f.secrets(spec, init)
	if len(*init.Env) == 0 {
		init.Env = nil
	}
	if spec.InitContainers == nil {
		spec.InitContainers = &[]*k8s.Container{}
	}
	*spec.InitContainers = append(*spec.InitContainers, init)
	*server.VolumeMounts = append(*server.VolumeMounts, mount(true))
	if f.cache().Claim != nil {
		p.Security.share(spec)
	}
	return folder
}
