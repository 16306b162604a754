package constructs_test

import (
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// mounted are pods with a volume at a place, of the mapping's kind.
func mounted(at string, volume map[string]any) constructs.Pods {
	volume["name"] = "site"
	return constructs.Pods{Volumes: []map[string]any{volume}, VolumeMounts: []map[string]any{{"name": "site", "mountPath": at}}}
}

// besideMount is a container that mounts that volume.
func besideMount(readOnly bool) []map[string]any {
	return []map[string]any{{"name": "fills", "image": "registry.example/fills:1", "volumeMounts": []any{map[string]any{"name": "site", "mountPath": "/out", "readOnly": readOnly}}}}
}

func items(paths ...string) map[string]any {
	var all []any
	for _, p := range paths {
		all = append(all, map[string]any{"key": "k", "path": p})
	}
	return map[string]any{"secretName": "site", "items": all}
}

// TestFilesThatSettingsName has settings name files of volumes, of the image and of
// nowhere.
func TestFilesThatSettingsName(t *testing.T) {
	type props = constructs.RsclipModelServiceProps
	keys := func(file string, pods constructs.Pods) props {
		return props{Pods: pods, App: config.App{Server: config.Server{APIKeysFile: file}}}
	}
	filled := func(readOnly bool) constructs.Pods {
		pods := mounted("/keys", map[string]any{"emptyDir": map[string]any{}})
		pods.InitContainers = besideMount(readOnly)
		return pods
	}
	beside := mounted("/keys", map[string]any{"emptyDir": map[string]any{}})
	beside.Sidecars = besideMount(false)
	part := mounted("/run/keys.txt", map[string]any{"secret": map[string]any{"secretName": "site"}})
	part.VolumeMounts[0]["subPath"] = "keys"
	otherPart := mounted("/run/keys.txt", map[string]any{"secret": items("other")})
	otherPart.VolumeMounts[0]["subPath"] = "keys"
	tensorRT := func(folder string, p props) props {
		p.Model = config.Model{Device: config.TensorRT, TensorRT: &config.TensorRTOptions{CacheDir: folder}}
		return p
	}
	engine := func(settings string, pods constructs.Pods) props {
		return props{Pods: pods, Index: constructs.SearchIndex{Engine: &constructs.SearchEngine{Address: "postgres://u@db.stores.svc/tiles?" + settings}}}
	}
	projected := func(source map[string]any) constructs.Pods {
		return mounted("/keys", map[string]any{"projected": map[string]any{"sources": []any{source}}})
	}
	tests := []struct {
		name  string
		props props
		want  []string // of the refusal; none if there is none
	}{
		{"no volume", keys("/keys/keys", constructs.Pods{}), []string{
			`app.server.api_keys_file is "/keys/keys": must be a file that is there when the server starts; no volume is mounted there`, "apiKeys", "pods.volumeMounts",
		}},
		{"a volume beside", keys("/keys-2/keys", mounted("/keys", map[string]any{"secret": map[string]any{"secretName": "site"}})), []string{"no volume is mounted there"}},
		{"a relative path", keys("keys", constructs.Pods{}), []string{"no volume is mounted there"}},
		{"dots", keys("/keys/../other", mounted("/keys", map[string]any{"secret": map[string]any{"secretName": "site"}})), []string{"no volume is mounted there"}},
		{"a Secret", keys("/keys/keys", mounted("/keys", map[string]any{"secret": map[string]any{"secretName": "site"}})), nil},
		{"a mount with a slash", keys("/keys/keys", mounted("/keys/", map[string]any{"secret": map[string]any{"secretName": "site"}})), nil},
		{"a Secret's entry", keys("/keys/a/keys", mounted("/keys", map[string]any{"secret": items("a/keys")})), nil},
		{"another entry", keys("/keys/keys", mounted("/keys", map[string]any{"secret": items("other", "a/keys")})), []string{"the volume site, which is mounted at /keys, has only other, a/keys"}},
		{"a part of a Secret", keys("/run/keys.txt", part), nil},
		{"a part that is not there", keys("/run/keys.txt", otherPart), []string{"has only other"}},
		{"a folder", keys("/keys", mounted("/keys", map[string]any{"secret": map[string]any{"secretName": "site"}})), []string{"this is the folder of the volume site"}},
		{"a driver's volume", keys("/keys/keys", mounted("/keys", map[string]any{"csi": map[string]any{"driver": "csi.example.com"}})), nil},
		{"an image's volume", keys("/keys/keys", mounted("/keys", map[string]any{"image": map[string]any{"reference": "registry.example/keys:1"}})), nil},
		{"projected", keys("/keys/keys", projected(map[string]any{"secret": items("keys")})), nil},
		{"projected whole", keys("/keys/keys", projected(map[string]any{"configMap": map[string]any{"name": "site"}})), nil},
		{"projected others", keys("/keys/keys", projected(map[string]any{"serviceAccountToken": map[string]any{"path": "token"}})), []string{"has only token"}},
		{"an empty volume", keys("/keys/keys", mounted("/keys", map[string]any{"emptyDir": map[string]any{}})), []string{"is empty at the start"}},
		{"an empty claim", keys("/keys/keys", mounted("/keys", map[string]any{"ephemeral": map[string]any{"volumeClaimTemplate": map[string]any{"spec": map[string]any{"accessModes": []any{"ReadWriteOnce"}}}}})), []string{"is empty at the start"}},
		{"filled before", keys("/keys/keys", filled(false)), nil},
		{"read before", keys("/keys/keys", filled(true)), []string{"is empty at the start"}},
		{"filled beside", keys("/keys/keys", beside), nil},
		{"the pods' own empty folder", keys("/tmp/keys", constructs.Pods{}), []string{"the volume tmp, which is mounted at /tmp, is empty at the start"}},
		{"the configuration's folder", keys("/app/config/keys", constructs.Pods{}), []string{"has only model-config.json, app-config.yaml"}},
		{"the image's folder", keys("/app/keys", constructs.Pods{}), nil},
		{"what the cluster mounts", keys("/vault/secrets/keys", constructs.Pods{Annotations: map[string]string{"vault.hashicorp.com/agent-inject": "true"}}), nil},
		{"the Secret of apiKeys", props{APIKeys: constructs.SecretKey{Name: "callers"}, App: config.App{Server: config.Server{APIKeysFile: "/etc/rsclip/keys/keys"}}}, nil},
		{"certificate and key", props{App: config.App{Server: config.Server{TLS: &config.TLS{CertFile: "/c", KeyFile: "/k"}}}}, []string{`app.server.tls.cert_file is "/c"`, `app.server.tls.key_file is "/k"`, "by tls"}},
		{"a model's folder that is hidden", props{ModelSource: constructs.ModelSource{Path: "/tmp/model"}}, []string{`modelSource.path is "/tmp/model"`, "is empty at the start"}},
		{"a model's folder of the image", props{ModelSource: constructs.ModelSource{Path: "/models/git-rsclip"}}, nil},
		{"a model's folder that is a volume", props{ModelSource: constructs.ModelSource{Path: "/models"}, Pods: mounted("/models", map[string]any{"csi": map[string]any{"driver": "csi.example.com"}})}, nil},
		{"engines that are not kept", tensorRT("/engines", props{}), []string{`model.tensorrt.cache_dir is "/engines": must be a folder that the server may write to; no volume is mounted there, and the image is read-only`, "gpu.cacheClaim"}},
		{"engines in a Secret", tensorRT("/engines", props{Pods: mounted("/engines", map[string]any{"secret": map[string]any{"secretName": "site"}})}), []string{"the volume site, which is mounted at /engines, is read-only"}},
		{"engines in /tmp", tensorRT("/tmp/engines", props{}), nil},
		{"engines in an image that is written to", tensorRT("/engines", props{Security: constructs.Security{WritableRoot: true}}), nil},
		{"engines of another device", props{Model: config.Model{TensorRT: &config.TensorRTOptions{CacheDir: "/engines"}}}, nil},
		{"an engine's authority", engine("sslmode=verify-full&sslrootcert=/ca/ca.crt", constructs.Pods{}), []string{`index.engine.address is "sslrootcert=/ca/ca.crt"`, "no volume is mounted there", "/etc/rsclip/ca/ca.crt"}},
		{"an engine's authority of the bundle", engine("sslrootcert=/etc/rsclip/ca/ca.crt", constructs.Pods{CABundle: constructs.CABundle{ConfigMap: "site"}}), nil},
		{"the system's authorities", engine("sslrootcert=system", constructs.Pods{}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			build := func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "files", &tt.props) }
			if tt.want == nil {
				build(newChart())
				return
			}
			refusedFor(t, refusal(t, build), tt.want)
		})
	}
}

// TestFilesOfAnIndexJob has the job's own engine name a file.
func TestFilesOfAnIndexJob(t *testing.T) {
	refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", nil)
		constructs.NewRsclipIndexJob(chart, "job", &constructs.RsclipIndexJobProps{
			Service: service, Scenes: constructs.ClaimFolder{Name: "scenes"}, Output: constructs.ClaimFolder{Name: "index"},
			To: &constructs.SearchEngine{Address: "postgres://u@db.stores.svc/tiles?sslrootcert=/ca/ca.crt"},
		})
	}), []string{`to.address is "sslrootcert=/ca/ca.crt"`, "no volume is mounted there"})
}
