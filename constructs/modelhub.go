package constructs

import (
	"path"
	"regexp"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// ModelHub is a checkpoint on a hub of Hugging Face's protocol. The init
// container pulls it, verifies every file by the hub's hashes, and exports it in
// Model.Precision, for TensorRT with standard ONNX operators only.
type ModelHub struct {
	// Repo is OWNER/NAME. Required.
	Repo string `json:"repo,omitempty"`
	// Revision is a commit, of 40 hexadecimal digits: a branch or tag may move,
	// and pods would then serve different models. Required.
	Revision string `json:"revision,omitempty"`
	// SHA256 is that of the checkpoint, which `rsclip pull` prints: it makes sure
	// of the files where the hub, or a mirror, is not to be trusted. Default none.
	SHA256 string `json:"sha256,omitempty"`
	// Endpoint is the address of a hub's mirror. Default "https://huggingface.co".
	Endpoint string `json:"endpoint,omitempty"`
	// Token is the entry of a Secret with the hub's token, for repositories that
	// need one. Its key defaults to "token". Default none.
	Token SecretKey `json:"token,omitzero"`

	ModelFetch
}

// Where the init container finds the hub's token.
const (
	hubFolder = "/etc/rsclip/hub"
	tokenFile = "token"
)

var (
	hubRepo = syntax{
		regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$`), 200,
		"OWNER/NAME", `write it like "lcybuaa/Git-RSCLIP"`,
	}
	commitHash = syntax{
		contract.Commit, 40,
		"a commit of 40 hexadecimal digits", "copy it from the repository's list of commits, or from what `rsclip pull` prints",
	}
	sha256Hex = syntax{
		contract.SHA256, 64,
		"a SHA-256 of 64 hexadecimal digits in lower case", "copy it from what `sha256sum` or `rsclip pull` prints",
	}
)

func (h ModelHub) withDefaults() *ModelHub {
	setDefault(&h.Endpoint, contract.HubEndpoint)
	h.Token = h.Token.withDefaults(tokenFile)
	h.ModelFetch = h.ModelFetch.withDefaults()
	return &h
}

func (h ModelHub) check(c *check, p RsclipModelServiceProps) {
	const field = "modelSource.hub"
	c.form(field+".repo", h.Repo, hubRepo)
	c.form(field+".revision", h.Revision, commitHash)
	if h.SHA256 != "" {
		c.form(field+".sha256", h.SHA256, sha256Hex)
	}
	if address := c.address(field+".endpoint", h.Endpoint, "token"); address != nil {
		p.checkReach(c, field+".endpoint", address)
	}
	if h.Token != (SecretKey{}) {
		h.Token.checkForm(c, field+".token")
	}
	h.ModelFetch.check(c, field)
}

// folder names everything that the model's content depends on.
func (h ModelHub) folder(model config.Model) string {
	name := path.Base(h.Repo) + "-" + h.Revision[:12] + "-" + string(model.Precision)
	if model.Device == config.TensorRT {
		name += "-portable"
	}
	return name
}

func (h ModelHub) args(model config.Model, folder string) []string {
	args := []string{
		contract.Pull, h.Repo + "@" + h.Revision, "--" + contract.OnceFlag, contract.Flag(contract.ExportFlag, folder),
		contract.Flag(contract.PrecisionFlag, string(model.Precision)), contract.Flag(contract.EndpointFlag, h.Endpoint),
	}
	if model.Device == config.TensorRT {
		args = append(args, "--"+contract.PortableFlag)
	}
	if h.SHA256 != "" {
		args = append(args, contract.Flag(contract.SHA256Flag, h.SHA256))
	}
	if h.Token.Name != "" {
		args = append(args, contract.Flag(contract.TokenFileFlag, hubFolder+"/"+tokenFile))
	}
	return args
}

// secrets mounts the token, if there is one.
func (h ModelHub) secrets(spec *k8s.PodSpec, container *k8s.Container) {
	if h.Token.Name != "" {
		h.Token.mount(spec, container, "hub-token", hubFolder, tokenFile)
	}
}
