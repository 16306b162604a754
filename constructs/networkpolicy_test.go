package constructs_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/internal/internet"
)

// TestThePolicyClosesWhatTheFetcherRefuses judges the ends of every range, and
// the addresses beside them, by the policy that is applied.
func TestThePolicyClosesWhatTheFetcherRefuses(t *testing.T) {
	private := []string{"2600:1f14::/36", "203.0.113.0/24", "34.0.0.0/10"}
	yamls := manifest(t, func(chart cdk8s.Chart) {
		constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{NetworkPolicy: constructs.NetworkPolicy{PrivateRanges: private}})
	})
	type block struct {
		CIDR   netip.Prefix
		Except []netip.Prefix
	}
	var open []block
	for document := range strings.SplitSeq(yamls, "\n---\n") {
		var policy struct {
			Kind string
			Spec struct {
				Egress []struct{ To []struct{ IPBlock *block } }
			}
		}
		if !strings.Contains(document, "kind: NetworkPolicy") {
			continue
		}
		if err := yaml.Unmarshal([]byte(document), &policy); err != nil {
			t.Fatal(err)
		}
		for _, rule := range policy.Spec.Egress {
			for _, to := range rule.To {
				if to.IPBlock != nil {
					open = append(open, *to.IPBlock)
				}
			}
		}
	}
	if len(open) != 2 {
		t.Fatalf("the policy opens %v", open)
	}
	lets := func(a netip.Addr) bool {
		return slices.ContainsFunc(open, func(b block) bool {
			return b.CIDR.Contains(a) && !slices.ContainsFunc(b.Except, func(p netip.Prefix) bool { return p.Contains(a) })
		})
	}
	ranges := append(internet.Special(internet.IPv4), internet.Special(internet.IPv6)...)
	var own []netip.Prefix
	for _, p := range private {
		own = append(own, netip.MustParsePrefix(p))
	}
	addresses := []string{"::1", "::ffff:0:0", "64:ff9b::1", "fd00:ec2::254", "fe80::1", "ff02::1", "1fff:ffff::", "4000::", "2606:4700::1111", "93.184.215.14"}
	for _, p := range append(ranges, own...) {
		first, after := p.Addr(), lastOf(p).Next()
		for _, a := range []netip.Addr{first, first.Prev(), lastOf(p), after} {
			if a.IsValid() {
				addresses = append(addresses, a.String())
			}
		}
	}
	opened := 0
	for _, text := range addresses {
		a := netip.MustParseAddr(text)
		if want := internet.IsPublic(a, own...); lets(a) != want {
			t.Errorf("%s: the policy lets it pass %v, the fetcher %v", a, lets(a), want)
		} else if want {
			opened++
		}
	}
	if opened < 40 {
		t.Errorf("only %d addresses are open to both", opened)
	}
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}
