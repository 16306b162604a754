package family

import "fmt"

// Foreign is a file by which the checkpoints of another program are known. As an
// error, it says what to do with them.
type Foreign struct {
	Name, What, Fix string
	// Alone says that a config.json beside it makes the folder a checkpoint after all.
	Alone bool
}

func (f Foreign) Error() string { return fmt.Sprintf("it has %s: it is %s: %s", f.Name, f.What, f.Fix) }

const (
	merge   = "merge it into its base model, as docs/models.md shows, and take the result"
	convert = "take the same model in transformers' format, as docs/models.md says"
)

// ForeignFiles are the files of checkpoints that must be converted first.
var ForeignFiles = []Foreign{
	{"adapter_config.json", "an adapter (LoRA), and no whole model", merge, false},
	{"open_clip_config.json", "a checkpoint of open_clip", convert, true},
	{"open_clip_pytorch_model.bin", "a checkpoint of open_clip", convert, true},
	{"open_clip_model.safetensors", "a checkpoint of open_clip", convert, true},
}
