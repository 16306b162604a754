package constructs

import (
	"net/url"
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// ModelArchive is a .tar or .tar.gz of a model folder, on a web server or an
// object store.
type ModelArchive struct {
	// URL is the archive's address, http or https, for anyone to read. Default
	// none: URLFrom has it.
	URL string `json:"url,omitempty"`
	// URLFrom is the entry of a Secret with the address, for one that is signed
	// or carries a password. Its key defaults to "url". Default none.
	URLFrom SecretKey `json:"urlFrom,omitzero"`
	// SHA256 is the archive's, which is unpacked only where it is right. Required.
	SHA256 string `json:"sha256,omitempty"`

	ModelFetch
}

func (a ModelArchive) withDefaults() *ModelArchive {
	a.URLFrom = a.URLFrom.withDefaults("url")
	a.ModelFetch = a.ModelFetch.withDefaults()
	return &a
}

func (a ModelArchive) check(c *check, field string, p RsclipModelServiceProps) {
	c.form(field+".sha256", a.SHA256, sha256Hex)
	switch secret := a.URLFrom != (SecretKey{}); {
	case secret && a.URL != "":
		c.add(field+".urlFrom", a.URLFrom.Name, "alone", "leave out url or urlFrom")
	case secret:
		a.URLFrom.checkForm(c, field+".urlFrom")
		p.checkReach(c, field+".urlFrom", nil)
	default:
		if address := c.address(field+".url", a.URL, "urlFrom"); address != nil {
			p.checkReach(c, field+".url", address)
		}
	}
	a.ModelFetch.check(c, field)
}

// folder is the start of the archive's hash.
func (a ModelArchive) folder(config.Model) string { return a.SHA256[:12] }

func (a ModelArchive) args(_ config.Model, folder string) []string {
	return a.fetchArgs(contract.FetchModel, folder)
}

// fetchArgs are those of the command that fetches a kind of archive.
func (a ModelArchive) fetchArgs(command, folder string) []string {
	args := []string{command, contract.Flag(contract.SHA256Flag, a.SHA256), contract.Flag(contract.OutFlag, folder)}
	if a.URL != "" {
		args = append(args, contract.Flag(contract.URLFlag, a.URL))
	}
	return args
}

// secrets gives the container the address where it is secret.
func (a ModelArchive) secrets(_ *k8s.PodSpec, container *k8s.Container) {
	a.addURL(container, contract.ArchiveURLEnv)
}

// addURL gives the container a secret address as a variable.
func (a ModelArchive) addURL(container *k8s.Container, variable string) {
	if a.URLFrom.Name != "" {
		*container.Env = append(*container.Env, a.URLFrom.env(variable))
	}
}

// signatures are the parameters by which stores sign addresses.
var signatures = []string{"X-Amz-Signature", "X-Goog-Signature", "Signature", "sig"}

// address returns an address of the web that is no secret, or nil where it is
// refused; secret is the prop for those that are. Errors do not repeat secrets.
func (c *check) address(field, value, secret string) *url.URL {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.Fragment != "" {
		shown, _, _ := strings.Cut(value, "?")
		c.add(field, shown[strings.LastIndex(shown, "@")+1:], "an http or https address", `write it like "https://models.example/git-rsclip.tar.gz"`)
		return nil
	}
	signed := u.User != nil
	for _, parameter := range signatures {
		signed = signed || u.Query().Has(parameter)
	}
	if signed {
		c.add(field, u.Scheme+"://"+u.Host+u.Path, "an address without password or signature", "keep what is secret in a Secret, and name it by "+secret)
		return nil
	}
	return u
}
