package constructs

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/seed-74198975/rsclip/internal/internet"
)

// checkReach refuses an address that the policy keeps the pods from calling; nil
// is one that a Secret has. A proxy of the pods calls in their place, and is checked
// by itself.
func (p RsclipModelServiceProps) checkReach(c *check, field string, address *url.URL) {
	n := p.NetworkPolicy
	switch {
	case n.Disabled:
	case address == nil:
		if len(n.PublicPorts)+len(n.Egress) == 0 {
			c.add("networkPolicy.egress", "", "one destination or more if "+field+" is fetched and publicPorts are none", "add the store's pods or addresses, and ports")
		}
	case p.Pods.proxied(address) || n.opens(address.Hostname(), portOf(address), p.Namespace):
	case isPrivate(address.Hostname()):
		c.add("networkPolicy.egress", fmt.Sprintf("a list of %d", len(n.Egress)), fmt.Sprintf("with one that opens the port %d of the private host %s, of %s", portOf(address), address.Hostname(), field),
			"add its pods or addresses, and ports behind any Service, or disable networkPolicy")
	default:
		c.add("networkPolicy.publicPorts", n.PublicPorts, "with "+strconv.Itoa(portOf(address))+" if "+field+" is of the public host "+address.Hostname(),
			"add the port, or networkPolicy.egress if the host is private")
	}
}

// opens tells whether the pods of a namespace may call a port of a host, as far as its
// name tells. The policy is about pods, whose ports need not be those of their Service:
// if a destination of its namespace has ports, they are taken to be these.
func (n NetworkPolicy) opens(host string, port int, namespace string) bool {
	host = strings.ToLower(host)
	ip, err := netip.ParseAddr(host)
	ip = ip.Unmap()
	if n.Disabled || host == "localhost" || ip.IsLoopback() {
		return true
	}
	of := clusterNamespace(host, namespace)
	if of == "" && !isPrivate(host) && slices.Contains(n.PublicPorts, port) {
		return true
	}
	return slices.ContainsFunc(n.Egress, func(to NetworkDestination) bool {
		ports := to.Ports
		if len(ports) == 0 {
			ports = webPorts
		}
		switch onPort := slices.Contains(ports, port); {
		case to.CIDR == "" && of != "":
			its := to.Namespace == "*" || to.Namespace == of || to.Namespace == "" && of == namespace
			return its && (onPort || len(to.Ports) > 0)
		case to.CIDR != "" && err == nil:
			within, err := netip.ParsePrefix(to.CIDR)
			return onPort && err == nil && within.Contains(ip)
		default:
			return onPort
		}
	})
}

// proxies reads the variables by which Go's clients find their proxies.
func (p Pods) proxies() map[string]string {
	found := map[string]string{}
	for _, variable := range p.Env {
		name, _ := variable["name"].(string)
		value, _ := variable["value"].(string)
		if value != "" && !strings.Contains(value, "$(") { // Kubernetes fills that in.
			found[strings.ToUpper(name)] = value
		}
	}
	return found
}

// proxied tells whether a proxy calls an address for the pods.
func (p Pods) proxied(address *url.URL) bool {
	env := p.proxies()
	proxy, err := (&httpproxy.Config{HTTPProxy: env["HTTP_PROXY"], HTTPSProxy: env["HTTPS_PROXY"], NoProxy: env["NO_PROXY"]}).ProxyFunc()(address)
	return err == nil && proxy != nil
}

// checkProxies refuses proxies that the policy keeps the pods from calling.
func (p RsclipModelServiceProps) checkProxies(c *check) {
	env := p.Pods.proxies()
	p.Pods.Env = nil // A proxy is called by no other.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY"} {
		address, err := url.Parse(env[name])
		if err != nil || address.Host == "" {
			address, err = url.Parse("http://" + env[name])
		}
		if err == nil && address.Hostname() != "" {
			p.checkReach(c, name+" of pods.env", address)
		}
	}
}

// checkSourcesReach refuses addresses that the policy keeps the pods from calling, one of
// each host.
func (p RsclipIndexJobProps) checkSourcesReach(c *check) {
	of := p.Service.props
	hosts := map[string]bool{}
	for i, source := range p.Sources {
		address, err := url.Parse(source)
		if err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Hostname() == "" || hosts[address.Host] {
			continue
		}
		hosts[address.Host] = true
		unreached := new(check)
		of.checkReach(unreached, fmt.Sprintf("indexJob.sources[%d]", i), address)
		c.include("service", unreached.errs)
	}
}

// schemePorts are the ports of addresses that name none.
var schemePorts = map[string]int{"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

func portOf(address *url.URL) int {
	if port, err := strconv.Atoi(address.Port()); err == nil {
		return port
	}
	return schemePorts[address.Scheme]
}

// isPrivate reports whether a host is none of the Internet.
func isPrivate(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return !internet.IsPublic(address.Unmap())
	}
	return !internet.IsPublicName(host)
}
