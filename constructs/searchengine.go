package constructs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/internal/contract"
	"github.com/seed-74198975/rsclip/internal/internet"
)

// SearchEngine is a Weaviate, or a PostgreSQL with pgvector, that has the tiles of an
// index. The NetworkPolicy lets the pods call its hosts: Services of the cluster by
// their namespace and port, IP addresses, and public hosts. Other private hosts need
// NetworkPolicy.Egress.
type SearchEngine struct {
	// Address is weaviate://HOST[:PORT], weaviates:// for HTTPS, or
	// postgres://USER@HOST/DATABASE, without a password. More hosts stand behind commas.
	// A host of the cluster is NAME or NAME.NAMESPACE.svc: "weaviate://git-rscilp-weaviate"
	// is an [RsclipVectorStore]. Required.
	Address string `json:"address,omitempty"`
	// Collection is the name of the collection or table. Default a name of the model's
	// hash, so that each model has its own.
	Collection string `json:"collection,omitempty"`
	// Secret has Weaviate's API key or PostgreSQL's password. Its key defaults to "key" for
	// the one and "password" for the other. Default none.
	Secret SecretKey `json:"secret,omitzero"`
	// Pods are labels of the pods behind the Services, for the NetworkPolicy. Default none:
	// all pods of their namespaces.
	Pods map[string]string `json:"pods,omitempty"`
	// PodPort is the port of those pods, if it is another than the Service's, for the
	// NetworkPolicy. Default that of the address.
	PodPort int `json:"podPort,omitempty" zero:"1 to 65535"`
}

func (e *SearchEngine) withDefaults() *SearchEngine {
	if e == nil {
		return nil
	}
	d := *e
	if e.isWeaviate() {
		d.Secret = d.Secret.withDefaults("key")
	} else {
		d.Secret = d.Secret.withDefaults("password")
	}
	return &d
}

// isWeaviate tells a Weaviate from a PostgreSQL, and from none.
func (e *SearchEngine) isWeaviate() bool {
	if e == nil {
		return false
	}
	address, err := contract.ParseEngine(e.Address)
	return err == nil && address.IsWeaviate()
}

// check refuses an engine that cannot be asked by pods of a namespace.
func (e *SearchEngine) check(c *check, field, namespace string, network NetworkPolicy) {
	if e == nil {
		return
	}
	address, err := contract.ParseEngine(e.Address)
	shown := e.Address
	if at := strings.LastIndexByte(shown, '@'); at >= 0 { // What is before may be a password.
		shown = shown[at+1:]
	}
	shown, _, _ = strings.Cut(shown, "?")
	wrong, isWrong := errors.AsType[*contract.EngineError](err)
	switch {
	case address.HasPassword:
		c.add(field+".address", shown, "an address without a password or key", "take it out, keep it in a Secret, and name that by "+field+".secret")
	case isWrong:
		c.add(field+".address", shown, wrong.Allowed, wrong.Mend)
	case len(address.Hosts) == 0 || address.Settings.Has("host") || address.Settings.Has("hostaddr") || address.Settings.Has("port"):
		c.add(field+".address", shown, "an address with its hosts before the database", "write it like postgres://USER@HOST/DATABASE")
	default:
		for _, host := range address.Hosts {
			e.checkReach(c, field+".address", host, namespace, network)
		}
	}
	if e.Collection != "" && !contract.Collection.MatchString(e.Collection) {
		c.add(field+".collection", e.Collection, "a letter, and at most 40 letters, digits and '_' behind it", "leave it out for a name of the model's hash")
	}
	if e.Secret != (SecretKey{}) {
		e.Secret.checkForm(c, field+".secret")
	}
	c.labels(field+".pods", e.Pods)
	if e.PodPort != 0 {
		c.upTo(field+".podPort", e.PodPort, 65535)
	}
}

// checkReach refuses a host whose addresses nobody can tell from its name.
func (e *SearchEngine) checkReach(c *check, field string, host contract.EngineHost, namespace string, network NetworkPolicy) {
	if network.opens(host.Name, host.Port, namespace) || clusterNamespace(host.Name, namespace) != "" {
		return
	}
	if _, err := netip.ParseAddr(host.Name); err == nil {
		return
	}
	// NAME.NAMESPACE may be a Service, and may be a host of the Internet.
	if !internet.IsPublicName(host.Name) || strings.Count(host.Name, ".") < 2 {
		c.add(field, host.Name, "NAME or NAME.NAMESPACE.svc for a Service of the cluster, an IP address, or a public host", fmt.Sprintf("write it so, or add the host's pods or addresses, and the port %d, to networkPolicy.egress", host.Port))
	}
}

// clusterNamespace returns the namespace of a Service of the cluster, or of a pod behind
// one, by its name in DNS; empty for any other host.
func clusterNamespace(host, own string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	if len(labels) == 1 {
		return own
	}
	if at := slices.Index(labels, "svc"); at >= 2 {
		return labels[at-1]
	}
	return ""
}

// allow lets the pods of a policy call the engine.
func (e *SearchEngine) allow(policy *k8s.NetworkPolicySpec, namespace string, network NetworkPolicy) {
	if e == nil {
		return
	}
	address, err := contract.ParseEngine(e.Address)
	if err != nil {
		return // It has been refused.
	}
	var rules []NetworkDestination
	public := map[int]bool{}
	for _, host := range address.Hosts {
		to := NetworkDestination{Ports: []int{host.Port}}
		if ip, err := netip.ParseAddr(host.Name); err == nil {
			to.CIDR = netip.PrefixFrom(ip, ip.BitLen()).String()
		} else if to.Namespace = clusterNamespace(host.Name, namespace); to.Namespace != "" {
			to.Pods = e.Pods
			if e.PodPort != 0 {
				to.Ports = []int{e.PodPort}
			}
		} else {
			if internet.IsPublicName(host.Name) && !slices.Contains(network.PublicPorts, host.Port) && !public[host.Port] {
				public[host.Port] = true
				*policy.Egress = append(*policy.Egress, network.toPublic([]int{host.Port}))
			}
			continue
		}
		if !slices.ContainsFunc(rules, func(r NetworkDestination) bool {
			return r.Namespace == to.Namespace && r.CIDR == to.CIDR && slices.Equal(r.Ports, to.Ports)
		}) {
			rules = append(rules, to)
			*policy.Egress = append(*policy.Egress, to.render(nil, "TCP"))
		}
	}
}

// env are the variables that say where the engine is, and how it is asked.
func (e *SearchEngine) env() []*k8s.EnvVar {
	env := []*k8s.EnvVar{{Name: new(contract.SearchURLEnv), Value: &e.Address}}
	if e.Collection != "" {
		env = append(env, &k8s.EnvVar{Name: new(contract.SearchCollectionEnv), Value: &e.Collection})
	}
	return append(env, e.secretEnv()...)
}

// secretEnv is the variable with the key or password, if there is one.
func (e *SearchEngine) secretEnv() []*k8s.EnvVar {
	if e.Secret.Name == "" {
		return nil
	}
	name := contract.PostgresPasswordEnv
	if e.isWeaviate() {
		name = contract.SearchKeyEnv
	}
	return []*k8s.EnvVar{e.Secret.env(name)}
}

// args are the flags of `rsclip index` that have it fill the engine.
func (e *SearchEngine) args() []string {
	if e == nil {
		return nil
	}
	args := []string{contract.Flag(contract.ToFlag, e.Address)}
	if e.Collection != "" {
		args = append(args, contract.Flag(contract.CollectionFlag, e.Collection))
	}
	return args
}
