package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// TestPortsBelow1024 has the server, which is never root, listen where only root may,
// unless the pod says otherwise: containerd 1 does not.
func TestPortsBelow1024(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server config.Server
		want   string
	}{
		{"the default", config.Server{}, ""},
		{"the API's", config.Server{Port: 443, GRPCPort: 8081}, `value: "443"`},
		{"that of gRPC", config.Server{GRPCPort: 90}, `value: "90"`},
		{"the lowest", config.Server{Port: 443, MetricsPort: 81}, `value: "81"`},
		{"1024", config.Server{Port: 1024}, ""},
	} {
		got := manifest(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{App: config.App{Server: tt.server}})
		})
		want := "sysctls:\n          - name: net.ipv4.ip_unprivileged_port_start\n            " + tt.want
		if has := strings.Contains(got, "sysctls:"); has != (tt.want != "") || has && !strings.Contains(got, want) {
			t.Errorf("%s: want %q in:\n%s", tt.name, tt.want, got)
		}
	}
}
