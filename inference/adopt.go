package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"

	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/model"
)

// adopt is `rsclip adopt`: a model folder of towers that optimum,
// transformers.js or another exporter has written.
func adopt(ctx context.Context, args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("adopt", flag.ContinueOnError)
	o := export.AdoptOptions{Options: export.Options{Version: version, Progress: func(line string) { _, _ = fmt.Fprintln(stderr, line) }}}
	flags.StringVar(&o.Towers, "towers", "", "`folder` with text_model*.onnx and vision_model*.onnx")
	flags.StringVar(&o.Variant, "variant", "", "what follows text_model_ and vision_model_ in the files' names, a `word` such as fp16 or quantized; none means nothing")
	flags.StringVar(&o.Checkpoint, "checkpoint", "", "Hugging Face `folder` with the configuration and the tokenizer, and the weights if scale and bias are not given")
	flags.StringVar(&o.Out, "out", "", "model `folder` to write")
	flags.StringVar(&o.Name, "name", "", "the model's `name` in answers; none means the checkpoint folder's")
	number := func(to **float64) func(string) error {
		return func(s string) error {
			v, err := strconv.ParseFloat(s, 64)
			*to = &v
			return err
		}
	}
	flags.Func("logit-scale", "the checkpoint's logit_scale, a logarithm, a `number` such as 4.77", number(&o.LogitScale))
	flags.Func("logit-bias", "the checkpoint's logit_bias, a `number` such as -12.9", number(&o.LogitBias))
	flags.BoolVar(&o.Force, "force", false, "replace a model folder that is there")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if err := required(map[string]string{"towers": o.Towers, "checkpoint": o.Checkpoint, "out": o.Out}); err != nil {
		return err
	}
	if err := model.LoadRuntime(); err != nil {
		return err
	}
	return export.Adopt(ctx, o)
}
