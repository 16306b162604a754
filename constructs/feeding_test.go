package constructs_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// TestCardsOfThePage compares the page's table with the cards that are known.
func TestCardsOfThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/gpu.md")
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Join(constructs.CardRows(), "\n"); !strings.Contains(string(page), rows+"\n") {
		t.Errorf("docs/gpu.md has not these rows:\n%s", rows)
	}
}

func TestAPodHasTheCoresThatFeedItsCard(t *testing.T) {
	type props = constructs.RsclipModelServiceProps
	products := func(labels ...string) constructs.GPU { return constructs.GPU{Products: labels} }
	cpu := func(quantity string) constructs.ResourceList { return constructs.ResourceList{CPU: quantity} }
	const large = "NVIDIA-H100-80GB-HBM3"
	for name, tt := range map[string]struct {
		props
		request, limit string
		workers        string
	}{
		"any":                    {props{}, "2", "4", "4"},
		"a small one":            {props{GPU: products("Tesla-T4")}, "2", "4", "4"},
		"one whose name begins":  {props{GPU: products("NVIDIA-L40S")}, "4", "4", "4"},
		"a large one":            {props{GPU: products(large)}, "12", "12", "12"},
		"by PCIe":                {props{GPU: products("NVIDIA-H100-PCIe")}, "8", "8", "8"},
		"the largest of two":     {props{GPU: products("NVIDIA-L4", large)}, "12", "12", "12"},
		"one that nobody knows":  {props{GPU: products("NVIDIA-X1")}, "2", "4", "4"},
		"a slice of its own":     {props{GPU: products(large + "-MIG-1g.10gb")}, "2", "4", "4"},
		"a shared one":           {props{GPU: products(large + "-SHARED")}, "2", "4", "4"},
		"a named slice":          {props{GPU: constructs.GPU{Products: []string{large}, ResourceName: "nvidia.com/mig-1g.10gb"}}, "2", "4", "4"},
		"a CPU":                  {props{GPU: products(large), Model: config.Model{Device: config.CPU}}, "2", "4", "4"},
		"a request of one's own": {props{GPU: products(large), Resources: constructs.Resources{Requests: cpu("3")}}, "3", "4", "4"},
		"a limit of one's own":   {props{GPU: products(large), Resources: constructs.Resources{Limits: cpu("6")}}, "2", "6", "4"},
		"no limit":               {props{GPU: products(large), Resources: constructs.Resources{NoCPULimit: true}}, "12", "", "12"},
		"workers of one's own":   {props{GPU: products(large), App: config.App{Server: config.Server{Workers: 5}}}, "12", "12", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", &tt.props) })
			for field, want := range map[string]string{
				`limits:\n(?: +nvidia.*\n| +memory.*\n)*? +cpu: "?(\d+)`:   tt.limit,
				`requests:\n(?: +nvidia.*\n| +memory.*\n)*? +cpu: "?(\d+)`: tt.request,
				`workers: (\d+)`: tt.workers,
			} {
				value := ""
				if match := regexp.MustCompile(field).FindStringSubmatch(got); match != nil {
					value = match[1]
				}
				if value != want {
					t.Errorf("%s has %q, want %q", field, value, want)
				}
			}
		})
	}
}
