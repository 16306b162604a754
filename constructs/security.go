package constructs

import (
	"math"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// PodSecurity is a Pod Security Standard of Kubernetes.
type PodSecurity string

// The Pod Security Standards.
const (
	Restricted PodSecurity = "restricted" // what the pods of a service pass
	Baseline   PodSecurity = "baseline"   // for a neighbour or a sidecar that needs more
	Privileged PodSecurity = "privileged" // no limit
)

// Security says as whom the container runs and where it may write. Whatever
// stands here, the pods pass the restricted Pod Security Standard: no root, no
// capabilities, no new privileges, and the runtime's seccomp profile.
type Security struct {
	// RunAsUser is the user of the container's processes, 1 to 2147483647; -1
	// leaves it to the cluster, as OpenShift wants, or to the image, whose USER
	// must then be a number and not root's. Default 65532.
	RunAsUser int `json:"runAsUser,omitempty" zero:"1 to 2147483647, or -1"`
	// RunAsGroup is their group, 1 to 2147483647; -1 leaves it to the cluster or
	// the image. Default 65532.
	RunAsGroup int `json:"runAsGroup,omitempty" zero:"1 to 2147483647, or -1"`
	// WritableRoot lets the container write to its root filesystem, as some
	// hooks of NVIDIA's container runtime want. Default false: it is read-only,
	// but for /tmp.
	WritableRoot bool `json:"writableRoot,omitempty"`
	// TemporaryStorage bounds /tmp, which is on the node's disk; a pod that
	// writes more is evicted. Default "1Gi".
	TemporaryStorage string `json:"temporaryStorage,omitempty" number:"text"`
	// NamespaceEnforces is the Pod Security Standard that the Namespace enforces,
	// where it is made here: restricted, baseline or privileged. Default
	// restricted. The init container of a service mesh may need privileged.
	NamespaceEnforces PodSecurity `json:"namespaceEnforces,omitempty"`
}

const (
	// nobody is the image's own user and group.
	nobody = 65532
	// asFound leaves a user or group to the cluster or the image.
	asFound = -1

	enforceLabel = "pod-security.kubernetes.io/enforce"
)

func (s Security) withDefaults() Security {
	setDefault(&s.RunAsUser, nobody)
	setDefault(&s.RunAsGroup, nobody)
	setDefault(&s.TemporaryStorage, "1Gi")
	setDefault(&s.NamespaceEnforces, Restricted)
	return s
}

func (s Security) check(c *check) {
	if s.RunAsUser != asFound {
		c.upTo("security.runAsUser", s.RunAsUser, math.MaxInt32)
	}
	if s.RunAsGroup != asFound {
		c.upTo("security.runAsGroup", s.RunAsGroup, math.MaxInt32)
	}
	c.bytes("security.temporaryStorage", s.TemporaryStorage)
	oneOf(c, "security.namespaceEnforces", s.NamespaceEnforces, Restricted, Baseline, Privileged)
}

// render adds to a pod what it may not do, and the place where it may write.
func (s Security) render(spec *k8s.PodSpec, container *k8s.Container) {
	spec.SecurityContext = &k8s.PodSecurityContext{
		RunAsNonRoot:   new(true),
		SeccompProfile: &k8s.SeccompProfile{Type: new("RuntimeDefault")},
	}
	if s.RunAsUser != asFound {
		spec.SecurityContext.RunAsUser = new(float64(s.RunAsUser))
	}
	if s.RunAsGroup != asFound {
		spec.SecurityContext.RunAsGroup = new(float64(s.RunAsGroup))
	}
	container.SecurityContext = &k8s.SecurityContext{
		AllowPrivilegeEscalation: new(false),
		Capabilities:             &k8s.Capabilities{Drop: &[]*string{new("ALL")}},
		ReadOnlyRootFilesystem:   new(!s.WritableRoot),
	}
	const volume = "tmp"
	*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(volume), EmptyDir: &k8s.EmptyDirVolumeSource{
		SizeLimit: quantity(s.TemporaryStorage),
	}})
	*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{Name: new(volume), MountPath: new("/tmp")})
}

// share lets the container write to claims, whose roots are root's unless they are
// made the group's.
func (s Security) share(spec *k8s.PodSpec) {
	if s.RunAsGroup != asFound {
		spec.SecurityContext.FsGroup = new(float64(s.RunAsGroup))
		spec.SecurityContext.FsGroupChangePolicy = new("OnRootMismatch")
	}
}
