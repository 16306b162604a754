package constructs

import (
	"regexp"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// SecretKey is one entry of a Secret of the namespace that is made elsewhere:
// no secret is ever part of a manifest.
type SecretKey struct {
	// Name is the Secret's. Required.
	Name string `json:"name"`
	// Key is the entry's. Default "keys".
	Key string `json:"key,omitempty"`
}

// Where the container finds the API keys. The whole folder is mounted, because a
// file alone would never see a Secret's change.
const (
	keysFolder = "/etc/rsclip/keys"
	keysFile   = "keys"
)

var secretEntry = syntax{
	regexp.MustCompile(`^[-._a-zA-Z0-9]+$`), 253,
	"a key of a Secret", "use letters, digits, '-', '_' and '.', as in its data",
}

// withDefaults leaves what names no Secret as it is.
func (s SecretKey) withDefaults() SecretKey {
	if s.Name != "" {
		setDefault(&s.Key, keysFile)
	}
	return s
}

// check is for a key of which the server is told to read the file.
func (s SecretKey) check(c *check, file string) {
	if s == (SecretKey{}) {
		return
	}
	c.form("apiKeys.name", s.Name, objectName)
	if s.Name != "" {
		c.form("apiKeys.key", s.Key, secretEntry)
	}
	if s.Name != "" && file != keysFolder+"/"+keysFile {
		c.add("app.server.api_keys_file", file, "left out beside apiKeys", "leave out one of the two")
	}
}

// render mounts the entry as a file, if there is one.
func (s SecretKey) render(spec *k8s.PodSpec, container *k8s.Container) {
	if s.Name == "" {
		return
	}
	const volume = "api-keys"
	*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(volume), Secret: &k8s.SecretVolumeSource{
		SecretName: &s.Name, Items: &[]*k8s.KeyToPath{{Key: &s.Key, Path: new(keysFile)}},
	}})
	*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{
		Name: new(volume), MountPath: new(keysFolder), ReadOnly: new(true),
	})
}
