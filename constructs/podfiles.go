package constructs

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// imageRoot is the folder of the image that has what is its own. An image that is made
// from it may have more there.
const imageRoot = "/app"

// engineFiles are settings of a PostgreSQL's address that name files.
var engineFiles = []string{"passfile", "sslcert", "sslkey", "sslrootcert"}

// checkFiles refuses settings that name what the pods never have: they would start, and
// end, for ever.
func (p RsclipModelServiceProps) checkFiles(c *check, deployment map[string]any) {
	f := p.podFiles(deployment)
	file := func(field, value, mend string) {
		if value != "" {
			c.missing(field, value, "a file that is there when the server starts", f.lacks(value), mend)
		}
	}
	file("app.server.api_keys_file", p.App.Server.APIKeysFile, "leave it out and name the Secret with the keys by apiKeys, or ")
	if t := p.App.Server.TLS; t != nil {
		const mend = "leave app.server.tls out and name the Secret with the certificate by tls, or "
		file("app.server.tls.cert_file", t.CertFile, mend)
		file("app.server.tls.key_file", t.KeyFile, mend)
	}
	f.checkEngine(c, "index.engine.address", p.Index.Engine)
	if p.ModelSource.Path != "" {
		c.missing("modelSource.path", p.ModelSource.Path, "a folder that is there when the server starts", f.lacksFolder(p.ModelSource.Path), "choose another folder, or fill that volume by an init container, or ")
	}
	if folder := p.Model.TensorRTOptions().CacheDir; folder != "" && p.Model.Device == config.TensorRT {
		c.missing("model.tensorrt.cache_dir", folder, "a folder that the server may write to", f.keeps(folder), "leave it out and name a claim by gpu.cacheClaim, or ")
	}
}

// checkEngine refuses files of a PostgreSQL's address.
func (f podFiles) checkEngine(c *check, field string, e *SearchEngine) {
	if e == nil {
		return
	}
	address, _ := contract.ParseEngine(e.Address) // It has been checked.
	for _, setting := range engineFiles {
		value := address.Settings.Get(setting)
		if value == "" || value == "system" { // The system's authorities.
			continue
		}
		c.missing(field, setting+"="+value, "with a file that is there when the pod starts", f.lacks(value), "name another, such as that of pods.caBundle, "+caFolder+"/"+caFile+", or ")
	}
}

// missing refuses what is missing for a reason, if there is one.
func (c *check) missing(field, value, allowed, why, mend string) {
	if why != "" {
		c.add(field, value, allowed, why+": "+mend+"mount a volume there by pods.volumes and pods.volumeMounts")
	}
}

// podFiles is what is known, from the manifest of a Deployment or Job, of the files that
// the program finds at its start.
type podFiles struct {
	mounts   []map[string]any          // of the program
	volumes  map[string]map[string]any // by name
	filled   map[string]bool           // volumes that other containers may write to
	injected bool                      // whether the cluster mounts what nobody knows here
	writable bool                      // whether the image's own folders are
}

func (p RsclipModelServiceProps) podFiles(deployment map[string]any) podFiles {
	pod := deployment["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	f := podFiles{volumes: map[string]map[string]any{}, filled: map[string]bool{modelVolume: true, indexVolume: true}, writable: p.Security.WritableRoot}
	f.mounts = mappings(mappings(pod["containers"])[0]["volumeMounts"])
	for _, volume := range mappings(pod["volumes"]) {
		f.volumes[fmt.Sprint(volume["name"])] = volume
	}
	for _, by := range []map[string]string{p.Pods.Annotations, p.Pods.Labels} {
		for key := range by { // Such as vault.hashicorp.com/agent-inject.
			f.injected = f.injected || strings.Contains(key, "inject")
		}
	}
	for _, container := range slices.Concat(p.Pods.InitContainers, p.Pods.Sidecars) {
		for _, mount := range mappings(container["volumeMounts"]) {
			if mount["readOnly"] != true {
				f.filled[fmt.Sprint(mount["name"])] = true
			}
		}
	}
	return f
}

// mappings are those of a list that YAML or jsii made.
func mappings(list any) (all []map[string]any) {
	entries, _ := list.([]any)
	for _, entry := range entries {
		if fields, ok := entry.(map[string]any); ok {
			all = append(all, fields)
		}
	}
	return all
}

// mountOf returns the mount that has a path, and the rest of the path below it.
func (f podFiles) mountOf(at string) (mount map[string]any, rest string) {
	longest := 0
	for _, m := range f.mounts {
		folder, _ := m["mountPath"].(string)
		below, ok := strings.CutPrefix(at+"/", strings.TrimSuffix(path.Clean("/"+folder), "/")+"/")
		if ok && len(folder) > longest {
			longest, mount, rest = len(folder), m, strings.TrimSuffix(below, "/")
		}
	}
	return mount, rest
}

// lacks says why there can be no file at a path when the server starts, or "".
func (f podFiles) lacks(file string) string {
	at := path.Clean("/" + file)
	mount, rest := f.mountOf(at)
	if mount == nil {
		if f.injected || strings.HasPrefix(at, imageRoot+"/") {
			return ""
		}
		return "no volume is mounted there"
	}
	volume := f.volumes[fmt.Sprint(mount["name"])]
	if rest == "" && mount["subPath"] == nil && mount["subPathExpr"] == nil && volume["hostPath"] == nil {
		return "this is the folder of the volume " + fmt.Sprint(mount["name"])
	}
	return f.hides(mount, rest)
}

// lacksFolder says the same of a folder, which the image may have anywhere.
func (f podFiles) lacksFolder(folder string) string {
	mount, rest := f.mountOf(path.Clean("/" + folder))
	if mount == nil {
		return ""
	}
	return f.hides(mount, rest)
}

// hides says why what is mounted has nothing at a path below it, or "".
func (f podFiles) hides(mount map[string]any, rest string) string {
	name := fmt.Sprint(mount["name"])
	volume := f.volumes[name]
	its := fmt.Sprintf("the volume %s, which is mounted at %s, ", name, mount["mountPath"])
	if mount["subPathExpr"] != nil {
		return "" // Nobody knows what it will be.
	}
	if f.isEmpty(volume) {
		return its + "is empty at the start"
	}
	part, _ := mount["subPath"].(string)
	wanted := path.Join(part, rest)
	has, isKnown := entriesOf(volume)
	if name == configVolume {
		has, isKnown = []string{contract.ModelConfigFile, contract.AppConfigFile}, true
	}
	within := func(file string) bool { return wanted == "" || file == wanted || strings.HasPrefix(file, wanted+"/") }
	if isKnown && !strings.HasPrefix(wanted, "..") && !slices.ContainsFunc(has, within) {
		return its + "has only " + strings.Join(has, ", ")
	}
	return ""
}

// keeps says why nothing can be written to a folder, or "".
func (f podFiles) keeps(folder string) string {
	mount, _ := f.mountOf(path.Clean("/" + folder))
	if mount == nil {
		if f.injected || f.writable {
			return ""
		}
		return "no volume is mounted there, and the image is read-only"
	}
	volume := f.volumes[fmt.Sprint(mount["name"])]
	readOnly := mount["readOnly"] == true || saysAt(volume, "persistentVolumeClaim.readOnly") == "true"
	for _, kind := range []string{"secret", "configMap", "downwardAPI", "projected", "image"} {
		readOnly = readOnly || volume[kind] != nil
	}
	if readOnly {
		return fmt.Sprintf("the volume %s, which is mounted at %s, is read-only", mount["name"], mount["mountPath"])
	}
	return ""
}

// isEmpty tells whether a volume begins empty, and no other container fills it.
func (f podFiles) isEmpty(volume map[string]any) bool {
	if f.filled[fmt.Sprint(volume["name"])] {
		return false
	}
	if volume["emptyDir"] != nil {
		return true
	}
	template := saysAt(volume, "ephemeral.volumeClaimTemplate.spec")
	return template != "" && !strings.Contains(template, "dataSource")
}

// entriesOf returns the files of a volume, if its items say them all.
func entriesOf(volume map[string]any) (files []string, isKnown bool) {
	for _, kind := range []string{"secret", "configMap", "downwardAPI"} {
		source, ok := volume[kind].(map[string]any)
		if items := mappings(source["items"]); ok {
			for _, item := range items {
				files = append(files, fmt.Sprint(item["path"]))
			}
			return files, len(items) > 0
		}
	}
	projected, ok := volume["projected"].(map[string]any)
	if !ok {
		return nil, false
	}
	for _, source := range mappings(projected["sources"]) {
		for _, kind := range []string{"serviceAccountToken", "clusterTrustBundle"} {
			if file := saysAt(source, kind+".path"); file != "" {
				files = append(files, file)
			}
		}
		if source["serviceAccountToken"] != nil || source["clusterTrustBundle"] != nil {
			continue
		}
		more, isKnown := entriesOf(source)
		if !isKnown {
			return nil, false
		}
		files = append(files, more...)
	}
	return files, true
}
