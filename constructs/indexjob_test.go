package constructs_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// searching is a service that answers searches from a claim.
func searching() *constructs.RsclipModelServiceProps {
	return &constructs.RsclipModelServiceProps{
		KubernetesVersion: "1.33", Model: config.Model{Device: config.CPU},
		Index: constructs.SearchIndex{
			Claim: constructs.ClaimFolder{Name: "indexes", SubPath: "2024"}, Scenes: constructs.ClaimFolder{Name: "archive"},
		},
	}
}

func TestIndexManifest(t *testing.T) {
	t.Run("index-claim", func(t *testing.T) {
		golden(t, "index-claim", manifest(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "service", searching())
		}))
	})
	t.Run("index-image", func(t *testing.T) {
		golden(t, "index-image", manifest(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
				ModelSource: constructs.ModelSource{Image: &constructs.ModelImage{Reference: "model:1"}},
				Index:       constructs.SearchIndex{Image: &constructs.ModelImage{Reference: "registry.example/index:2024", PullPolicy: "Always"}},
			})
		}))
	})
	for name, archive := range map[string]constructs.IndexArchive{
		"index-archive":        {URL: "https://models.example/index.tar.gz", SHA256: modelSHA256, SizeLimit: "30Gi"},
		"index-archive-signed": {URLFrom: constructs.SecretKey{Name: "index"}, SHA256: modelSHA256, Claim: constructs.ClaimFolder{Name: "models", SubPath: "indexes"}, FetchSeconds: 7200},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, manifest(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
					Model:       config.Model{Device: config.CPU},
					ModelSource: constructs.ModelSource{Hub: &constructs.ModelHub{Repo: "lcybuaa/Git-RSCLIP", Revision: modelCommit, ModelFetch: constructs.ModelFetch{Claim: &constructs.VolumeClaim{Name: "models"}}}},
					Index:       constructs.SearchIndex{Archive: &archive, Scenes: constructs.ClaimFolder{Name: "archive"}},
				})
			}))
		})
	}
}

func TestIndexEngineManifest(t *testing.T) {
	golden(t, "index-engine", manifest(t, func(chart cdk8s.Chart) {
		constructs.NewRsclipModelService(chart, "service", asking(ownStore))
	}))
}

func TestIndexJobManifest(t *testing.T) {
	full := searching()
	full.Model.Device = config.CUDA
	full.ModelSource = constructs.ModelSource{Hub: &constructs.ModelHub{Repo: "lcybuaa/Git-RSCLIP", Revision: modelCommit, ModelFetch: constructs.ModelFetch{Claim: &constructs.VolumeClaim{}}}}
	full.Scheduling = constructs.Scheduling{SpreadHosts: constructs.Require, Tolerations: []constructs.Toleration{{Key: "spot"}}}
	full.APIKeys, full.TLS = constructs.SecretKey{Name: "keys"}, constructs.TLSSecret{SecretName: "certificate"}
	full.Pods = constructs.Pods{Labels: map[string]string{"team": "maps"}, Sidecars: []map[string]any{{"name": "proxy", "image": "proxy:1"}}}
	for name, tt := range map[string]struct {
		service *constructs.RsclipModelServiceProps
		job     *constructs.RsclipIndexJobProps
	}{
		"index-job": {searching(), &constructs.RsclipIndexJobProps{}},
		"index-job-full": {full, &constructs.RsclipIndexJobProps{
			STAC: "items.jsonl", Asset: "B04", Properties: []string{"platform", "instruments"}, Output: constructs.ClaimFolder{Name: "other"},
			Shards: 100, Parallelism: 8, Tile: 512, Overlap: new(0.0), Metres: 10, MaxNodata: new(0.2), BackoffLimit: 3, KeepSeconds: 3600, Queue: "gpus",
		}},
		"index-job-engine": {asking(ownStore), &constructs.RsclipIndexJobProps{Output: constructs.ClaimFolder{Name: "tables"}}},
		"index-job-sources": {&constructs.RsclipModelServiceProps{
			Model: config.Model{Device: config.CPU}, ModelSource: constructs.ModelSource{Image: &constructs.ModelImage{Reference: "model:1"}},
			NetworkPolicy: constructs.NetworkPolicy{Disabled: true},
		}, &constructs.RsclipIndexJobProps{
			Sources: []string{"https://scenes.example/a.tif", "https://scenes.example/b.tif"}, Output: constructs.ClaimFolder{Name: "indexes"},
			Shards: 2, WholePictures: true, Suspended: true,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			all := manifest(t, func(chart cdk8s.Chart) {
				tt.job.Service = constructs.NewRsclipModelService(chart, "service", tt.service)
				constructs.NewRsclipIndexJob(chart, "index", tt.job)
			})
			var own []string
			for document := range strings.SplitSeq(all, "---\n") {
				var object struct{ Metadata struct{ Name string } }
				if err := yaml.Unmarshal([]byte(document), &object); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(object.Metadata.Name, "-index") || strings.Contains(document, "kind: ConfigMap") {
					own = append(own, document)
				}
			}
			golden(t, name, strings.Join(own, "---\n"))
		})
	}
}

// TestIndexJobIsNotTheService pins that no Service, budget or policy of the service
// finds the pods of the job.
func TestIndexJobIsNotTheService(t *testing.T) {
	chart := newChart()
	service := constructs.NewRsclipModelService(chart, "service", searching())
	job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service})
	label := func(object cdk8s.ApiObject, path ...string) any {
		at := object.ToJson()
		for _, step := range path {
			at = at.(map[string]any)[step]
		}
		return at
	}
	pods := label(job.Job, "spec", "template", "metadata", "labels", "app")
	for name, selected := range map[string]any{
		"Service": label(service.Service, "spec", "selector", "app"), "NetworkPolicy": label(service.NetworkPolicy, "spec", "podSelector", "matchLabels", "app"),
		"PodDisruptionBudget": label(service.PodDisruptionBudget, "spec", "selector", "matchLabels", "app"),
	} {
		if pods == selected {
			t.Errorf("the %s selects the job's pods, of %v", name, pods)
		}
	}
	if own := label(job.NetworkPolicy, "spec", "podSelector", "matchLabels", "app"); pods != own {
		t.Errorf("the job's policy is of %v, its pods are of %v", own, pods)
	}
}

// TestOneVolumeAClaim pins that a claim for several purposes is one volume of a pod: the
// kubelet never starts a pod with two volumes of one claim.
func TestOneVolumeAClaim(t *testing.T) {
	props := searching()
	props.Model.Device = config.CUDA
	props.GPU.CacheClaim = "archive"
	props.ModelSource.Claim = &constructs.VolumeClaim{Name: "archive", SubPath: "model"}
	props.Index.Claim = constructs.ClaimFolder{Name: "archive", SubPath: "index"}
	chart := newChart()
	service := constructs.NewRsclipModelService(chart, "service", props)
	job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service})
	for name, object := range map[string]cdk8s.ApiObject{"Deployment": service.Deployment, "Job": job.Job} {
		manifest, err := yaml.Marshal(object.ToJson())
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(manifest), "claimName: archive"); n != 1 {
			t.Errorf("the %s has %d volumes of the claim, want one:\n%s", name, n, manifest)
		}
		if n := strings.Count(string(manifest), "- mountPath: /app/"); n != 5 {
			t.Errorf("the %s has %d folders of the program mounted, want those of settings, model, index, scenes and cache:\n%s", name, n, manifest)
		}
	}
	if pod, _ := yaml.Marshal(job.Job.ToJson()); strings.Contains(string(pod), "claimName: archive\n          readOnly: true") {
		t.Error("the job cannot write to its claim")
	}
}

func TestIndexRefuses(t *testing.T) {
	claim := constructs.ClaimFolder{Name: "claim"}
	for field, index := range map[string]constructs.SearchIndex{
		"index":                     {Claim: claim, Image: &constructs.ModelImage{Reference: "index:1"}},
		"index.claim.name":          {Claim: constructs.ClaimFolder{SubPath: "a"}},
		"index.claim.subPath":       {Claim: constructs.ClaimFolder{Name: "a", SubPath: "../b"}},
		"index.engine.address":      {Engine: &constructs.SearchEngine{Address: "host"}},
		"index.image.reference":     {Image: &constructs.ModelImage{Reference: "index"}},
		"index.archive.url":         {Archive: &constructs.IndexArchive{URL: "s3://bucket/key", SHA256: modelSHA256}},
		"index.archive.sha256":      {Archive: &constructs.IndexArchive{URL: modelAddress}},
		"index.archive.claim.name":  {Archive: &constructs.IndexArchive{URL: modelAddress, SHA256: modelSHA256, Claim: constructs.ClaimFolder{SubPath: "a"}}},
		"networkPolicy.publicPorts": {Archive: &constructs.IndexArchive{URL: "http://models.example:8080/i.tar", SHA256: modelSHA256}},
		"networkPolicy.egress":      {Archive: &constructs.IndexArchive{URL: "http://store:8080/i.tar", SHA256: modelSHA256}},
		"index.scenes":              {Scenes: claim},
		"index.scenes.name":         {Claim: claim, Scenes: constructs.ClaimFolder{Name: "A"}},
	} {
		err := refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{Index: index})
		})
		if err == nil || len(err.Fields) != 1 || err.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	err := refusal(t, func(chart cdk8s.Chart) {
		constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{Index: constructs.SearchIndex{Claim: claim, Engine: &ownStore}})
	})
	refusedFor(t, err, []string{`index is "claim, engine"`, "one of claim, image, archive and engine", "keep one of them"})
}

func TestIndexJobRefuses(t *testing.T) {
	chart := newChart()
	service := constructs.NewRsclipModelService(chart, "service", searching())
	type props = constructs.RsclipIndexJobProps
	for field, change := range map[string]func(p *props){
		"sources":        func(p *props) { p.Sources, p.Images = []string{"/a"}, "b" },
		"sources[1]":     func(p *props) { p.Sources = []string{"/a", "/b\nc"} },
		"images":         func(p *props) { p.Images = "/abroad" },
		"stac":           func(p *props) { p.STAC = "../items.jsonl" },
		"asset":          func(p *props) { p.Asset = "visual" },
		"properties[0]":  func(p *props) { p.STAC, p.Properties = "items.jsonl", []string{"a,b"} },
		"scenes.name":    func(p *props) { p.Scenes = constructs.ClaimFolder{Name: "A"} },
		"output.subPath": func(p *props) { p.Output = constructs.ClaimFolder{Name: "a", SubPath: "/b"} },
		"shards":         func(p *props) { p.Shards = 1001 },
		"parallelism":    func(p *props) { p.Parallelism = 5 },
		"backoffLimit":   func(p *props) { p.BackoffLimit = 101 },
		"keepSeconds":    func(p *props) { p.KeepSeconds = 59 },
		"tile":           func(p *props) { p.Tile, p.WholePictures = 256, true },
		"overlap":        func(p *props) { p.Overlap = new(1.0) },
		"metres":         func(p *props) { p.Metres = -1 },
		"maxNodata":      func(p *props) { p.MaxNodata = new(1.1) },
		"queue":          func(p *props) { p.Queue = "-" },
		"to.address":     func(p *props) { p.To = &constructs.SearchEngine{Address: "host"} },
		"service": func(p *props) {
			p.Service, p.Scenes, p.Output = nil, constructs.ClaimFolder{Name: "a"}, constructs.ClaimFolder{Name: "b"}
		},
	} {
		p := props{Service: service}
		change(&p)
		err := refusal(t, func(cdk8s.Chart) {
			constructs.NewRsclipIndexJob(chart, "refused-"+strings.NewReplacer("[", "", "]", "", ".", "").Replace(field), &p)
		})
		if err == nil || len(err.Fields) != 1 || err.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	bare := constructs.NewRsclipModelService(chart, "bare", &constructs.RsclipModelServiceProps{Name: "bare"})
	err := refusal(t, func(cdk8s.Chart) { constructs.NewRsclipIndexJob(chart, "refused-bare", &props{Service: bare}) })
	if err == nil || !slices.ContainsFunc(err.Fields, func(e config.FieldError) bool { return e.Field == "output.name" }) || !slices.ContainsFunc(err.Fields, func(e config.FieldError) bool { return e.Field == "scenes.name" }) {
		t.Errorf("without claims: %v", err)
	}
}

// TestIndexJobSources pins what the pods of a job can read.
func TestIndexJobSources(t *testing.T) {
	chart := newChart()
	with, without := searching(), searching()
	with.NetworkPolicy.Disabled, without.NetworkPolicy.Disabled = true, true // It has tests of its own.
	service := constructs.NewRsclipModelService(chart, "service", with)
	without.Name, without.Index.Scenes = "without", constructs.ClaimFolder{}
	withoutScenes := constructs.NewRsclipModelService(chart, "without", without)
	signed := "https://scenes.example/a.tif?" + strings.Repeat("&", 50)
	for i, tt := range []struct {
		service *constructs.RsclipModelService
		sources []string
		refused string
	}{
		{service, []string{"/app/scenes/a b.tif", "https://scenes.example/a.tif?X-Amz-Signature=0", "http://[::1]:80/a"}, ""},
		{withoutScenes, []string{"https://scenes.example/a.tif", "/data/a.tif", "/app/scenes2/a.tif"}, ""},
		{withoutScenes, []string{"/app/scenes/a.tif"}, "name the claim with the scenes by scenes"},
		{withoutScenes, []string{"/app/scenes"}, "name the claim with the scenes by scenes"},
		{service, []string{"s3://key:secret@bucket/a.tif"}, `sources[0] is "s3://...": must be an absolute path, or an http or https address`},
		{service, []string{"HTTPS://scenes.example/a.tif"}, "an http or https address"},
		{service, []string{"https://user:secret@scenes.example/a.tif"}, `sources[0] is "https://...": must be without a user or a password`},
		{service, []string{"https://secret@scenes.example/a.tif"}, "without a user or a password"},
		{service, []string{"https:///a.tif"}, "an address with a host"},
		{service, []string{"https://:secret@a.tif:x/"}, "an address with a host"},
		{service, []string{"-"}, "an absolute path without . and .."},
		{service, []string{"a.tif"}, "an absolute path without . and .."},
		{service, []string{"./a.tif"}, "an absolute path without . and .."},
		{withoutScenes, []string{"/app/data/../scenes/a.tif"}, "an absolute path without . and .."},
		{withoutScenes, []string{"/app//scenes/a.tif"}, "an absolute path without . and .."},
		{service, slices.Repeat([]string{"/" + strings.Repeat("a", 1022)}, 199), ""},
		{service, slices.Repeat([]string{"/" + strings.Repeat("a", 1023)}, 200), "write a list into the claim of scenes, and name it by images"},
		// The annotation has each & in six bytes.
		{service, slices.Repeat([]string{signed}, 1000), "at most 204800 bytes"},
	} {
		build := func(scope cdk8s.Chart) {
			constructs.NewRsclipIndexJob(scope, "job"+strconv.Itoa(i), &constructs.RsclipIndexJobProps{Service: tt.service, Sources: tt.sources, Output: constructs.ClaimFolder{Name: "a"}})
		}
		if tt.refused == "" {
			build(chart)
			continue
		}
		err := refusal(t, build)
		if err == nil || len(err.Fields) != 1 || !strings.Contains(err.Error(), tt.refused) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%.40q: %.300v lacks %q", tt.sources[0], err, tt.refused)
		}
	}
}
