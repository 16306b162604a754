package constructs

import (
	"fmt"
	"math/big"
	"net/url"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// ServiceType is how a Service is reached.
type ServiceType string

// The service types that an inference service may have.
const (
	LoadBalancer ServiceType = "LoadBalancer" // from outside, by the cloud's load balancer
	NodePort     ServiceType = "NodePort"     // from outside, by a port of every node
	ClusterIP    ServiceType = "ClusterIP"    // from inside the cluster only
)

// RsclipModelServiceProps configures [NewRsclipModelService].
type RsclipModelServiceProps struct {
	// Name is the value of the label app, and the start of every object's name.
	// Default "git-rscilp".
	Name string `json:"name,omitempty"`
	// Namespace is where the objects live, and not one of Kubernetes' own. Default
	// the chart's, or else Name.
	Namespace string `json:"namespace,omitempty"`
	// ExistingNamespace says that the Namespace is made elsewhere, as by another
	// service of the same namespace. Default false: it is made here.
	ExistingNamespace bool `json:"existingNamespace,omitempty"`

	// KubernetesVersion is the oldest release of the clusters that the manifests
	// are for, such as "1.31": newer fields are left out, or refused if they are
	// asked for. The defaults suit 1.23. Default "1.27".
	KubernetesVersion string `json:"kubernetesVersion,omitempty"`
	// Objects is what a site adds to every object.
	Objects Objects `json:"objects,omitzero"`

	// Image is the container image. One without tag and digest gets the tag
	// [Version], because ":latest" cannot be rolled back. Default
	// "your-registry/git-rscilp".
	Image string `json:"image,omitempty"`
	// ImagePullPolicy is Always, IfNotPresent or Never. Default Kubernetes' own:
	// IfNotPresent for any tag but latest.
	ImagePullPolicy string `json:"imagePullPolicy,omitempty"`
	// ImagePullSecrets name secrets of the namespace. Default
	// "registry-credentials"; an empty list that is not nil is none.
	ImagePullSecrets []string `json:"imagePullSecrets,omitempty"`

	// Replicas is the number of pods for as long as no autoscaler scales them.
	// Default 2.
	Replicas int `json:"replicas,omitempty" zero:"1 to 1000; set autoscaler.keda.scaleToZero to have none without traffic"`
	// Resources are the pod's requests and limits besides GPUs.
	Resources Resources `json:"resources,omitzero"`
	// GPU says which GPUs one pod gets, unless Model.Device is cpu.
	GPU GPU `json:"gpu,omitzero"`
	// Pods is what a site adds to the pods.
	Pods Pods `json:"pods,omitzero"`
	// Probes are the numbers of the pods' probes.
	Probes Probes `json:"probes,omitzero"`
	// Scheduling says on which nodes pods run, and how far apart.
	Scheduling Scheduling `json:"scheduling,omitzero"`
	// Rollout says how pods are replaced by new ones.
	Rollout Rollout `json:"rollout,omitzero"`
	// DisruptionBudget says how many pods a drain of nodes may take at a time.
	DisruptionBudget DisruptionBudget `json:"disruptionBudget,omitzero"`
	// ResourceQuota bounds what all pods of the namespace may take together. Whether it
	// has room is checked for the service's own containers alone: add what sidecars, a
	// canary, an index job, a vector store and others take.
	ResourceQuota ResourceQuota `json:"resourceQuota,omitzero"`

	// Security says as whom the container runs and where it may write.
	Security Security `json:"security,omitzero"`
	// ServiceAccountName names a ServiceAccount that is made elsewhere, such as
	// one with an identity in a cloud. Default: one is made here. The pods get no
	// token for the Kubernetes API from either.
	ServiceAccountName string `json:"serviceAccountName,omitempty"`
	// APIKeys is the entry of a Secret with the API keys, one a line, of which
	// each request must carry one. The server reads it again when it changes.
	// Default none: everyone who can reach the service may call it.
	APIKeys SecretKey `json:"apiKeys,omitzero"`
	// TLS is the Secret with the certificate by which the server speaks HTTPS, and
	// TLS on its gRPC port. The server reads it again when it changes. Default
	// none: App.Server.TLS alone says whether there is TLS.
	TLS TLSSecret `json:"tls,omitzero"`
	// NetworkPolicy says who may call the pods, and whom they may call.
	NetworkPolicy NetworkPolicy `json:"networkPolicy,omitzero"`

	// ServiceType is LoadBalancer, NodePort or ClusterIP. Default LoadBalancer.
	ServiceType ServiceType `json:"serviceType,omitempty"`
	// Expose says how the Service is reached from outside, beside its type.
	Expose Expose `json:"expose,omitzero"`
	// LoadBalancerSourceRanges are the addresses, in CIDR notation, whose calls
	// the load balancer passes on, where the cloud's can tell. Default everyone's.
	LoadBalancerSourceRanges []string `json:"loadBalancerSourceRanges,omitempty"`
	// Port is the Service's port. Default 80.
	Port int `json:"port,omitempty" zero:"1 to 65535"`

	// ModelSource says where the model folder comes from.
	ModelSource ModelSource `json:"modelSource,omitzero"`
	// Index says where the index for searches lies. Default none: nothing is searched.
	Index SearchIndex `json:"index,omitzero"`
	// Model is model-config.json. Its zero fields take the defaults of [config.DefaultModel].
	Model config.Model `json:"model,omitzero"`
	// App is app-config.yaml. Its zero fields take the defaults of
	// [config.DefaultApp]. The container, the Service, the probes, the network
	// policy and the monitoring follow its ports and its TLS.
	App config.App `json:"app,omitzero"`
}

// RsclipModelService is an inference service. Its fields are the objects that it
// made, for reference and for patches: every one has AddJsonPatch.
type RsclipModelService struct {
	constructs.Construct

	filled []*SearchEngine // by index jobs that name an engine of their own

	Namespace           cdk8s.ApiObject // nil where the namespace exists elsewhere
	ResourceQuota       cdk8s.ApiObject // nil where nothing is bounded
	ServiceAccount      cdk8s.ApiObject // nil where the account exists elsewhere
	ConfigMap           cdk8s.ApiObject
	ModelClaim          cdk8s.ApiObject // nil unless the model's claim is made here
	NetworkPolicy       cdk8s.ApiObject // nil where disabled
	PodDisruptionBudget cdk8s.ApiObject // nil where disabled
	Deployment          cdk8s.ApiObject
	Service             cdk8s.ApiObject
	Ingress             cdk8s.ApiObject // nil unless asked for

	props          RsclipModelServiceProps // with defaults
	autoscaler     string                  // id of the construct that scales the Deployment
	rateSeconds    int                     // the time that the autoscaler's signals of the server look at, or 0
	scrapeInterval string                  // the monitoring's, if there is one
}

// NewRsclipModelService adds an inference service to a chart: Namespace,
// ResourceQuota if asked for, ServiceAccount, ConfigMap, PersistentVolumeClaim if
// asked for, NetworkPolicy, PodDisruptionBudget, Deployment, Service and Ingress if
// asked for, in that order. Nil props are the defaults. It panics with a [PropsError] where props cannot be deployed.
func NewRsclipModelService(scope constructs.Construct, id string, props *RsclipModelServiceProps) *RsclipModelService {
	p := props.withDefaults(cdk8s.Chart_Of(scope).Namespace())
	c := p.check()
	if of := cdk8s.Chart_Of(scope).Namespace(); of != nil && *of != p.Namespace {
		c.add("namespace", p.Namespace, "that of the chart, "+*of, "leave out one of the two")
	}
	var files configFiles
	var deployment map[string]any
	if len(c.errs) == 0 { // Otherwise they cannot be made.
		files = renderConfig(p.Model, p.NetworkPolicy.settings(p.App))
		deployment = p.deployment(files)
		p.checkFiles(c, deployment)
	}
	c.must("RsclipModelService", id)

	s := &RsclipModelService{Construct: constructs.NewConstruct(scope, &id), props: p}
	p.addNamespace(s)
	if p.ServiceAccountName == "" {
		s.ServiceAccount = newObject(s.Construct, "ServiceAccount", p, k8s.KubeServiceAccount_Manifest(&k8s.KubeServiceAccountProps{
			Metadata: p.metadata(accountSuffix), AutomountServiceAccountToken: new(false),
		}))
	}
	config := &k8s.KubeConfigMapProps{
		Metadata: &k8s.ObjectMeta{Name: new(p.configName(files)), Namespace: &p.Namespace},
		Data:     &map[string]*string{contract.ModelConfigFile: &files.model, contract.AppConfigFile: &files.app},
	}
	if p.Rollout.ImmutableConfig {
		config.Immutable = new(true)
	}
	s.ConfigMap = newObject(s.Construct, "ConfigMap", p, k8s.KubeConfigMap_Manifest(config))
	s.ModelClaim = p.ModelSource.addClaim(p, s.Construct)
	if !p.NetworkPolicy.Disabled {
		spec := p.NetworkPolicy.spec(p.labels(), p.App.Server)
		p.Index.Engine.allow(spec, p.Namespace, p.NetworkPolicy)
		s.NetworkPolicy = newObject(s.Construct, "NetworkPolicy", p, networkPolicy(p.metadata("-network"), spec))
	}
	if !p.DisruptionBudget.Disabled {
		s.PodDisruptionBudget = newObject(s.Construct, "PodDisruptionBudget", p, k8s.KubePodDisruptionBudget_Manifest(&k8s.KubePodDisruptionBudgetProps{
			Metadata: p.metadata("-pdb"), Spec: p.DisruptionBudget.spec(p.labels()),
		}))
	}
	s.Deployment = newObject(s.Construct, "Deployment", p, deployment)
	p.addService(s)
	p.addIngress(s)
	return s
}

// accountSuffix ends the name of the ServiceAccount that is made here.
const accountSuffix = "-sa"

// addNamespace adds the Namespace, unless it exists, and its quota, if any.
func (p RsclipModelServiceProps) addNamespace(s *RsclipModelService) {
	if !p.ExistingNamespace {
		labels := &map[string]*string{enforceLabel: new(string(p.Security.NamespaceEnforces))}
		s.Namespace = newObject(s.Construct, "Namespace", p, k8s.KubeNamespace_Manifest(&k8s.KubeNamespaceProps{
			Metadata: &k8s.ObjectMeta{Name: &p.Namespace, Labels: labels},
		}))
	}
	if quota := p.ResourceQuota.spec(p.GPU); quota != nil {
		s.ResourceQuota = newObject(s.Construct, "ResourceQuota", p, k8s.KubeResourceQuota_Manifest(&k8s.KubeResourceQuotaProps{
			Metadata: p.metadata("-quota"), Spec: quota,
		}))
	}
}

// deployment is the manifest of the Deployment.
func (p RsclipModelServiceProps) deployment(files configFiles) map[string]any {
	manifest := k8s.KubeDeployment_Manifest(&k8s.KubeDeploymentProps{
		Metadata: p.Rollout.annotate(p.metadata("-deployment")),
		Spec:     p.deploymentSpec(p.podTemplate(files)),
	}).(map[string]any)
	p.addVolumes(manifest)
	p.Pods.addTo(manifest)
	return manifest
}

// addVolumes adds the images that are volumes to the manifest of a Deployment.
func (p RsclipModelServiceProps) addVolumes(deployment map[string]any) {
	for name, image := range map[string]*ModelImage{modelVolume: p.ModelSource.Image, indexVolume: p.Index.Image} {
		if image != nil {
			image.addTo(deployment, name)
		}
	}
}

// addService adds the Service. A ServiceMonitor finds it by its label, and the
// port by its name.
func (p RsclipModelServiceProps) addService(s *RsclipModelService) {
	spec := &k8s.ServiceSpec{
		Type:     new(string(p.ServiceType)),
		Selector: p.labels(),
		Ports:    p.servicePorts(),
	}
	spec.LoadBalancerSourceRanges = pointersTo(p.LoadBalancerSourceRanges)
	manifest := k8s.KubeService_Manifest(&k8s.KubeServiceProps{Metadata: p.metadata("-service"), Spec: spec}).(map[string]any)
	p.Expose.addTo(manifest)
	s.Service = newObject(s.Construct, "Service", p, manifest)
}

// withDefaults fills in the defaults. The chart may have a namespace, or none.
func (p *RsclipModelServiceProps) withDefaults(ofChart *string) RsclipModelServiceProps {
	var d RsclipModelServiceProps
	if p != nil {
		d = detached(*p)
	}
	setDefault(&d.Name, DefaultName)
	if ofChart != nil {
		setDefault(&d.Namespace, *ofChart)
	}
	setDefault(&d.Namespace, d.Name)
	setDefault(&d.KubernetesVersion, defaultKubernetes)
	d.Probes = d.Probes.withDefaults()
	d.Pods.CABundle = d.Pods.CABundle.withDefaults()
	setDefault(&d.Image, "your-registry/git-rscilp")
	if d.ImagePullSecrets == nil {
		d.ImagePullSecrets = []string{"registry-credentials"}
	}
	setDefault(&d.Replicas, 2)
	d.GPU = d.GPU.withDefaults()
	d.feed()
	d.Resources = d.Resources.withDefaults()
	setDefault(&d.ServiceType, LoadBalancer)
	setDefault(&d.Port, 80)
	d.DisruptionBudget = d.DisruptionBudget.withDefaults()
	d.Security = d.Security.withDefaults()
	d.NetworkPolicy = d.NetworkPolicy.withDefaults(d.ServiceType)
	d.Model = d.GPU.settings(d.Model.WithDefaults())
	d.App = d.App.WithDefaults()
	d.ModelSource = d.ModelSource.withDefaults()
	d.Index.Engine = d.Index.Engine.withDefaults()
	d.APIKeys = d.APIKeys.withDefaults(keysFile)
	if d.APIKeys.Name != "" {
		setDefault(&d.App.Server.APIKeysFile, keysFolder+"/"+keysFile)
	}
	d.App.Server.TLS = d.TLS.settings(d.App.Server.TLS)
	return d
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p RsclipModelServiceProps) check() *check {
	c := new(check)
	c.form("name", p.Name, applicationName)
	c.form("namespace", p.Namespace, namespaceName)
	if p.Namespace == "default" || strings.HasPrefix(p.Namespace, "kube-") {
		c.add("namespace", p.Namespace, "a namespace that is not Kubernetes' own", "choose one for the service, which may be shared with others by existingNamespace")
	}
	c.form("kubernetesVersion", p.KubernetesVersion, kubernetesRelease)
	p.Objects.check(c)
	p.Pods.check(c, p)
	p.Probes.check(c)
	p.Expose.check(c, p)
	c.form("image", p.Image, imageReference)
	if p.ImagePullPolicy != "" {
		oneOf(c, "imagePullPolicy", p.ImagePullPolicy, "Always", "IfNotPresent", "Never")
	}
	for _, secret := range p.ImagePullSecrets {
		c.form("imagePullSecrets", secret, objectName)
	}
	c.upTo("replicas", p.Replicas, maxReplicas)
	p.Resources.check(c)
	if limit, ok := parseQuantity(p.Resources.Limits.Memory); ok && limit.Cmp(new(big.Rat).SetInt64(p.App.Server.Memory())) < 0 {
		c.add("app.server.memory_mib", p.App.Server.MemoryMiB, "at most resources.limits.memory, "+p.Resources.Limits.Memory, "raise the limit, or leave it out, since the server knows its container's")
	}
	p.GPU.check(c, p.Resources.Limits.Memory)
	p.Scheduling.check(c)
	p.Rollout.check(c, p.fetchSeconds())
	p.DisruptionBudget.check(c, p.minorVersion())
	p.ResourceQuota.check(c, p)
	p.checkScale(c, p.Replicas)
	p.Security.check(c)
	if p.ServiceAccountName != "" {
		c.form("serviceAccountName", p.ServiceAccountName, objectName)
	}
	p.APIKeys.check(c, p.App.Server.APIKeysFile)
	p.TLS.check(c, p.App.Server.TLS)
	p.NetworkPolicy.check(c, p)
	oneOf(c, "serviceType", p.ServiceType, LoadBalancer, NodePort, ClusterIP)
	for i, r := range p.LoadBalancerSourceRanges {
		c.cidr(fmt.Sprintf("loadBalancerSourceRanges[%d]", i), r)
	}
	if len(p.LoadBalancerSourceRanges) > 0 && p.ServiceType != LoadBalancer {
		c.add("loadBalancerSourceRanges", strings.Join(p.LoadBalancerSourceRanges, ", "), "left out where serviceType is "+string(p.ServiceType), "leave it out, or restrict networkPolicy.ingress")
	}
	p.checkPorts(c)
	p.ModelSource.check(c, p)
	p.Index.check(c, p)
	p.checkProxies(c)
	if p.App.Tracing != nil {
		if address, err := url.Parse(p.App.Tracing.Endpoint); err == nil && address.Hostname() != "" {
			p.checkReach(c, "app.tracing.endpoint", address)
		}
	}
	c.include("model", p.Model.Validate())
	c.include("app", p.App.Validate())
	if len(c.errs) == 0 {
		renderConfig(p.Model, p.App).check(c)
	}
	return c
}

func (p RsclipModelServiceProps) labels() *map[string]*string {
	return &map[string]*string{"app": &p.Name}
}

func (p RsclipModelServiceProps) metadata(suffix string) *k8s.ObjectMeta {
	return &k8s.ObjectMeta{Name: new(p.Name + suffix), Namespace: &p.Namespace}
}

// apiMetadata is the metadata of objects whose kinds Kubernetes does not bring.
func (p RsclipModelServiceProps) apiMetadata(suffix string) *cdk8s.ApiObjectMetadata {
	return &cdk8s.ApiObjectMetadata{Name: new(p.Name + suffix), Namespace: &p.Namespace}
}

// serverName is the Service's name in the cluster's DNS, whatever its domain.
func (p RsclipModelServiceProps) serverName() string {
	return p.Name + "-service." + p.Namespace + ".svc"
}

func (p RsclipModelServiceProps) deploymentSpec(template *k8s.PodTemplateSpec) *k8s.DeploymentSpec {
	spec := &k8s.DeploymentSpec{
		Replicas: new(float64(p.Replicas)),
		Selector: &k8s.LabelSelector{MatchLabels: p.labels()},
		Template: template,
	}
	p.Rollout.render(spec, p.fetchSeconds())
	return spec
}

// claimScale records which autoscaler owns the number of replicas, and takes
// them out of the Deployment, where they would reset the scale at every apply.
func (s *RsclipModelService) claimScale(autoscaler string) {
	s.autoscaler = autoscaler
	s.Deployment.AddJsonPatch(removal("/spec/replicas"))
}
