package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// additions has a sidecar that starts first, a site's authority, variables, and
// more, of which Kubernetes must keep all. The model comes from a store whose
// certificate is of that authority: without it no pod would get ready.
func (s *secondDay) additions(t *testing.T) {
	store, authority, sum := s.modelStore(t)
	host, port, _ := net.SplitHostPort(store)
	s.kubectl("create", "namespace", s.namespace)
	s.kubectl("create", "configmap", "-n", s.namespace, "site", "--from-file=ca.crt="+authority)
	s.put(`replicas: 1
  modelSource: {archive: {url: "https://`+store+`/model.tar.gz", sha256: `+sum+`}}
  networkPolicy: {egress: [{cidr: `+host+`/32, ports: [`+port+`]}]}
  kubernetesVersion: "1.29"
  objects: {labels: {cost: vision}}
  pods:
    labels: {team: vision}
    annotations: {example.com/note: hello}
    env: [{name: NO_PROXY, value: localhost}]
    caBundle: {configMap: site}
    volumes: [{name: scratch, emptyDir: {}}]
    volumeMounts: [{name: scratch, mountPath: /scratch}]
    initContainers: [{name: proxy, image: "`+s.second+`", args: [serve, --port, "9999", --device, cpu], imagePullPolicy: IfNotPresent, restartPolicy: Always}]
  resources: {noCPULimit: true, requests: {cpu: 10m, memory: 128Mi}, limits: {memory: 1Gi}}
  probes: {readiness: {periodSeconds: 3}}
  expose: {annotations: {example.com/balancer: internal}, externalTrafficPolicy: Local}
  rollout: {maxSurge: "1", maxUnavailable: "0"}`, "autoscaler: {disabled: true}")
	s.waitForRollout()
	for path, want := range map[string]string{
		".spec.template.spec.initContainers[0].restartPolicy":                            "Always",
		".spec.template.spec.initContainers[0].securityContext.readOnlyRootFilesystem":   "true",
		".spec.template.metadata.labels.team":                                            "vision",
		".metadata.labels.cost":                                                          "vision",
		`.spec.template.spec.containers[0].env[?(@.name=="SSL_CERT_FILE")].value`:        "/etc/rsclip/ca/ca.crt",
		`.spec.template.spec.containers[0].volumeMounts[?(@.name=="scratch")].mountPath`: "/scratch",
		".spec.template.spec.containers[0].resources.limits.cpu":                         "",
		".spec.template.spec.containers[0].readinessProbe.periodSeconds":                 "3",
		".spec.strategy.rollingUpdate.maxSurge":                                          "1",
		`.spec.template.spec.containers[0].resources.requests.ephemeral-storage`:         "11Gi",
	} {
		if got := s.get(deployment, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := s.get("service git-rscilp-service", ".spec.externalTrafficPolicy"); got != "Local" {
		t.Errorf("externalTrafficPolicy is %q", got)
	}
}

// modelStore serves an archive of a model from this process, over TLS with a
// certificate of an authority that nobody else knows.
func (s *secondDay) modelStore(t *testing.T) (address, authority, sum string) {
	t.Helper()
	work := t.TempDir()
	archive := filepath.Join(work, "model.tar.gz")
	output(t, "go", "run", "../inference", "export", "-checkpoint", "../inference/testdata/tiny-base", "-out", filepath.Join(work, "model"), "-name", "from-a-store")
	output(t, "tar", "-C", work, "-czf", archive, "model")
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	listener := s.listen(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{listener.Addr().(*net.TCPAddr).IP}, IsCA: true, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	authority = filepath.Join(work, "ca.crt")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), 0o600); err != nil {
		t.Fatal(err)
	}
	store := &http.Server{
		ReadHeaderTimeout: time.Minute, Handler: http.FileServer(http.Dir(work)),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}},
	}
	go func() { _ = store.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = store.Close() })
	hash := sha256.Sum256(data)
	return listener.Addr().String(), authority, hex.EncodeToString(hash[:])
}

// kustomize adds labels and a patch to what was written, as docs/operations.md
// says that it may, and applies that.
func (s *secondDay) kustomize(t *testing.T) {
	s.kubectl("create", "namespace", s.namespace)
	s.write("replicas: 1", "autoscaler: {disabled: true}")
	if err := os.WriteFile(filepath.Join(s.dist, "kustomization.yaml"), []byte(`resources: [0000-service.k8s.yaml]
labels: [{pairs: {team: vision}}]
patches:
- target: {kind: Deployment}
  patch: '[{"op": "add", "path": "/spec/minReadySeconds", "value": 1}]'
`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kubectl("apply", "-k", s.dist)
	s.waitForRollout()
	if label, seconds := s.get(deployment, ".metadata.labels.team"), s.get(deployment, ".spec.minReadySeconds"); label != "vision" || seconds != "1" {
		t.Errorf("the label is %q and minReadySeconds %q, want vision and 1", label, seconds)
	}
}

// engines goes from hpa to keda and back, by the steps of docs/autoscaling.md.
func (s *secondDay) engines(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if tools == "" {
		t.Skip("nothing to install KEDA with: CLUSTER_TOOLS is not set")
	}
	output(t, filepath.Join(tools, "keda"))
	const owner = ".items[*].metadata.ownerReferences[*].kind"
	s.put("", "autoscaler: {minReplicas: 3}")
	s.becomes(deployment, ".status.readyReplicas", "3")
	before := s.pods()
	s.put("", "autoscaler: {minReplicas: 3, engine: keda}")
	s.becomes("hpa", owner, "ScaledObject")
	s.becomes("hpa", ".items[*].metadata.name", "git-rscilp-hpa")
	s.kubectl("delete", "-n", s.namespace, "scaledobject", "git-rscilp-scaler", "--wait")
	s.becomes("hpa", ".items[*].metadata.name", "")
	s.put("", "autoscaler: {minReplicas: 3}")
	s.becomes("hpa", ".items[*].metadata.name", "git-rscilp-hpa")
	if got := s.get("hpa", owner); got != "" {
		t.Errorf("the autoscaler is owned by %s, want nobody", got)
	}
	after := s.pods()
	for _, pod := range before {
		if !slices.Contains(after, pod) {
			t.Errorf("%s has gone; the pods are %q", pod, after)
		}
	}
}
