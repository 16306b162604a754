package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// AccessMode is from how many nodes a volume is mounted.
type AccessMode string

// The access modes.
const (
	ReadWriteMany AccessMode = "ReadWriteMany" // from all, for network filesystems
	ReadOnlyMany  AccessMode = "ReadOnlyMany"  // from all, for volumes that are made full
	ReadWriteOnce AccessMode = "ReadWriteOnce" // from one, on which all pods must then run
)

// VolumeClaim is a PersistentVolumeClaim of the service's namespace.
type VolumeClaim struct {
	// Name is that of a claim which is made elsewhere. Default: one is made here,
	// by the name of the service and "-model", and goes when the manifests are
	// deleted.
	Name string `json:"name,omitempty"`
	// Size is what the claim that is made here asks for. Default "10Gi".
	Size string `json:"size,omitempty" number:"text"`
	// StorageClass is the class of the claim that is made here. Default the
	// cluster's own.
	StorageClass string `json:"storageClass,omitempty"`
	// AccessMode of the claim that is made here is ReadWriteMany, ReadOnlyMany or
	// ReadWriteOnce. Default ReadWriteMany: pods run on many nodes, and the first
	// of them, or a job, must write what the others read.
	AccessMode AccessMode `json:"accessMode,omitempty"`
	// SubPath is a folder of the volume, which is mounted in the root's place.
	// Default none.
	SubPath string `json:"subPath,omitempty"`
}

func (v VolumeClaim) withDefaults() *VolumeClaim {
	if v.Name == "" {
		setDefault(&v.Size, "10Gi")
		setDefault(&v.AccessMode, ReadWriteMany)
	}
	return &v
}

func (v VolumeClaim) check(c *check, field string) {
	if v.SubPath != "" {
		c.form(field+".subPath", v.SubPath, relativePath)
	}
	if v.Name == "" {
		c.bytes(field+".size", v.Size)
		oneOf(c, field+".accessMode", v.AccessMode, ReadWriteMany, ReadOnlyMany, ReadWriteOnce)
		if v.StorageClass != "" {
			c.form(field+".storageClass", v.StorageClass, objectName)
		}
		return
	}
	c.form(field+".name", v.Name, objectName)
	for _, unused := range []struct{ name, value string }{
		{"size", v.Size}, {"storageClass", v.StorageClass}, {"accessMode", string(v.AccessMode)},
	} {
		if unused.value != "" {
			c.add(field+"."+unused.name, unused.value, "left out beside name", "leave it out, since that claim has its own, or leave out name to make one here")
		}
	}
}

func (v VolumeClaim) spec() *k8s.PersistentVolumeClaimSpec {
	spec := &k8s.PersistentVolumeClaimSpec{
		AccessModes: &[]*string{new(string(v.AccessMode))},
		Resources:   &k8s.ResourceRequirements{Requests: &map[string]k8s.Quantity{"storage": quantity(v.Size)}},
	}
	if v.StorageClass != "" {
		spec.StorageClassName = &v.StorageClass
	}
	return spec
}

func (v VolumeClaim) volume(p RsclipModelServiceProps, readOnly bool) *k8s.Volume {
	name := v.Name
	setDefault(&name, p.Name+modelSuffix)
	source := &k8s.PersistentVolumeClaimVolumeSource{ClaimName: &name}
	if readOnly {
		source.ReadOnly = &readOnly
	}
	return &k8s.Volume{Name: new(modelVolume), PersistentVolumeClaim: source}
}

// addClaimVolume adds a volume of a claim to a pod, unless it has one, and returns its
// name. A pod with two volumes of one claim never starts.
func addClaimVolume(spec *k8s.PodSpec, claim, volume string, readOnly bool) string {
	for _, v := range *spec.Volumes {
		if there := v.PersistentVolumeClaim; there != nil && *there.ClaimName == claim {
			if !readOnly {
				there.ReadOnly = nil
			}
			return *v.Name
		}
	}
	source := &k8s.PersistentVolumeClaimVolumeSource{ClaimName: &claim}
	if readOnly {
		source.ReadOnly = &readOnly
	}
	*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: &volume, PersistentVolumeClaim: source})
	return volume
}

func (v VolumeClaim) mount(readOnly bool) *k8s.VolumeMount {
	m := modelMount(readOnly)
	if v.SubPath != "" {
		m.SubPath = &v.SubPath
	}
	return m
}

// modelMount mounts the model's volume where the image would have the model.
func modelMount(readOnly bool) *k8s.VolumeMount {
	m := &k8s.VolumeMount{Name: new(modelVolume), MountPath: new(contract.ModelFolder)}
	if readOnly {
		m.ReadOnly = &readOnly
	}
	return m
}
