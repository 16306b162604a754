package constructs

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// RsclipVectorStoreProps configures [NewRsclipVectorStore].
type RsclipVectorStoreProps struct {
	// Service is who searches it, in whose namespace it is, and whose security and pull
	// secrets it has. Required.
	Service *RsclipModelService `json:"-"`

	// Image is Weaviate's. Default "cr.weaviate.io/semitechnologies/weaviate:1.35.2", which
	// is the version that is tested.
	Image string `json:"image,omitempty"`
	// Replicas is the number of nodes, odd, 1 to 15. A tile is kept by three of them, or by
	// the one. Three nodes or more go on without one of them. Default 3.
	Replicas int `json:"replicas,omitempty" zero:"an odd number, 1 to 15"`
	// Key is the entry of a Secret with the API key, without commas, which is also the
	// password among the nodes. Its key defaults to "key". Default the secret of the
	// service's Index.Engine if that is a Weaviate.
	Key SecretKey `json:"key,omitzero"`
	// Anonymous lets everyone who reaches the pods read and write. Default false.
	Anonymous bool `json:"anonymous,omitempty"`
	// Storage is what each node keeps its tiles on.
	Storage StoreStorage `json:"storage,omitzero"`
	// Resources are a node's requests and limits. Default requests of 1 CPU and 4Gi, and
	// limits of 4 CPUs and 8Gi. Weaviate is told to keep within four fifths of the memory.
	Resources Resources `json:"resources,omitzero"`
	// Scheduling says on which nodes of the cluster its pods run, and how far apart. Default
	// spreadHosts prefer.
	Scheduling Scheduling `json:"scheduling,omitzero"`
	// Callers are who may call it by HTTP and gRPC beside the service and its index job.
	// Default nobody.
	Callers []NetworkPeer `json:"callers,omitempty"`
	// StartSeconds is how long a node may take to read its tiles at its start, 60 to 86400.
	// Default 1800.
	StartSeconds int `json:"startSeconds,omitempty" zero:"60 to 86400"`
}

// StoreStorage is a claim for each node.
type StoreStorage struct {
	// Size is what a claim asks for. Default "100Gi".
	Size string `json:"size,omitempty" number:"text"`
	// StorageClass is the claims' class. Default the cluster's own.
	StorageClass string `json:"storageClass,omitempty"`
	// DeleteClaims deletes the claims with the StatefulSet, and those of nodes that are
	// scaled away. Needs Kubernetes 1.27. Default false: they are kept.
	DeleteClaims bool `json:"deleteClaims,omitempty"`
}

// RsclipVectorStore is a Weaviate. Its fields are the objects that it made, for
// reference and for patches.
type RsclipVectorStore struct {
	constructs.Construct

	ServiceAccount      cdk8s.ApiObject
	NetworkPolicy       cdk8s.ApiObject // nil where the service's is disabled
	PodDisruptionBudget cdk8s.ApiObject
	Peers               cdk8s.ApiObject // the headless Service by which nodes find each other
	StatefulSet         cdk8s.ApiObject
	Service             cdk8s.ApiObject
}

// The image of Weaviate, and the end of the names of its objects.
const (
	weaviateImage = "cr.weaviate.io/semitechnologies/weaviate:1.35.2"
	storeSuffix   = "-weaviate"
	peersSuffix   = storeSuffix + "-peers"
	dataVolume    = "data"
	dataFolder    = "/var/lib/weaviate"
)

// Ports of Weaviate.
const (
	storePort   = 8080
	storeRPC    = 50051
	gossipPort  = 7946 // by TCP and UDP
	nodesPort   = 7947 // by which nodes read and write each other's tiles
	raftPort    = 8300
	raftRPCPort = 8301
)

// Bounds of a store.
const (
	maxNodes = 15
	// raftVoters are as many as agree on the schema.
	raftVoters = 3
	// longestStore is the longest name of a StatefulSet: with a hash behind, it is a label
	// of the pods.
	longestStore = 52
	// bootstrapSeconds is how long a node waits for others. It looks their names up only
	// once, and finds nobody if it was the first to start: it then starts again.
	bootstrapSeconds = 120
	// storeGraceSeconds is how long a node may take to write down what it has in memory.
	storeGraceSeconds = 300
)

// NewRsclipVectorStore adds a Weaviate for those who have none: a StatefulSet with a
// claim for each pod, its Services, ServiceAccount, PodDisruptionBudget and
// NetworkPolicy. It sends nothing to its makers. Its address is
// "weaviate://NAME-weaviate", of the service's name. It panics with a [PropsError] where
// props cannot be deployed.
func NewRsclipVectorStore(scope constructs.Construct, id string, props *RsclipVectorStoreProps) *RsclipVectorStore {
	p := props.withDefaults()
	p.check().must("RsclipVectorStore", id)

	of := p.Service.props
	s := &RsclipVectorStore{Construct: constructs.NewConstruct(scope, &id)}
	s.ServiceAccount = newObject(s.Construct, "ServiceAccount", of, k8s.KubeServiceAccount_Manifest(&k8s.KubeServiceAccountProps{
		Metadata: p.metadata(storeSuffix + accountSuffix), AutomountServiceAccountToken: new(false),
	}))
	if !of.NetworkPolicy.Disabled {
		s.NetworkPolicy = newObject(s.Construct, "NetworkPolicy", of, k8s.KubeNetworkPolicy_Manifest(&k8s.KubeNetworkPolicyProps{
			Metadata: p.metadata(storeSuffix + "-network"), Spec: p.policy(),
		}))
	}
	s.PodDisruptionBudget = newObject(s.Construct, "PodDisruptionBudget", of, k8s.KubePodDisruptionBudget_Manifest(&k8s.KubePodDisruptionBudgetProps{
		Metadata: p.metadata(storeSuffix + "-pdb"), Spec: DisruptionBudget{MaxUnavailable: 1}.spec(p.labels()),
	}))
	s.Peers = newObject(s.Construct, "Peers", of, k8s.KubeService_Manifest(&k8s.KubeServiceProps{
		Metadata: p.metadata(peersSuffix),
		Spec: &k8s.ServiceSpec{
			ClusterIp: new("None"), PublishNotReadyAddresses: new(true), Selector: p.labels(),
			Ports: &[]*k8s.ServicePort{{Name: new("gossip"), Port: new(float64(gossipPort)), Protocol: new("TCP")}},
		},
	}))
	s.StatefulSet = newObject(s.Construct, "StatefulSet", of, p.statefulSet())
	s.Service = newObject(s.Construct, "Service", of, k8s.KubeService_Manifest(&k8s.KubeServiceProps{
		Metadata: p.metadata(storeSuffix),
		Spec: &k8s.ServiceSpec{Type: new(string(ClusterIP)), Selector: p.labels(), Ports: &[]*k8s.ServicePort{
			{Name: new(portName), Port: new(float64(storePort)), TargetPort: portNumber(storePort), Protocol: new("TCP")},
			{Name: new(grpcPortName), Port: new(float64(storeRPC)), TargetPort: portNumber(storeRPC), Protocol: new("TCP"), AppProtocol: new(speaksHTTP2)},
		}},
	}))
	return s
}

// withDefaults fills in the defaults.
func (p *RsclipVectorStoreProps) withDefaults() RsclipVectorStoreProps {
	var d RsclipVectorStoreProps
	if p != nil {
		d = *p
	}
	setDefault(&d.Image, weaviateImage)
	setDefault(&d.Replicas, 3)
	if d.Service != nil && !d.Anonymous {
		if engine := d.Service.props.Index.Engine; engine.isWeaviate() {
			setDefault(&d.Key, engine.Secret)
		}
	}
	d.Key = d.Key.withDefaults("key")
	setDefault(&d.Storage.Size, "100Gi")
	setDefault(&d.Resources.Requests.CPU, "1")
	setDefault(&d.Resources.Requests.Memory, "4Gi")
	setDefault(&d.Resources.Limits.Memory, "8Gi")
	d.Resources = d.Resources.withDefaults()
	setDefault(&d.Scheduling.SpreadHosts, Prefer)
	setDefault(&d.StartSeconds, 1800)
	return d
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p RsclipVectorStoreProps) check() *check {
	c := new(check)
	if p.Service == nil {
		c.add("service", "", "a service", "give the service that searches")
	} else if name := p.Service.props.Name; len(name) > longestStore-len(storeSuffix) {
		c.add("service.name", name, fmt.Sprintf("at most %d characters beside a vector store", longestStore-len(storeSuffix)), "choose a shorter name")
	}
	c.form("image", p.Image, imageReference)
	if p.Image != "" && pinned(p.Image) != p.Image {
		c.add("image", p.Image, "a reference with a tag or digest", "add one, since tiles are kept in the form of a version")
	}
	c.upTo("replicas", p.Replicas, maxNodes)
	if p.Replicas%2 == 0 {
		c.add("replicas", p.Replicas, "an odd number", "add one node or take one away, since most of them must agree")
	}
	switch {
	case p.Anonymous && p.Key != (SecretKey{}):
		c.add("key.name", p.Key.Name, "left out beside anonymous", "leave out one of the two")
	case !p.Anonymous && p.Key.Name == "":
		c.add("key.name", "", "a Secret with the API key, unless anonymous", "name it here or by service.index.engine.secret of a Weaviate, or set anonymous")
	case !p.Anonymous:
		p.Key.checkForm(c, "key")
	}
	c.bytes("storage.size", p.Storage.Size)
	if p.Storage.StorageClass != "" {
		c.form("storage.storageClass", p.Storage.StorageClass, objectName)
	}
	if p.Storage.DeleteClaims && p.Service != nil && p.Service.props.minorVersion() < 27 {
		c.add("storage.deleteClaims", true, "left out before Kubernetes 1.27", "leave it out, or set service.kubernetesVersion")
	}
	p.Resources.check(c)
	if p.Resources.NoCPULimit && p.Service != nil && p.Service.props.ResourceQuota.Limits.CPU != "" {
		c.add("resources.noCPULimit", true, "left out where the service's resourceQuota bounds limits.cpu", "leave it out, since the quota would refuse every pod, or leave that bound out")
	}
	p.Scheduling.check(c)
	for i, caller := range p.Callers {
		caller.check(c, fmt.Sprintf("callers[%d]", i))
	}
	if p.StartSeconds < 60 || p.StartSeconds > 86400 {
		c.add("startSeconds", p.StartSeconds, "60 to 86400", "choose a value in that range, or leave it out for 1800")
	}
	if p.Service != nil {
		p.checkAsked(c, "service.index.engine.", p.Service.props.Index.Engine)
		for _, engine := range p.Service.filled {
			p.checkAsked(c, "indexJob.to.", engine)
		}
	}
	return c
}

// checkAsked refuses an engine, if any, that is this store and is asked otherwise than it
// answers.
func (p RsclipVectorStoreProps) checkAsked(c *check, field string, engine *SearchEngine) {
	if engine == nil {
		return
	}
	address, err := contract.ParseEngine(engine.Address)
	if err != nil || !slices.ContainsFunc(address.Hosts, p.isHost) {
		return // It asks another.
	}
	own := contract.WeaviateScheme + "://" + p.Service.props.Name + storeSuffix
	for _, host := range address.Hosts {
		if address.Scheme != contract.WeaviateScheme || p.isHost(host) && host.Port != storePort {
			c.add(field+"address", engine.Address[strings.LastIndexByte(engine.Address, '@')+1:], fmt.Sprintf("%s, on the port %d, of the vector store", own, storePort), "write "+own)
			break
		}
	}
	if engine.PodPort != 0 && engine.PodPort != storePort {
		c.add(field+"podPort", engine.PodPort, fmt.Sprintf("%d of the vector store's pods", storePort), "leave it out")
	}
	for key, value := range engine.Pods {
		if key != appLabel || value != p.Service.props.Name+storeSuffix {
			c.add(field+"pods."+key, value, "labels of the vector store's pods, "+appLabel+": "+p.Service.props.Name+storeSuffix, "leave pods out")
		}
	}
	switch {
	case p.Anonymous && engine.Secret.Name != "":
		c.add("anonymous", true, "left out if "+field+"secret names a key of this store", "leave out one of the two")
	case !p.Anonymous && engine.Secret != p.Key && p.Key.Name != "":
		c.add(field+"secret.name", engine.Secret.Name, fmt.Sprintf("the vector store's key, the entry %s of the Secret %s", p.Key.Key, p.Key.Name), "name the same entry in both, or leave out vectorStore.key")
	}
}

// isHost tells whether a host is the store, or a node of it.
func (p RsclipVectorStoreProps) isHost(host contract.EngineHost) bool {
	of := p.Service.props
	labels := strings.Split(strings.TrimSuffix(host.Name, "."), ".")
	at := slices.IndexFunc(labels, func(label string) bool { return label == of.Name+storeSuffix || label == of.Name+peersSuffix })
	return at >= 0 && at <= 1 && (at == len(labels)-1 || labels[at+1] == of.Namespace)
}

func (p RsclipVectorStoreProps) labels() *map[string]*string {
	return &map[string]*string{appLabel: new(p.Service.props.Name + storeSuffix)}
}

// metadata gives the objects the label of the nodes in the place of the service's, by
// which a ServiceMonitor finds what it scrapes.
func (p RsclipVectorStoreProps) metadata(suffix string) *k8s.ObjectMeta {
	m := p.Service.props.metadata(suffix)
	m.Labels = p.labels()
	return m
}

// policy lets the service and its index job call the nodes, and nodes each other.
func (p RsclipVectorStoreProps) policy() *k8s.NetworkPolicySpec {
	name := p.Service.props.Name
	var callers []*k8s.NetworkPolicyPeer
	for _, caller := range append([]NetworkPeer{{Pods: map[string]string{appLabel: name}}, {Pods: map[string]string{appLabel: name + indexSuffix}}}, p.Callers...) {
		callers = append(callers, caller.render())
	}
	nodes := &[]*k8s.NetworkPolicyPeer{NetworkPeer{Pods: map[string]string{appLabel: name + storeSuffix}}.render()}
	ports := networkPorts([]int{gossipPort, nodesPort, raftPort, raftRPCPort}, "TCP")
	*ports = append(*ports, *networkPorts([]int{gossipPort}, "UDP")...)
	var egress []*k8s.NetworkPolicyEgressRule
	for _, to := range p.Service.props.NetworkPolicy.DNS {
		egress = append(egress, to.render([]int{53}, "UDP", "TCP"))
	}
	egress = append(egress, &k8s.NetworkPolicyEgressRule{To: nodes, Ports: ports})
	return &k8s.NetworkPolicySpec{
		PodSelector: &k8s.LabelSelector{MatchLabels: p.labels()},
		PolicyTypes: &[]*string{new("Ingress"), new("Egress")},
		Ingress: &[]*k8s.NetworkPolicyIngressRule{
			{From: &callers, Ports: networkPorts([]int{storePort, storeRPC}, "TCP")},
			{From: nodes, Ports: ports},
		},
		Egress: &egress,
	}
}

// env are Weaviate's settings.
func (p RsclipVectorStoreProps) env() *[]*k8s.EnvVar {
	var voters []string
	for i := range min(p.Replicas, raftVoters) {
		voters = append(voters, fmt.Sprintf("%s%s-%d:%d", p.Service.props.Name, storeSuffix, i, raftPort))
	}
	env := []*k8s.EnvVar{{Name: new("CLUSTER_HOSTNAME"), ValueFrom: &k8s.EnvVarSource{FieldRef: &k8s.ObjectFieldSelector{FieldPath: new("metadata.name")}}}}
	for _, v := range [][2]string{
		{"PERSISTENCE_DATA_PATH", dataFolder},
		{"CLUSTER_JOIN", p.Service.props.Name + peersSuffix},
		{"CLUSTER_GOSSIP_BIND_PORT", strconv.Itoa(gossipPort)},
		{"CLUSTER_DATA_BIND_PORT", strconv.Itoa(nodesPort)},
		{"RAFT_PORT", strconv.Itoa(raftPort)},
		{"RAFT_INTERNAL_RPC_PORT", strconv.Itoa(raftRPCPort)},
		{"RAFT_JOIN", strings.Join(voters, ",")},
		{"RAFT_BOOTSTRAP_EXPECT", strconv.Itoa(len(voters))},
		{"RAFT_BOOTSTRAP_TIMEOUT", strconv.Itoa(bootstrapSeconds)},
		{"GRPC_PORT", strconv.Itoa(storeRPC)},
		{"GOMEMLIMIT", fourFifths(p.Resources.Limits.Memory)},
		{"DEFAULT_VECTORIZER_MODULE", "none"},
		{"API_BASED_MODULES_DISABLED", "true"},
		{"DISABLE_TELEMETRY", "true"},
		{"GO_PROFILING_DISABLE", "true"},
		{"AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", strconv.FormatBool(p.Anonymous)},
	} {
		env = append(env, &k8s.EnvVar{Name: &v[0], Value: &v[1]})
	}
	if !p.Anonymous {
		const user = "rsclip"
		env = append(env,
			&k8s.EnvVar{Name: new("AUTHENTICATION_APIKEY_ENABLED"), Value: new("true")},
			&k8s.EnvVar{Name: new("AUTHENTICATION_APIKEY_USERS"), Value: new(user)},
			p.Key.env("AUTHENTICATION_APIKEY_ALLOWED_KEYS"),
			&k8s.EnvVar{Name: new("CLUSTER_BASIC_AUTH_USERNAME"), Value: new(user)},
			p.Key.env("CLUSTER_BASIC_AUTH_PASSWORD"),
		)
	}
	return &env
}

// fourFifths are those of a quantity, in bytes, at which Go's garbage collector works
// harder.
func fourFifths(memory string) string {
	value, _ := parseQuantity(memory)
	value = new(big.Rat).Mul(value, big.NewRat(4, 5))
	return new(big.Int).Quo(value.Num(), value.Denom()).String()
}

// statefulSet is the manifest of the nodes. They start at the same time: the first one is
// not ready before it has found the others.
func (p RsclipVectorStoreProps) statefulSet() any {
	of := p.Service.props
	ask := func(path string, period, failures int) *k8s.Probe {
		return &k8s.Probe{
			HttpGet:       &k8s.HttpGetAction{Path: new("/v1/.well-known/" + path), Port: portNumber(storePort)},
			PeriodSeconds: new(float64(period)), TimeoutSeconds: new(float64(probeTimeoutSeconds)), FailureThreshold: new(float64(failures)),
		}
	}
	var ports []*k8s.ContainerPort
	for _, port := range []struct {
		name     string
		number   int
		protocol string
	}{
		{portName, storePort, "TCP"},
		{grpcPortName, storeRPC, "TCP"},
		{"gossip", gossipPort, "TCP"},
		{"gossip-udp", gossipPort, "UDP"},
		{"nodes", nodesPort, "TCP"},
		{"raft", raftPort, "TCP"},
		{"raft-rpc", raftRPCPort, "TCP"},
	} {
		ports = append(ports, &k8s.ContainerPort{Name: &port.name, ContainerPort: new(float64(port.number)), Protocol: &port.protocol})
	}
	container := &k8s.Container{
		Name:  new(of.Name + storeSuffix),
		Image: &p.Image,
		Args:  &[]*string{new("--host=0.0.0.0"), new("--port=" + strconv.Itoa(storePort)), new("--scheme=http")},
		Ports: &ports,
		Env:   p.env(),
		// Its tiles are on the claim, and so it asks for no more of the disk than its /tmp.
		Resources:      requirements(p.Resources, GPU{}, config.CPU, of.Security.TemporaryStorage),
		VolumeMounts:   &[]*k8s.VolumeMount{{Name: new(dataVolume), MountPath: new(dataFolder)}},
		StartupProbe:   ask("live", startupPeriodSeconds, (p.StartSeconds+startupPeriodSeconds-1)/startupPeriodSeconds),
		LivenessProbe:  ask("live", 10, 6),
		ReadinessProbe: ask("ready", 5, 3),
	}
	spec := &k8s.PodSpec{
		ServiceAccountName:            new(of.Name + storeSuffix + accountSuffix),
		AutomountServiceAccountToken:  new(false),
		TerminationGracePeriodSeconds: new(float64(storeGraceSeconds)),
		Containers:                    &[]*k8s.Container{container},
		Volumes:                       &[]*k8s.Volume{},
	}
	if len(of.ImagePullSecrets) > 0 {
		var secrets []*k8s.LocalObjectReference
		for _, name := range of.ImagePullSecrets {
			secrets = append(secrets, &k8s.LocalObjectReference{Name: &name})
		}
		spec.ImagePullSecrets = &secrets
	}
	of.Security.render(spec, container)
	of.Security.share(spec)
	p.Scheduling.render(spec, p.labels(), of.minorVersion())
	if spec.TopologySpreadConstraints != nil {
		for _, spread := range *spec.TopologySpreadConstraints {
			spread.MatchLabelKeys = nil // They are a Deployment's.
		}
	}
	set := &k8s.StatefulSetSpec{
		ServiceName: new(of.Name + peersSuffix), Replicas: new(float64(p.Replicas)), PodManagementPolicy: new("Parallel"),
		Selector: &k8s.LabelSelector{MatchLabels: p.labels()},
		Template: &k8s.PodTemplateSpec{Metadata: &k8s.ObjectMeta{Labels: p.labels()}, Spec: spec},
		VolumeClaimTemplates: &[]*k8s.KubePersistentVolumeClaimProps{{
			Metadata: &k8s.ObjectMeta{Name: new(dataVolume)},
			Spec:     VolumeClaim{Size: p.Storage.Size, StorageClass: p.Storage.StorageClass, AccessMode: ReadWriteOnce}.spec(),
		}},
	}
	if of.minorVersion() >= 27 {
		policy := "Retain"
		if p.Storage.DeleteClaims {
			policy = "Delete"
		}
		set.PersistentVolumeClaimRetentionPolicy = &k8s.StatefulSetPersistentVolumeClaimRetentionPolicy{WhenDeleted: &policy, WhenScaled: &policy}
	}
	return k8s.KubeStatefulSet_Manifest(&k8s.KubeStatefulSetProps{Metadata: p.metadata(storeSuffix), Spec: set})
}
