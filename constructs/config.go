package constructs

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/seed-74198975/rsclip/inference/config"
)

// configFiles is the data of the ConfigMap.
type configFiles struct{ model, app string }

// renderConfig renders the two files. It cannot fail on checked props, whose
// fields are all plain values; a failure panics as any broken invariant does.
func renderConfig(m config.Model, a config.App) configFiles {
	model, err := config.MarshalModel(m)
	if err != nil {
		panic(err)
	}
	app, err := config.MarshalApp(a)
	if err != nil {
		panic(err)
	}
	return configFiles{model: string(model), app: string(app)}
}

// check has the server's own parser read the files, so that no pod refuses at its
// start what was let pass here.
func (f configFiles) check(c *check) {
	if _, err := config.ParseModel([]byte(f.model)); err != nil {
		c.add("model", err.Error(), "what the server reads again", "change what it names")
	}
	if _, err := config.ParseApp([]byte(f.app)); err != nil {
		c.add("app", err.Error(), "what the server reads again", "change what it names")
	}
}

// checksum changes when either file does; as an annotation of the pods it makes
// a change of configuration roll them, which a mounted ConfigMap alone does not.
func (f configFiles) checksum() string {
	sum := sha256.Sum256([]byte(f.model + "\x00" + f.app))
	return hex.EncodeToString(sum[:])
}

// configName is the ConfigMap's, with a part of the checksum where it never
// changes.
func (p RsclipModelServiceProps) configName(files configFiles) string {
	if p.Rollout.ImmutableConfig {
		return p.Name + "-config-" + files.checksum()[:10]
	}
	return p.Name + "-config"
}
