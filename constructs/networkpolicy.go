package constructs

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/internet"
)

// NetworkPolicy says who may call the pods of a service, and whom they may call.
// It holds on clusters whose network plugin enforces policies.
type NetworkPolicy struct {
	// Disabled leaves the NetworkPolicy out: anyone may then call the pods, and
	// they anyone. Default false.
	Disabled bool `json:"disabled,omitempty"`
	// Ingress is who may call the service. The calls of a load balancer or of a
	// node's port come from addresses outside the cluster or from the nodes', so
	// with those types one peer must be a CIDR. Default every pod of the cluster
	// where the service type is ClusterIP, and everyone where it is not; an empty
	// list that is not nil is Prometheus alone.
	Ingress []NetworkPeer `json:"ingress,omitempty"`
	// MonitoringNamespace is where Prometheus runs, whose pods may always call
	// the service. Default "monitoring".
	MonitoringNamespace string `json:"monitoringNamespace,omitempty"`
	// PublicPorts are the ports of public addresses, from which pictures are
	// fetched. What the server's fetching refuses is not among them: private
	// addresses, the clouds' metadata and other special ranges.
	// Default 80 and 443; an empty list that is not nil is none.
	PublicPorts []int `json:"publicPorts,omitempty"`
	// PrivateRanges are further addresses that are not public, in CIDR notation:
	// those of the cluster's pods, services and nodes where the Internet could
	// route them, as on most clusters with IPv6. The server is told of them in
	// App.Fetch.PrivateRanges. Default none.
	PrivateRanges []string `json:"privateRanges,omitempty"`
	// Egress is whom the server may call besides, by TCP: stores, proxies and
	// collectors of traces, inside the cluster or on private addresses. Their
	// ports default to 80 and 443. Default nobody; App.Fetch.AllowedHosts needs it.
	Egress []NetworkDestination `json:"egress,omitempty"`
	// DNS is who resolves names, by UDP and TCP, in the place of the namespace
	// kube-system. Their ports default to 53. A node's cache is a CIDR, often
	// "169.254.20.10/32": list {namespace: kube-system} beside it if pods ask that, too.
	// OpenShift's is {namespace: openshift-dns, ports: [5353]}. Default the
	// namespace kube-system.
	DNS []NetworkDestination `json:"dns,omitempty"`
}

// NetworkPeer is pods, by Namespace and Pods, or addresses, by CIDR.
type NetworkPeer struct {
	// Namespace is the name of the pods' namespace, or "*" for every one. Default
	// with Pods the service's own.
	Namespace string `json:"namespace,omitempty"`
	// Pods are labels that the pods must have. Default with Namespace none.
	Pods map[string]string `json:"pods,omitempty"`
	// CIDR is a range of addresses, such as "10.20.0.0/16", alone. Pods on their
	// node's network are known by its addresses. Default none.
	CIDR string `json:"cidr,omitempty"`
}

// NetworkDestination is a peer on some ports.
type NetworkDestination struct {
	NetworkPeer

	// Ports are the peer's own, behind any Service: 1 to 65535. Default those of
	// the list that the destination stands in.
	Ports []int `json:"ports,omitempty"`
}

// namespaceNameLabel is the label that Kubernetes gives every namespace.
const namespaceNameLabel = "kubernetes.io/metadata.name"

var webPorts = []int{80, 443}

func (n NetworkPolicy) withDefaults(service ServiceType) NetworkPolicy {
	if n.Ingress == nil && service == ClusterIP {
		n.Ingress = []NetworkPeer{{Namespace: "*"}}
	}
	setDefault(&n.MonitoringNamespace, "monitoring")
	if n.PublicPorts == nil {
		n.PublicPorts = webPorts
	}
	if n.DNS == nil {
		n.DNS = []NetworkDestination{{NetworkPeer: NetworkPeer{Namespace: "kube-system"}}}
	}
	return n
}

func (n NetworkPolicy) check(c *check, p RsclipModelServiceProps) {
	const prefix = "networkPolicy."
	cidrs := 0
	for i, peer := range n.Ingress {
		peer.check(c, fmt.Sprintf("%singress[%d]", prefix, i))
		if peer.CIDR != "" {
			cidrs++
		}
	}
	if n.Ingress != nil && cidrs == 0 && p.ServiceType != ClusterIP {
		c.add(prefix+"ingress", "without a cidr", "with one where serviceType is "+string(p.ServiceType),
			"add the addresses of the callers and of the nodes, or choose serviceType ClusterIP")
	}
	c.form(prefix+"monitoringNamespace", n.MonitoringNamespace, namespaceName)
	c.ports(prefix+"publicPorts", n.PublicPorts)
	for i, private := range n.PrivateRanges {
		field := fmt.Sprintf("%sprivateRanges[%d]", prefix, i)
		c.cidr(field, private)
		if all, err := netip.ParsePrefix(private); err == nil && !within(all, internet.IPv4) && !within(all, internet.IPv6) {
			c.add(field, private, fmt.Sprintf("a part of %s or of %s", internet.IPv4, internet.IPv6), "leave it out, since nothing else is opened")
		}
	}
	if p.App.Fetch != nil && len(p.App.Fetch.PrivateRanges) > 0 {
		c.add("app.fetch.private_ranges", strings.Join(p.App.Fetch.PrivateRanges, ", "), "left out", "write networkPolicy.privateRanges, which the server is told, too")
	}
	for i, to := range n.Egress {
		to.check(c, fmt.Sprintf("%segress[%d]", prefix, i))
	}
	for i, to := range n.DNS {
		to.check(c, fmt.Sprintf("%sdns[%d]", prefix, i))
	}
	if p.App.Fetch != nil && len(p.App.Fetch.AllowedHosts) > 0 && len(n.Egress) == 0 && !n.Disabled {
		c.add(prefix+"egress", "", "one destination or more where app.fetch.allowed_hosts names private hosts",
			"add their pods or addresses, and ports, or disable networkPolicy")
	}
}

func (n NetworkPeer) check(c *check, field string) {
	pods := n.Namespace != "" || len(n.Pods) > 0
	switch {
	case pods && n.CIDR != "":
		c.add(field+".cidr", n.CIDR, "alone", "list pods and addresses as two peers")
	case n.CIDR != "":
		c.cidr(field+".cidr", n.CIDR)
	case !pods:
		c.add(field, "", "a namespace, pods or a cidr", `write {namespace: "*"} for every pod of the cluster`)
	}
	if n.Namespace != "" && n.Namespace != "*" {
		c.form(field+".namespace", n.Namespace, namespaceName)
	}
	c.labels(field+".pods", n.Pods)
}

func (n NetworkDestination) check(c *check, field string) {
	n.NetworkPeer.check(c, field)
	c.ports(field+".ports", n.Ports)
}

// ports refuses numbers that no port has.
func (c *check) ports(field string, ports []int) {
	for i, port := range ports {
		c.upTo(fmt.Sprintf("%s[%d]", field, i), port, 65535)
	}
}

// cidr refuses what is no range of addresses, or has bits beyond its length.
func (c *check) cidr(field, value string) {
	prefix, err := netip.ParsePrefix(value)
	switch {
	case err != nil:
		c.add(field, value, "a range of addresses in CIDR notation", `write it like "203.0.113.0/24", or "203.0.113.7/32" for one address`)
	case prefix.Masked().String() != value:
		c.add(field, value, "a range's first address and its length", "write "+prefix.Masked().String())
	}
}

// spec is about the pods with the labels, which run the server.
func (n NetworkPolicy) spec(labels *map[string]*string, server config.Server) *k8s.NetworkPolicySpec {
	scraped := []int{server.Port}
	if server.MetricsPort != 0 {
		scraped = append(scraped, server.MetricsPort)
	}
	ingress := []*k8s.NetworkPolicyIngressRule{{
		From: &[]*k8s.NetworkPolicyPeer{NetworkPeer{Namespace: n.MonitoringNamespace}.render()}, Ports: networkPorts(scraped, "TCP"),
	}}
	if callers := n.callers(); callers == nil || len(*callers) > 0 {
		called := []int{server.Port}
		if server.GRPCPort != 0 {
			called = append(called, server.GRPCPort)
		}
		ingress = append(ingress, &k8s.NetworkPolicyIngressRule{From: callers, Ports: networkPorts(called, "TCP")})
	}
	egress := []*k8s.NetworkPolicyEgressRule{}
	for _, to := range n.DNS {
		egress = append(egress, to.render([]int{53}, "UDP", "TCP"))
	}
	if len(n.PublicPorts) > 0 {
		egress = append(egress, n.toPublic(n.PublicPorts))
	}
	for _, to := range n.Egress {
		egress = append(egress, to.render(webPorts, "TCP"))
	}
	return &k8s.NetworkPolicySpec{
		PodSelector: &k8s.LabelSelector{MatchLabels: labels},
		PolicyTypes: &[]*string{new("Ingress"), new("Egress")},
		Ingress:     &ingress,
		Egress:      &egress,
	}
}

// networkPolicy is the manifest of a policy. A list of no rules is left out, as the
// cluster keeps it: what compares the two would find a change for ever. The policy's
// types say that nobody is let in or out then.
func networkPolicy(metadata *k8s.ObjectMeta, spec *k8s.NetworkPolicySpec) any {
	if len(*spec.Ingress) == 0 {
		spec.Ingress = nil
	}
	if len(*spec.Egress) == 0 {
		spec.Egress = nil
	}
	return k8s.KubeNetworkPolicy_Manifest(&k8s.KubeNetworkPolicyProps{Metadata: metadata, Spec: spec})
}

// toPublic lets pods call ports of all public addresses.
func (n NetworkPolicy) toPublic(ports []int) *k8s.NetworkPolicyEgressRule {
	return &k8s.NetworkPolicyEgressRule{
		To:    &[]*k8s.NetworkPolicyPeer{n.public(internet.IPv4), n.public(internet.IPv6)},
		Ports: networkPorts(ports, "TCP"),
	}
}

// public is all of the public addresses of a family.
func (n NetworkPolicy) public(family netip.Prefix) *k8s.NetworkPolicyPeer {
	var except []string
	for _, special := range internet.Special(family) {
		except = append(except, special.String())
	}
	for _, private := range n.PrivateRanges {
		if within(netip.MustParsePrefix(private), family) && !slices.Contains(except, private) {
			except = append(except, private)
		}
	}
	return &k8s.NetworkPolicyPeer{IpBlock: &k8s.IpBlock{Cidr: new(family.String()), Except: pointersTo(except)}}
}

// within says whether a range is a part of another, and not all of it.
func within(part, whole netip.Prefix) bool {
	return whole.Contains(part.Addr()) && part.Bits() > whole.Bits()
}

// settings are the server's, which refuses the private ranges, too.
func (n NetworkPolicy) settings(app config.App) config.App {
	if len(n.PrivateRanges) > 0 {
		var fetch config.Fetch
		if app.Fetch != nil {
			fetch = *app.Fetch
		}
		fetch.PrivateRanges = n.PrivateRanges
		app.Fetch = &fetch
	}
	return app
}

// callers returns the peers of Ingress, or nil for everyone.
func (n NetworkPolicy) callers() *[]*k8s.NetworkPolicyPeer {
	if n.Ingress == nil {
		return nil
	}
	peers := make([]*k8s.NetworkPolicyPeer, len(n.Ingress))
	for i, peer := range n.Ingress {
		peers[i] = peer.render()
	}
	return &peers
}

func (n NetworkPeer) render() *k8s.NetworkPolicyPeer {
	if n.CIDR != "" {
		return &k8s.NetworkPolicyPeer{IpBlock: &k8s.IpBlock{Cidr: &n.CIDR}}
	}
	peer := &k8s.NetworkPolicyPeer{}
	switch n.Namespace {
	case "": // the policy's own
	case "*":
		peer.NamespaceSelector = &k8s.LabelSelector{}
	default:
		peer.NamespaceSelector = &k8s.LabelSelector{MatchLabels: &map[string]*string{namespaceNameLabel: &n.Namespace}}
	}
	if len(n.Pods) > 0 {
		peer.PodSelector = &k8s.LabelSelector{MatchLabels: pointers(n.Pods)}
	}
	return peer
}

func (n NetworkDestination) render(ports []int, protocols ...string) *k8s.NetworkPolicyEgressRule {
	if len(n.Ports) > 0 {
		ports = n.Ports
	}
	return &k8s.NetworkPolicyEgressRule{
		To: &[]*k8s.NetworkPolicyPeer{n.NetworkPeer.render()}, Ports: networkPorts(ports, protocols...),
	}
}

func networkPorts(ports []int, protocols ...string) *[]*k8s.NetworkPolicyPort {
	var list []*k8s.NetworkPolicyPort
	for _, port := range ports {
		for _, protocol := range protocols {
			list = append(list, &k8s.NetworkPolicyPort{
				Port: intOrString(float64(port)), Protocol: &protocol,
			})
		}
	}
	return &list
}
