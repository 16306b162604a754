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
	// Key is the entry's. Default what the mapping's own row says, or else "keys".
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
func (s SecretKey) withDefaults(key string) SecretKey {
	if s.Name != "" {
		setDefault(&s.Key, key)
	}
	return s
}

// checkForm refuses what names no entry.
func (s SecretKey) checkForm(c *check, field string) {
	c.form(field+".name", s.Name, objectName)
	if s.Name != "" {
		c.form(field+".key", s.Key, secretEntry)
	}
}

// check is for a key of which the server is told to read the file.
func (s SecretKey) check(c *check, file string) {
	if s == (SecretKey{}) {
		return
	}
	s.checkForm(c, "apiKeys")
	if s.Name != "" && file != keysFolder+"/"+keysFile {
		c.add("app.server.api_keys_file", file, "left out beside apiKeys", "leave out one of the two")
	}
}

// render mounts the API keys, if there are any.
func (s SecretKey) render(spec *k8s.PodSpec, container *k8s.Container) {
	if s.Name != "" {
		s.mount(spec, container, "api-keys", keysFolder, keysFile)
	}
}

// env is a variable with the entry.
func (s SecretKey) env(name string) *k8s.EnvVar {
	return &k8s.EnvVar{Name: &name, ValueFrom: &k8s.EnvVarSource{SecretKeyRef: &k8s.SecretKeySelector{Name: &s.Name, Key: &s.Key}}}
}

// mount mounts the entry as a file of a folder.
func (s SecretKey) mount(spec *k8s.PodSpec, container *k8s.Container, volume, folder, file string) {
	*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: &volume, Secret: &k8s.SecretVolumeSource{
		SecretName: &s.Name, Items: &[]*k8s.KeyToPath{{Key: &s.Key, Path: &file}},
	}})
	*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{Name: &volume, MountPath: &folder, ReadOnly: new(true)})
}
