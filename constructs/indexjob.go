package constructs

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/internal/contract"
)

// RsclipIndexJobProps configures [NewRsclipIndexJob].
type RsclipIndexJobProps struct {
	// Service is whose image, model, settings, resources, GPU, scheduling and security
	// the job has. Required.
	Service *RsclipModelService `json:"-"`

	// Sources are paths and http or https addresses of pictures and scenes, at most 10,000
	// and 200 KiB. Paths are absolute, such as /app/scenes/a.tif, and addresses have no
	// user or password. Default none: Images or STAC names them.
	Sources []string `json:"sources,omitempty"`
	// Images is a path below /app/scenes: a folder, a pattern, or a list with a path or
	// address a line. Default, without Sources and STAC, all of /app/scenes.
	Images string `json:"images,omitempty"`
	// STAC is a path below /app/scenes: a file or a folder of STAC items. Default none.
	STAC string `json:"stac,omitempty"`
	// Asset is the key of the asset of each STAC item. Default "visual".
	Asset string `json:"asset,omitempty"`
	// Properties are those of STAC items that the index keeps. Default none.
	Properties []string `json:"properties,omitempty"`
	// Scenes is a folder of a claim, which is mounted read-only at /app/scenes. Default
	// the service's Index.Scenes.
	Scenes ClaimFolder `json:"scenes,omitzero"`
	// Output is a folder of a claim that the index is written to, which must be mounted
	// from all nodes that pods run on. Default the service's Index.Claim.
	Output ClaimFolder `json:"output,omitzero"`
	// To is a search engine that is filled with the tiles. Default the service's
	// Index.Engine.
	To *SearchEngine `json:"to,omitempty"`

	// Shards are into how many parts the sources are divided, 1 to 1000, each with a pod
	// of its own. An index keeps its number. Default 4.
	Shards int `json:"shards,omitempty" zero:"1 to 1000"`
	// Parallelism is how many pods run at the same time, at most Shards. Default Shards.
	Parallelism int `json:"parallelism,omitempty" zero:"1 to shards; set suspended to have no pods yet"`
	// Tile is the side of a tile in pixels, to 16384. Default 256.
	Tile int `json:"tile,omitempty" zero:"1 to 16384; set wholePictures to take pictures whole"`
	// WholePictures takes pictures whole, in the place of tiles. Default false.
	WholePictures bool `json:"wholePictures,omitempty"`
	// Overlap is the share of a tile that it has in common with the next one, from 0 to
	// below 1. Default 0.1.
	Overlap *float64 `json:"overlap,omitempty"`
	// Metres is the wanted side of a pixel. Default that of full resolution.
	Metres float64 `json:"metres,omitempty" zero:"above 0"`
	// MaxNodata is the largest share of a tile that may hold no data, 0 to 1. Default 0.5.
	MaxNodata *float64 `json:"maxNodata,omitempty"`

	// BackoffLimit is how often the pod of a shard may fail, 1 to 100. Evictions, drains
	// and the end of spot nodes do not count. Default 6.
	BackoffLimit int `json:"backoffLimit,omitempty" zero:"1 to 100"`
	// KeepSeconds is how long the Job is kept when it has ended, 60 to 2592000. Default
	// 86400, a day.
	KeepSeconds int `json:"keepSeconds,omitempty" zero:"60 to 2592000"`
	// Suspended makes the Job without pods, until someone resumes it. Default false.
	Suspended bool `json:"suspended,omitempty"`
	// Queue is a LocalQueue of Kueue, which resumes the Job when there is room for it.
	// Default none.
	Queue string `json:"queue,omitempty"`
}

// RsclipIndexJob makes an index of an archive. Its fields are the objects that it made,
// for reference and for patches.
type RsclipIndexJob struct {
	constructs.Construct

	ConfigMap     cdk8s.ApiObject // nil without Sources
	NetworkPolicy cdk8s.ApiObject // nil where the service's is disabled
	Job           cdk8s.ApiObject
}

const (
	indexSuffix   = "-index"
	sourcesVolume = "sources"
	sourcesFolder = "/app/sources"
	sourcesFile   = "sources.txt"
	queueLabel    = "kueue.x-k8s.io/queue-name"
	maxShards     = 1000
)

// NewRsclipIndexJob adds an Indexed Job, of which each pod indexes a part of the
// sources into a folder of its own, and sends it to a search engine if there is one,
// with a NetworkPolicy as the service's, but for callers. A pod that starts again goes on where it was, and broken scenes are listed
// and do not fail the Job. It panics with a [PropsError] where props cannot be deployed.
func NewRsclipIndexJob(scope constructs.Construct, id string, props *RsclipIndexJobProps) *RsclipIndexJob {
	p := props.withDefaults()
	c := p.check()
	var job map[string]any
	if len(c.errs) == 0 {
		job = p.job()
		p.Service.props.podFiles(job).checkEngine(c, "to.address", p.To)
	}
	c.must("RsclipIndexJob", id)
	if props.To != nil {
		p.Service.filled = append(p.Service.filled, p.To)
	}

	of := p.Service.props
	j := &RsclipIndexJob{Construct: constructs.NewConstruct(scope, &id)}
	if len(p.Sources) > 0 {
		j.ConfigMap = newObject(j.Construct, "ConfigMap", of, k8s.KubeConfigMap_Manifest(&k8s.KubeConfigMapProps{
			Metadata: of.metadata(indexSuffix + "-sources"), Data: &map[string]*string{sourcesFile: new(strings.Join(p.Sources, "\n") + "\n")},
		}))
	}
	if !of.NetworkPolicy.Disabled {
		spec := of.NetworkPolicy.spec(p.labels(), of.App.Server)
		spec.Ingress = &[]*k8s.NetworkPolicyIngressRule{}
		p.To.allow(spec, of.Namespace, of.NetworkPolicy)
		j.NetworkPolicy = newObject(j.Construct, "NetworkPolicy", of, networkPolicy(of.metadata(indexSuffix+"-network"), spec))
	}
	j.Job = newObject(j.Construct, "Job", of, job)
	return j
}

// withDefaults fills in the defaults.
func (p *RsclipIndexJobProps) withDefaults() RsclipIndexJobProps {
	var d RsclipIndexJobProps
	if p != nil {
		d = *p
	}
	if d.Service != nil {
		setDefault(&d.Scenes, d.Service.props.Index.Scenes)
		setDefault(&d.Output, d.Service.props.Index.Claim)
		setDefault(&d.To, d.Service.props.Index.Engine)
	}
	d.To = d.To.withDefaults()
	setDefault(&d.Shards, 4)
	setDefault(&d.Parallelism, d.Shards)
	setDefault(&d.BackoffLimit, 6)
	setDefault(&d.KeepSeconds, 86400)
	return d
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p RsclipIndexJobProps) check() *check {
	c := new(check)
	if p.Service == nil {
		c.add("service", "", "a service", "give the service whose model embeds")
	}
	p.checkSources(c)
	if p.Output == (ClaimFolder{}) {
		c.add("output.name", "", "a claim", "name it, or give the service an index.claim")
	} else {
		p.Output.check(c, "output")
	}
	if p.Service != nil {
		p.To.check(c, "to", p.Service.props.Namespace, p.Service.props.NetworkPolicy)
		p.checkSourcesReach(c)
	}
	c.upTo("shards", p.Shards, maxShards)
	c.upTo("parallelism", p.Parallelism, p.Shards)
	c.upTo("backoffLimit", p.BackoffLimit, 100)
	if p.KeepSeconds < 60 || p.KeepSeconds > 2592000 {
		c.add("keepSeconds", p.KeepSeconds, "60 to 2592000", "choose a value in that range, or leave it out for a day")
	}
	if p.Tile != 0 {
		c.upTo("tile", p.Tile, 1<<14)
		if p.WholePictures {
			c.add("tile", p.Tile, "left out beside wholePictures", "leave out one of the two")
		}
	}
	if p.Overlap != nil && !(*p.Overlap >= 0 && *p.Overlap < 1) {
		c.add("overlap", *p.Overlap, "from 0 to below 1", "write the share that neighbours have in common, such as 0.1")
	}
	if !(p.Metres >= 0) {
		c.add("metres", p.Metres, "above 0", "write the side of a pixel in metres, or leave it out")
	}
	if p.MaxNodata != nil && !(*p.MaxNodata >= 0 && *p.MaxNodata <= 1) {
		c.add("maxNodata", *p.MaxNodata, "0 to 1", "write the largest share of a tile without data, such as 0.5")
	}
	if p.Queue != "" {
		c.form("queue", p.Queue, nodeLabelValue)
	}
	return c
}

func (p RsclipIndexJobProps) checkSources(c *check) {
	var choices []string
	for _, choice := range []struct {
		name  string
		given bool
	}{{"sources", len(p.Sources) > 0}, {"images", p.Images != ""}, {"stac", p.STAC != ""}} {
		if choice.given {
			choices = append(choices, choice.name)
		}
	}
	if len(choices) > 1 {
		c.add("sources", strings.Join(choices, ", "), "one of sources, images and stac", "keep one of them")
	}
	c.sources(p.Sources, p.Scenes != (ClaimFolder{}))
	if p.Images != "" {
		c.form("images", p.Images, pathPattern)
	}
	if p.STAC != "" {
		c.form("stac", p.STAC, relativePath)
	}
	if p.STAC == "" && (p.Asset != "" || len(p.Properties) > 0) {
		c.add("asset", p.Asset, "left out without stac, as properties", "leave both out, or name a file of STAC items by stac")
	}
	for i, name := range p.Properties {
		if name == "" || strings.Contains(name, ",") {
			c.add(fmt.Sprintf("properties[%d]", i), name, "the name of a property, without commas", `write it like "platform"`)
		}
	}
	switch {
	case p.Scenes != (ClaimFolder{}):
		p.Scenes.check(c, "scenes")
	case len(p.Sources) == 0:
		c.add("scenes.name", "", "a claim, unless there are sources", "name the claim with the scenes, or list sources")
	}
}

func (p RsclipIndexJobProps) labels() *map[string]*string {
	return &map[string]*string{"app": new(p.Service.props.Name + indexSuffix)}
}

// args are those of the program.
func (p RsclipIndexJobProps) args() *[]*string {
	args := []string{contract.Index}
	flag := func(name, value string) { args = append(args, contract.Flag(name, value)) }
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	switch {
	case len(p.Sources) > 0:
		flag(contract.ImagesFlag, sourcesFolder+"/"+sourcesFile)
	case p.STAC != "":
		flag(contract.STACFlag, contract.ScenesFolder+"/"+p.STAC)
	case p.Images != "":
		flag(contract.ImagesFlag, contract.ScenesFolder+"/"+p.Images)
	default:
		flag(contract.ImagesFlag, contract.ScenesFolder)
	}
	if p.Asset != "" {
		flag(contract.AssetFlag, p.Asset)
	}
	if len(p.Properties) > 0 {
		flag(contract.PropertiesFlag, strings.Join(p.Properties, ","))
	}
	flag(contract.OutFlag, contract.IndexFolder)
	flag(contract.ShardFlag, "$(JOB_COMPLETION_INDEX)/"+strconv.Itoa(p.Shards))
	if p.Tile != 0 || p.WholePictures {
		flag(contract.TileFlag, strconv.Itoa(p.Tile))
	}
	if p.Overlap != nil {
		flag(contract.OverlapFlag, number(*p.Overlap))
	}
	if p.Metres != 0 {
		flag(contract.MetresFlag, number(p.Metres))
	}
	if p.MaxNodata != nil {
		flag(contract.MaxNodataFlag, number(*p.MaxNodata))
	}
	args = append(args, p.To.args()...)
	args = append(args, "--"+contract.AllowFailuresFlag)
	out := make([]*string, len(args))
	for i := range args {
		out[i] = &args[i]
	}
	return &out
}

// job is the manifest of the Job. Its pods are the service's, with another command.
func (p RsclipIndexJobProps) job() map[string]any {
	of := p.Service.props
	of.Index = SearchIndex{}                                             // The job's is mounted to be written.
	of.APIKeys, of.TLS, of.Pods.Sidecars = SecretKey{}, TLSSecret{}, nil // Nobody calls it, and it ends.
	template := of.podTemplate(renderConfig(of.Model, of.NetworkPolicy.settings(of.App)))
	template.Metadata.Labels = p.labels()
	spec := template.Spec
	spec.RestartPolicy = new("Never")
	spec.TopologySpreadConstraints = nil // They are about the service's pods.
	spec.TerminationGracePeriodSeconds = nil
	container := (*spec.Containers)[0]
	container.Name = new(of.Name + indexSuffix)
	container.Args = p.args()
	container.Ports, container.StartupProbe, container.LivenessProbe, container.ReadinessProbe = nil, nil, nil, nil
	p.Output.mount(spec, container, indexVolume, contract.IndexFolder, false)
	if p.To != nil {
		*container.Env = append(*container.Env, p.To.secretEnv()...)
	}
	of.Security.share(spec)
	p.Scenes.mount(spec, container, scenesVolume, contract.ScenesFolder, true)
	if len(p.Sources) > 0 {
		*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(sourcesVolume), ConfigMap: &k8s.ConfigMapVolumeSource{Name: new(of.Name + indexSuffix + "-sources")}})
		*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{Name: new(sourcesVolume), MountPath: new(sourcesFolder), ReadOnly: new(true)})
	}

	job := &k8s.JobSpec{
		CompletionMode: new("Indexed"), Completions: new(float64(p.Shards)), Parallelism: new(float64(p.Parallelism)),
		TtlSecondsAfterFinished: new(float64(p.KeepSeconds)), Template: template,
	}
	metadata := of.metadata(indexSuffix)
	if p.Queue != "" {
		metadata.Labels = &map[string]*string{queueLabel: &p.Queue}
	}
	if p.Queue != "" || p.Suspended {
		job.Suspend = new(true)
	}
	if of.minorVersion() >= 26 { // What the cluster takes away is no failure of the shard.
		job.PodFailurePolicy = &k8s.PodFailurePolicy{Rules: &[]*k8s.PodFailurePolicyRule{{
			Action: new("Ignore"), OnPodConditions: &[]*k8s.PodFailurePolicyOnPodConditionsPattern{{Type: new("DisruptionTarget"), Status: new("True")}},
		}}}
	}
	byShard := of.minorVersion() >= 29
	if !byShard {
		job.BackoffLimit = new(float64(p.BackoffLimit * p.Shards))
	}
	manifest := k8s.KubeJob_Manifest(&k8s.KubeJobProps{Metadata: metadata, Spec: job}).(map[string]any)
	if byShard { // The types of Kubernetes 1.27 do not know it.
		manifest["spec"].(map[string]any)["backoffLimitPerIndex"] = p.BackoffLimit
	}
	of.addVolumes(manifest)
	of.Pods.addTo(manifest)
	return manifest
}
