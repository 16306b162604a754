package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// around are the values without which props of a mapping would be refused, or say
// nothing, by how their paths begin; the longest that fits counts.
var around = map[string]string{
	"service.":                           "{}",
	"service.resources.":                 "{}",
	"service.pods.caBundle.":             "{service: {pods: {caBundle: {configMap: site}}}}",
	"service.index.":                     "{service: {index: {claim: {name: tiles}}}}",
	"service.index.archive.":             "{service: {index: {archive: {url: 'https://a.example/index.tar', sha256: HEX64}}}}",
	"service.apiKeys.":                   "{service: {apiKeys: {name: keys}}}",
	"service.tls.":                       "{service: {tls: {secretName: certificate}}}",
	"service.expose.ingress.":            "{service: {serviceType: ClusterIP, expose: {ingress: {hostnames: [a.example]}}}}",
	"service.modelSource.hub.":           "{service: {modelSource: {hub: {repo: owner/name, revision: HEX40}}}}",
	"service.rollout.startupSeconds":     "{service: {modelSource: {hub: {repo: owner/name, revision: HEX40}}}}", // The rollout has a deadline of its own then.
	"service.modelSource.image.":         "{service: {modelSource: {image: {reference: 'a.example/model:1'}}}}",
	"service.modelSource.archive.":       "{service: {modelSource: {archive: {url: 'https://a.example/model.tar', sha256: HEX64}}}}",
	"autoscaler.keda.":                   "{autoscaler: {engine: keda, requestsPerSecond: 5}}",
	"autoscaler.rateSeconds":             "{autoscaler: {requestsPerSecond: 5}}",
	"indexJob.":                          "{service: {index: {claim: {name: tiles}}}, indexJob: {sources: [/scenes/a.tif]}}",
	"httpRoute.":                         "{service: {serviceType: ClusterIP}, httpRoute: {gateways: [{name: public}]}}",
	"vectorStore.":                       "{vectorStore: {key: {name: keys}}}",
	"meshRoute.":                         "{meshRoute: {}}",
	"canary.":                            "{canary: {}}",
	"service.modelSource.hub.claim.":     "{service: {modelSource: {hub: {repo: owner/name, revision: HEX40, claim: {}}}}}",
	"service.modelSource.archive.claim.": "{service: {modelSource: {archive: {url: 'https://a.example/model.tar', sha256: HEX64, claim: {}}}}}",
}

// TestDefaultsOnThePage sets each prop to the default that docs/props.md says of it,
// if that is a number, a text or a word of the prop's own: the manifests must stay the
// same.
func TestDefaultsOnThePage(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what synthesizes a hundred times")
	}
	page, err := os.ReadFile("docs/props.md")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile("(?m)^\\| `([a-zA-Z.0-9]+)` \\| [^|]* \\| (\"[^\"]*\"|[0-9.]+|[a-zA-Z]+)(?:[:,][^|]*)? \\|")
	words := []string{"none", "required", "any", "all", "nobody", "everyone", "minReplicas"}
	// The job says them to the program, which TestAJobsDefaultsAreTheProgramsOwn compares.
	programs := []string{"indexJob.tile", "indexJob.overlap", "indexJob.maxNodata", "indexJob.asset"}
	unchanged := map[string]string{}
	tried := 0
	for _, row := range literal.FindAllStringSubmatch(string(page), -1) {
		path, value := row[1], row[2]
		if value == "0" || slices.Contains(words, value) || slices.Contains(programs, path) {
			continue // What is nothing is left out.
		}
		tried++
		t.Run(path, func(t *testing.T) {
			without := setAround(t, path)
			if _, seen := unchanged[without("")]; !seen {
				unchanged[without("")] = synthesize(t, without(""))
			}
			if synthesize(t, without(value)) != unchanged[without("")] {
				t.Errorf("the page says that the default of %s is %s, which changes the manifests", path, value)
			}
		})
	}
	if tried < 60 {
		t.Errorf("%d defaults were tried, want 60 or more", tried)
	}
}

// setAround returns what writes the values for a prop, with a value for it or "".
func setAround(t *testing.T, path string) func(value string) string {
	t.Helper()
	longest := ""
	for _, begin := range slices.Sorted(maps.Keys(around)) {
		if strings.HasPrefix(path, begin) && len(begin) > len(longest) {
			longest = begin
		}
	}
	hex := strings.NewReplacer("HEX40", strings.Repeat("0a", 20), "HEX64", strings.Repeat("0a", 32))
	return func(value string) string {
		values := map[string]any{}
		if err := yaml.Unmarshal([]byte(hex.Replace(around[longest])), &values); err != nil {
			t.Fatal(err)
		}
		names := strings.Split(path, ".")
		at := values
		for _, name := range names[:len(names)-1] {
			inner, ok := at[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[name] = inner
			}
			at = inner
		}
		if value != "" {
			var v any
			if err := yaml.Unmarshal([]byte(value), &v); err != nil {
				t.Fatal(err)
			}
			at[names[len(names)-1]] = v
		}
		out, err := yaml.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
}
