package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TLSSecret is a Secret of the type kubernetes.io/tls that is made elsewhere in
// the namespace, as by cert-manager.
type TLSSecret struct {
	// SecretName is the Secret's. Required.
	SecretName string `json:"secretName,omitempty"`
	// AuthorityKey is the Secret's entry with the authority that signed the
	// certificate, often "ca.crt". By it Prometheus checks that the certificate
	// is for NAME-service.NAMESPACE.svc, where the metrics have no port of their
	// own. Default none: Prometheus takes any certificate.
	AuthorityKey string `json:"authorityKey,omitempty"`
}

// Where the container finds the certificate and its key. The whole folder is
// mounted, because a file alone would never see a renewal.
const (
	tlsFolder          = "/etc/rsclip/tls"
	tlsCertificateFile = tlsFolder + "/tls.crt"
	tlsKeyFile         = tlsFolder + "/tls.key"
)

// settings returns what the server is told, unless it is told otherwise.
func (t TLSSecret) settings(told *config.TLS) *config.TLS {
	if t.SecretName == "" || told != nil {
		return told
	}
	return &config.TLS{CertFile: tlsCertificateFile, KeyFile: tlsKeyFile}
}

// check is for a Secret of which the server is told to read the files.
func (t TLSSecret) check(c *check, told *config.TLS) {
	if t == (TLSSecret{}) {
		return
	}
	c.form("tls.secretName", t.SecretName, objectName)
	if t.AuthorityKey != "" {
		c.form("tls.authorityKey", t.AuthorityKey, secretEntry)
	}
	if t.SecretName != "" && *told != *t.settings(nil) {
		c.add("app.server.tls", told.CertFile, "left out beside tls", "leave out one of the two")
	}
}

// render mounts the Secret, if there is one.
func (t TLSSecret) render(spec *k8s.PodSpec, container *k8s.Container) {
	if t.SecretName == "" {
		return
	}
	const volume = "tls"
	*spec.Volumes = append(*spec.Volumes, &k8s.Volume{
		Name: new(volume), Secret: &k8s.SecretVolumeSource{SecretName: &t.SecretName},
	})
	*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{
		Name: new(volume), MountPath: new(tlsFolder), ReadOnly: new(true),
	})
}
