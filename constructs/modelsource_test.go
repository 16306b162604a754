package constructs_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

const (
	modelCommit  = "0123456789abcdef0123456789abcdef01234567"
	modelAddress = "https://models.example/git-rsclip.tar.gz"
)

var modelSHA256 = strings.Repeat("0a", 32)

func TestModelSourceManifest(t *testing.T) {
	secret := func(name string) constructs.SecretKey { return constructs.SecretKey{Name: name} }
	tests := []struct {
		name   string
		source constructs.ModelSource
		device config.Device
	}{
		{"model-path", constructs.ModelSource{Path: "/models/git-rsclip"}, config.CPU},
		{"model-claim", constructs.ModelSource{Claim: &constructs.VolumeClaim{Name: "models", SubPath: "git-rsclip/v2"}}, config.CUDA},
		{"model-claim-made", constructs.ModelSource{Claim: &constructs.VolumeClaim{Size: "4Gi", StorageClass: "nfs", AccessMode: constructs.ReadOnlyMany}}, config.CPU},
		{"model-hub", constructs.ModelSource{Hub: &constructs.ModelHub{Repo: "lcybuaa/Git-RSCLIP", Revision: modelCommit}}, config.CPU},
		{"model-hub-kept", constructs.ModelSource{Hub: &constructs.ModelHub{
			Repo: "lcybuaa/Git-RSCLIP", Revision: modelCommit, SHA256: modelSHA256, Endpoint: "https://mirror.example", Token: secret("hub"),
			ModelFetch: constructs.ModelFetch{Claim: &constructs.VolumeClaim{}, FetchSeconds: 3600},
		}}, config.TensorRT},
		{"model-image", constructs.ModelSource{Image: &constructs.ModelImage{Reference: "registry.example/git-rsclip-model:1", PullPolicy: "IfNotPresent"}}, config.CUDA},
		{"model-archive", constructs.ModelSource{Archive: &constructs.ModelArchive{URL: modelAddress, SHA256: modelSHA256}}, config.CUDA},
		{"model-archive-signed", constructs.ModelSource{Archive: &constructs.ModelArchive{
			URLFrom: secret("model"), SHA256: modelSHA256, ModelFetch: constructs.ModelFetch{Claim: &constructs.VolumeClaim{Name: "models", SubPath: "cache"}},
		}}, config.CPU},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name, manifest(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
					ModelSource: tt.source, Model: config.Model{Device: tt.device},
				})
			}))
		})
	}
}

// TestImageTakesPatches pins that the Deployment of an image volume, which has no
// types, is patched as any other is, and scaled.
func TestImageTakesPatches(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
			ModelSource: constructs.ModelSource{Image: &constructs.ModelImage{Reference: "model:1"}},
			Rollout:     constructs.Rollout{ChangeCause: "model of June"},
		})
		service.Deployment.AddJsonPatch(cdk8s.JsonPatch_Add(new("/spec/paused"), true))
		constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service})
	})
	for _, want := range []string{"paused: true", "kubernetes.io/change-cause: model of June", "reference: model:1", "name: git-rscilp-deployment"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "replicas: 2") {
		t.Error("the Deployment has replicas beside an autoscaler")
	}
}

// TestModelSourceIsNotChanged pins that defaults are not written into what
// props point to, which two services may share.
func TestModelSourceIsNotChanged(t *testing.T) {
	hub := constructs.ModelHub{Repo: "a/b", Revision: modelCommit, ModelFetch: constructs.ModelFetch{Claim: &constructs.VolumeClaim{}}}
	constructs.NewRsclipModelService(newChart(), "service", &constructs.RsclipModelServiceProps{ModelSource: constructs.ModelSource{Hub: &hub}})
	if hub.Endpoint != "" || hub.FetchSeconds != 0 || *hub.Claim != (constructs.VolumeClaim{}) {
		t.Errorf("changed to %+v, %+v", hub, *hub.Claim)
	}
}

func TestModelSourceRefuses(t *testing.T) {
	type source = constructs.ModelSource
	claim := func(v constructs.VolumeClaim) source { return source{Claim: &v} }
	image := func(reference, policy string) source {
		return source{Image: &constructs.ModelImage{Reference: reference, PullPolicy: policy}}
	}
	hub := func(change func(*constructs.ModelHub)) source {
		h := &constructs.ModelHub{Repo: "lcybuaa/Git-RSCLIP", Revision: modelCommit}
		change(h)
		return source{Hub: h}
	}
	archive := func(change func(*constructs.ModelArchive)) source {
		a := &constructs.ModelArchive{URL: modelAddress, SHA256: modelSHA256}
		change(a)
		return source{Archive: a}
	}
	at := func(url string) source { return archive(func(a *constructs.ModelArchive) { a.URL = url }) }
	fetch := func(f constructs.ModelFetch) source { return hub(func(h *constructs.ModelHub) { h.ModelFetch = f }) }
	closed := constructs.NetworkPolicy{PublicPorts: []int{}}
	tests := []struct {
		name    string
		source  source
		network constructs.NetworkPolicy
		want    []string
	}{
		{"two choices", source{Path: "/m", Claim: &constructs.VolumeClaim{Name: "m"}}, constructs.NetworkPolicy{}, []string{`modelSource is "path, claim": must be one of path, claim, hub, image and archive; keep one of them`}},
		{"relative path", source{Path: "model"}, constructs.NetworkPolicy{}, []string{`modelSource.path is "model": must be an absolute path`}},
		{"claim's name", claim(constructs.VolumeClaim{Name: "Models"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.name is "Models"`}},
		{"size of another's claim", claim(constructs.VolumeClaim{Name: "m", Size: "1Gi"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.size is "1Gi": must be left out beside name`}},
		{"claim's size", claim(constructs.VolumeClaim{Size: "much"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.size is "much": must be a Kubernetes quantity`}},
		{"storage class", claim(constructs.VolumeClaim{StorageClass: "NFS"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.storageClass is "NFS"`}},
		{"access mode", claim(constructs.VolumeClaim{AccessMode: "RWX"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.accessMode is "RWX": must be ReadWriteMany, ReadOnlyMany, ReadWriteOnce`}},
		{"path out of the volume", claim(constructs.VolumeClaim{Name: "m", SubPath: "a/../../b"}), constructs.NetworkPolicy{}, []string{`modelSource.claim.subPath is "a/../../b"`}},
		{"image without a version", image("registry.example/model", ""), constructs.NetworkPolicy{}, []string{"modelSource.image.reference", "must be a reference with a tag or digest"}},
		{"no image", image("", ""), constructs.NetworkPolicy{}, []string{`modelSource.image.reference is "": must be an image reference`}},
		{"pull policy", image("m:1", "always"), constructs.NetworkPolicy{}, []string{`modelSource.image.pullPolicy is "always"`}},
		{"no repository", hub(func(h *constructs.ModelHub) { h.Repo = "" }), constructs.NetworkPolicy{}, []string{`modelSource.hub.repo is "": must be OWNER/NAME`}},
		{"branch", hub(func(h *constructs.ModelHub) { h.Revision = "main" }), constructs.NetworkPolicy{}, []string{`modelSource.hub.revision is "main": must be a commit of 40 hexadecimal digits`}},
		{"checkpoint's hash", hub(func(h *constructs.ModelHub) { h.SHA256 = "0A" }), constructs.NetworkPolicy{}, []string{`modelSource.hub.sha256 is "0A": must be a SHA-256`}},
		{"endpoint", hub(func(h *constructs.ModelHub) { h.Endpoint = "mirror.example" }), constructs.NetworkPolicy{}, []string{`modelSource.hub.endpoint is "mirror.example": must be an http or https address`}},
		{"token without a Secret", hub(func(h *constructs.ModelHub) { h.Token.Key = "x" }), constructs.NetworkPolicy{}, []string{`modelSource.hub.token.name is ""`}},
		{"size limit", fetch(constructs.ModelFetch{SizeLimit: "0"}), constructs.NetworkPolicy{}, []string{`modelSource.hub.sizeLimit is "0"`}},
		{"size limit beside a claim", fetch(constructs.ModelFetch{SizeLimit: "1Gi", Claim: &constructs.VolumeClaim{}}), constructs.NetworkPolicy{}, []string{"modelSource.hub.sizeLimit", "say claim.size"}},
		{"claim that cannot be written", fetch(constructs.ModelFetch{Claim: &constructs.VolumeClaim{AccessMode: constructs.ReadOnlyMany}}), constructs.NetworkPolicy{}, []string{`modelSource.hub.claim.accessMode is "ReadOnlyMany"`}},
		{"time", fetch(constructs.ModelFetch{FetchSeconds: 5}), constructs.NetworkPolicy{}, []string{"modelSource.hub.fetchSeconds is 5: must be 60 to 86400"}},
		{"archive's size limit", archive(func(a *constructs.ModelArchive) { a.SizeLimit = "much" }), constructs.NetworkPolicy{}, []string{`modelSource.archive.sizeLimit is "much"`}},
		{"archive's time", archive(func(a *constructs.ModelArchive) { a.FetchSeconds = 86401 }), constructs.NetworkPolicy{}, []string{"modelSource.archive.fetchSeconds is 86401: must be 60 to 86400"}},
		{"no hash", archive(func(a *constructs.ModelArchive) { a.SHA256 = "" }), constructs.NetworkPolicy{}, []string{`modelSource.archive.sha256 is "": must be a SHA-256`}},
		{"two addresses", archive(func(a *constructs.ModelArchive) { a.URLFrom.Name = "s" }), constructs.NetworkPolicy{}, []string{"modelSource.archive.urlFrom", "leave out url or urlFrom"}},
		{"no address", at(""), constructs.NetworkPolicy{}, []string{`modelSource.archive.url is "": must be an http or https address`}},
		{"address of a bucket", at("s3://bucket/key"), constructs.NetworkPolicy{}, []string{`modelSource.archive.url is "s3://bucket/key"`}},
		{"address with a password", at("https://user:hunter2@host.example/m.tar"), constructs.NetworkPolicy{}, []string{`modelSource.archive.url is "https://host.example/m.tar": must be an address without password or signature`, "urlFrom"}},
		{"signed address", at("https://s3.example/m.tar?X-Amz-Signature=hunter2"), constructs.NetworkPolicy{}, []string{`modelSource.archive.url is "https://s3.example/m.tar"`, "urlFrom"}},
		{"broken address with a password", at("ftp://user:hunter2@host.example/m.tar?sig=hunter2"), constructs.NetworkPolicy{}, []string{`modelSource.archive.url is "host.example/m.tar"`}},
		{"store in the cluster, kept out", at("http://minio.stores.svc:9000/m.tar"), constructs.NetworkPolicy{}, []string{"networkPolicy.egress", "private host minio.stores.svc", "ports behind any Service"}},
		{"store at a private address, kept out", at("http://10.1.2.3/m.tar"), constructs.NetworkPolicy{}, []string{"private host 10.1.2.3"}},
		{"port, kept out", at("https://models.example:8443/m.tar"), constructs.NetworkPolicy{}, []string{"networkPolicy.publicPorts is \"[80 443]\"", "with 8443"}},
		{"hub, kept out", hub(func(*constructs.ModelHub) {}), closed, []string{"networkPolicy.publicPorts is \"[]\"", "public host huggingface.co"}},
		{"secret address, kept out", archive(func(a *constructs.ModelArchive) { a.URL, a.URLFrom.Name = "", "s" }), closed, []string{"networkPolicy.egress", "modelSource.archive.urlFrom"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := refusal(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "bad", &constructs.RsclipModelServiceProps{ModelSource: tt.source, NetworkPolicy: tt.network})
			})
			refusedFor(t, err, tt.want)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// TestModelSourceReaches pins which stores a policy lets the pods call: to whom
// the last rule leads, which is the one for stores, and by which ports.
func TestModelSourceReaches(t *testing.T) {
	public := []string{"0.0.0.0/0", "2000::/3"}
	egress := []constructs.NetworkDestination{{NetworkPeer: constructs.NetworkPeer{Namespace: "stores"}, Ports: []int{9000}}}
	for name, tt := range map[string]struct {
		url     string
		network constructs.NetworkPolicy
		peers   []string // ranges, or namespaces
		ports   []int
	}{
		"web":                 {"http://models.example/m.tar", constructs.NetworkPolicy{}, public, []int{80, 443}},
		"port that is named":  {"https://models.example:8443/m.tar", constructs.NetworkPolicy{PublicPorts: []int{8443}}, public, []int{8443}},
		"store":               {"http://minio.stores.svc:9000/m.tar", constructs.NetworkPolicy{Egress: egress}, []string{"stores"}, []int{9000}},
		"no policy":           {"http://minio/m.tar", constructs.NetworkPolicy{Disabled: true}, nil, nil},
		"public IPv6 address": {"http://[2001:4860:4860::8888]/m.tar", constructs.NetworkPolicy{}, public, []int{80, 443}},
	} {
		t.Run(name, func(t *testing.T) {
			synthesized := manifest(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
					ModelSource:   constructs.ModelSource{Archive: &constructs.ModelArchive{URL: tt.url, SHA256: modelSHA256}},
					NetworkPolicy: tt.network,
				})
			})
			if !strings.Contains(synthesized, tt.url) {
				t.Errorf("no pod fetches from %s:\n%s", tt.url, synthesized)
			}
			peers, ports := lastEgress(t, synthesized)
			if !slices.Equal(peers, tt.peers) || !slices.Equal(ports, tt.ports) {
				t.Errorf("the policy leads to %q by %v, want %q by %v", peers, ports, tt.peers, tt.ports)
			}
		})
	}
}

// lastEgress returns to whom the last rule of a manifest's policy leads, ranges
// and namespaces, and by which ports; nothing when there is no policy.
func lastEgress(t *testing.T, manifest string) (peers []string, ports []int) {
	t.Helper()
	for _, document := range strings.Split(manifest, "---\n") {
		var policy struct {
			Kind string
			Spec struct {
				Egress []struct {
					To []struct {
						IPBlock           struct{ CIDR string }
						NamespaceSelector struct{ MatchLabels map[string]string }
					}
					Ports []struct{ Port int }
				}
			}
		}
		if !strings.Contains(document, "\nkind: NetworkPolicy\n") {
			continue
		}
		if err := yaml.Unmarshal([]byte(document), &policy); err != nil {
			t.Fatal(err)
		}
		last := policy.Spec.Egress[len(policy.Spec.Egress)-1]
		for _, to := range last.To {
			peers = append(peers, cmp.Or(to.IPBlock.CIDR, to.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"]))
		}
		for _, p := range last.Ports {
			ports = append(ports, p.Port)
		}
	}
	return peers, ports
}
