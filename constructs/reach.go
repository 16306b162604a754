package constructs

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-74198975/rsclip/internal/internet"
)

// checkReach refuses an address that the policy keeps the pods from calling; nil
// is one that a Secret has. Where there are destinations of Egress, one of them
// may be meant, since names do not tell their addresses.
func (n NetworkPolicy) checkReach(c *check, field string, address *url.URL) {
	switch {
	case n.Disabled || len(n.Egress) > 0:
	case address == nil:
		if len(n.PublicPorts) == 0 {
			c.add("networkPolicy.egress", "", "one destination or more where "+field+" is fetched and publicPorts are none", "add the store's pods or addresses, and ports")
		}
	case isPrivate(address.Hostname()):
		c.add("networkPolicy.egress", "", "one destination or more where "+field+" is of the private host "+address.Hostname(),
			"add its pods or addresses, and ports behind any Service, or disable networkPolicy")
	case !slices.Contains(n.PublicPorts, portOf(address)):
		c.add("networkPolicy.publicPorts", n.PublicPorts, "with "+strconv.Itoa(portOf(address))+" where "+field+" is of the public host "+address.Hostname(),
			"add the port, or networkPolicy.egress where the host is private")
	}
}

func portOf(address *url.URL) int {
	if port, err := strconv.Atoi(address.Port()); err == nil {
		return port
	}
	if address.Scheme == "http" {
		return 80
	}
	return 443
}

// isPrivate reports whether a host is none of the Internet.
func isPrivate(host string) bool {
	if address, err := netip.ParseAddr(host); err == nil {
		return !internet.IsPublic(address)
	}
	return !internet.IsPublicName(host)
}
