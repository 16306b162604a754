package constructs

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// Pods is what a site adds to the pods of a service. Its lists are written as
// Kubernetes has them in a pod, of whatever version: what the cluster knows holds.
type Pods struct {
	// Labels are more labels of the pods. Default none.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are more annotations of the pods. Default none.
	Annotations map[string]string `json:"annotations,omitempty"`
	// Env are more variables of the server and of what fetches its model, such as
	// HTTPS_PROXY. Default none.
	Env []map[string]any `json:"env,omitempty"`
	// EnvFrom are Secrets and ConfigMaps whose entries are variables of both.
	// Default none.
	EnvFrom []map[string]any `json:"envFrom,omitempty"`
	// CABundle has the certificates of a site's own authorities. Default none.
	CABundle CABundle `json:"caBundle,omitzero"`
	// Volumes are more volumes. Default none.
	Volumes []map[string]any `json:"volumes,omitempty"`
	// VolumeMounts are where the server has them. Default none.
	VolumeMounts []map[string]any `json:"volumeMounts,omitempty"`
	// InitContainers run before the model is fetched. One with restartPolicy
	// Always is a sidecar that starts first and ends last, which needs a
	// kubernetesVersion of 1.29. Default none.
	InitContainers []map[string]any `json:"initContainers,omitempty"`
	// Sidecars are containers beside the server. One that says no securityContext
	// gets the server's, as does an init container. Default none.
	Sidecars []map[string]any `json:"sidecars,omitempty"`
	// ResourceClaims are claims of dynamic resource allocation, which the server's
	// container uses in the place of GPUs of a device plugin. Default none.
	ResourceClaims []map[string]any `json:"resourceClaims,omitempty"`
	// Affinity is the pods' affinity, in the place of what scheduling and gpu
	// would write of it. Default none.
	Affinity map[string]any `json:"affinity,omitempty"`
	// SchedulerName names a scheduler. Default the cluster's.
	SchedulerName string `json:"schedulerName,omitempty"`
}

// CABundle is an entry with certificates in PEM of a ConfigMap or a Secret of the
// namespace. The server and what fetches its model trust these beside the image's
// own, where the image has those as files of /etc/ssl/certs.
type CABundle struct {
	// ConfigMap names a ConfigMap, as trust-manager makes them. Default none.
	ConfigMap string `json:"configMap,omitempty"`
	// SecretName names a Secret instead. Default none.
	SecretName string `json:"secretName,omitempty"`
	// Key is the entry. Default "ca.crt".
	Key string `json:"key,omitempty"`
}

const (
	caVolume = "ca-bundle"
	caFolder = "/etc/rsclip/ca"
	caFile   = "ca.crt"
	// caEnv is what Go's TLS asks for the file of certificates.
	caEnv = "SSL_CERT_FILE"

	fetchContainer      = "fetch-model"
	fetchIndexContainer = "fetch-index"
)

func (b CABundle) isSet() bool { return b != CABundle{} }

func (b CABundle) withDefaults() CABundle {
	if b.isSet() {
		setDefault(&b.Key, caFile)
	}
	return b
}

func (b CABundle) check(c *check) {
	if !b.isSet() {
		return
	}
	if (b.ConfigMap == "") == (b.SecretName == "") {
		c.add("pods.caBundle", b.ConfigMap+b.SecretName, "one of configMap and secretName", "name the one that has the certificates")
		return
	}
	if b.ConfigMap != "" {
		c.form("pods.caBundle.configMap", b.ConfigMap, objectName)
	} else {
		c.form("pods.caBundle.secretName", b.SecretName, objectName)
	}
	c.form("pods.caBundle.key", b.Key, secretEntry)
}

func (p Pods) check(c *check, service RsclipModelServiceProps) {
	c.labels("pods.labels", p.Labels)
	if value, ok := p.Labels[appLabel]; ok {
		c.add("pods.labels."+appLabel, value, "left out", "set name, which is its value")
	}
	c.annotations("pods.annotations", p.Annotations)
	if value, ok := p.Annotations[checksumAnnotation]; ok {
		c.add("pods.annotations."+checksumAnnotation, value, "left out", "leave it out, since it is made of the configuration")
	}
	p.CABundle.check(c)
	env := []string{contract.ModelConfigEnv, contract.AppConfigEnv, contract.ModelPathEnv, contract.IndexPathEnv}
	if p.CABundle.isSet() {
		env = append(env, caEnv)
	}
	if engine := service.Index.Engine; engine != nil {
		env = append(env, contract.SearchURLEnv, contract.SearchCollectionEnv)
		for _, secret := range engine.secretEnv() {
			env = append(env, *secret.Name)
		}
	}
	c.named("pods.env", p.Env, env)
	c.named("pods.volumes", p.Volumes, ownVolumes)
	containers := []string{service.Name + "-container", fetchContainer, fetchIndexContainer}
	c.named("pods.initContainers", p.InitContainers, containers)
	for _, container := range p.InitContainers {
		containers = append(containers, fmt.Sprint(container["name"]))
	}
	c.named("pods.sidecars", p.Sidecars, containers)
	c.named("pods.resourceClaims", p.ResourceClaims, nil)
	for i, container := range p.InitContainers {
		if restart, ok := container["restartPolicy"]; ok && service.minorVersion() < 29 {
			c.add(fmt.Sprintf("pods.initContainers[%d].restartPolicy", i), restart, "left out before Kubernetes 1.29",
				"set kubernetesVersion to 1.29 if the cluster has it, or make it a sidecar")
		}
	}
	checkContainers(c, "pods.initContainers", p.InitContainers)
	checkContainers(c, "pods.sidecars", p.Sidecars)
	p.checkMounts(c)
	p.checkSecurity(c, service)
	if p.Affinity != nil && (len(service.Scheduling.NodeLabels)+len(service.Scheduling.PreferredZones)+len(service.Scheduling.NearPods)+len(service.GPU.Products) > 0) {
		c.add("pods.affinity", "", "left out beside scheduling.nodeLabels, preferredZones, nearPods and gpu.products", "write all of it in pods.affinity, or leave it out")
	}
	if p.SchedulerName != "" {
		c.form("pods.schedulerName", p.SchedulerName, objectName)
	}
}

// checkContainers refuses names that no container can have, and those without an image.
func checkContainers(c *check, field string, containers []map[string]any) {
	for i, container := range containers {
		if name, _ := container["name"].(string); name != "" {
			c.form(fmt.Sprintf("%s[%d].name", field, i), name, namespaceName)
		}
		image, _ := container["image"].(string)
		c.form(fmt.Sprintf("%s[%d].image", field, i), image, otherImage)
	}
}

// ownVolumes are the names of volumes that the constructs make.
var ownVolumes = []string{configVolume, "tmp", modelVolume, "api-keys", "tls", "shared-memory", caVolume, indexVolume, scenesVolume, sourcesVolume}

// checkMounts refuses mounts of volumes that are not there, and those at paths where
// something is.
func (p Pods) checkMounts(c *check) {
	volumes := slices.Clone(ownVolumes)
	for _, volume := range p.Volumes {
		volumes = append(volumes, fmt.Sprint(volume["name"]))
	}
	paths := []string{"/", "/app", "/app/bin", "/app/lib", contract.ConfigFolder, "/tmp"} // what the server needs of its image and its pod
	for i, mount := range p.VolumeMounts {
		at := fmt.Sprintf("pods.volumeMounts[%d]", i)
		given, _ := mount["mountPath"].(string)
		if given == "" || mount["name"] == nil {
			c.add(at, given, "a name and a mountPath", "write it as in a container of Kubernetes")
			continue
		}
		if name := fmt.Sprint(mount["name"]); !slices.Contains(volumes, name) {
			c.add(at+".name", name, "the name of a volume of pods.volumes", "add the volume, or correct the name")
		}
		cleaned := path.Clean(given)
		if slices.Contains(paths, cleaned) {
			c.add(at+".mountPath", given, "another path than "+strings.Join(paths, ", "), "choose another, since it would hide what is there")
		}
		paths = append(paths, cleaned)
	}
}

// named refuses what has no name, or one that is taken.
func (c *check) named(field string, list []map[string]any, taken []string) {
	for i, entry := range list {
		name, _ := entry["name"].(string)
		at := fmt.Sprintf("%s[%d].name", field, i)
		switch {
		case name == "":
			c.add(at, "", "a name", "name it")
		case slices.Contains(taken, name):
			c.add(at, name, "another name than "+strings.Join(taken, ", "), "choose another, since each is there once")
		}
		taken = append(slices.Clone(taken), name)
	}
}

// addTo adds to the manifest of a Deployment what its types may not know.
func (p Pods) addTo(deployment map[string]any) {
	template := deployment["spec"].(map[string]any)["template"].(map[string]any)
	pod := template["spec"].(map[string]any)
	server := pod["containers"].([]any)[0].(map[string]any)
	inits, _ := pod["initContainers"].([]any)
	metadata := template["metadata"].(map[string]any)
	for key, more := range map[string]map[string]string{"labels": p.Labels, "annotations": p.Annotations} {
		for name, value := range more {
			metadata[key].(map[string]any)[name] = value
		}
	}
	env := p.Env
	if p.CABundle.isSet() {
		env = append(slices.Clone(env), map[string]any{"name": caEnv, "value": caFolder + "/" + caFile})
		extend(pod, "volumes", p.CABundle.volume())
	}
	for _, each := range append([]any{server}, inits...) {
		container := each.(map[string]any)
		extend(container, "env", env...)
		extend(container, "envFrom", p.EnvFrom...)
		if p.CABundle.isSet() {
			extend(container, "volumeMounts", map[string]any{"name": caVolume, "mountPath": caFolder, "readOnly": true})
		}
	}
	extend(pod, "volumes", p.Volumes...)
	extend(server, "volumeMounts", p.VolumeMounts...)
	if len(p.InitContainers) > 0 {
		delete(pod, "initContainers")
		extend(pod, "initContainers", secured(p.InitContainers, server)...)
		pod["initContainers"] = append(pod["initContainers"].([]any), inits...)
	}
	extend(pod, "containers", secured(p.Sidecars, server)...)
	extend(pod, "resourceClaims", p.ResourceClaims...)
	if len(p.ResourceClaims) > 0 {
		resources := server["resources"].(map[string]any)
		for _, claim := range p.ResourceClaims {
			extend(resources, "claims", map[string]any{"name": claim["name"]})
		}
	}
	if p.Affinity != nil {
		pod["affinity"] = p.Affinity
	}
	if p.SchedulerName != "" {
		pod["schedulerName"] = p.SchedulerName
	}
}

func (b CABundle) volume() map[string]any {
	items := []any{map[string]any{"key": b.Key, "path": caFile}}
	if b.SecretName != "" {
		return map[string]any{"name": caVolume, "secret": map[string]any{"secretName": b.SecretName, "items": items}}
	}
	return map[string]any{"name": caVolume, "configMap": map[string]any{"name": b.ConfigMap, "items": items}}
}

// secured gives containers that say no securityContext that of the server.
func secured(containers []map[string]any, server map[string]any) []map[string]any {
	all := make([]map[string]any, len(containers))
	for i, container := range containers {
		all[i] = maps.Clone(container)
		if _, ok := container["securityContext"]; !ok {
			all[i]["securityContext"] = server["securityContext"]
		}
	}
	return all
}

// extend adds to a list of a mapping, which may not be there yet.
func extend(into map[string]any, key string, more ...map[string]any) {
	if len(more) == 0 {
		return
	}
	list, _ := into[key].([]any)
	for _, entry := range more {
		list = append(list, entry)
	}
	into[key] = list
}
