package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

// exportModel is `rsclip export`.
func exportModel(ctx context.Context, args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	o := export.Options{Version: version}
	flags.StringVar(&o.Checkpoint, "checkpoint", "", "Hugging Face SigLIP checkpoint `folder`")
	flags.StringVar(&o.Out, "out", "", "model `folder` to write")
	flags.StringVar(&o.Name, "name", "", "the model's `name` in answers; none means the checkpoint folder's")
	precision := flags.String("precision", string(config.FP32), "fp32, fp16 or int8")
	flags.BoolVar(&o.Portable, "portable", false, "write standard ONNX operators only, for TensorRT and other runtimes")
	flags.IntVar(&o.ImageSize, "image-size", 0, "picture side in `pixels`, interpolating the position embeddings; 0 means the checkpoint's")
	flags.BoolVar(&o.Force, "force", false, "replace a model folder that is there")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if err := required(map[string]string{"checkpoint": o.Checkpoint, "out": o.Out}); err != nil {
		return err
	}
	o.Precision = config.Precision(*precision)
	o.Progress = func(line string) { _, _ = fmt.Fprintln(stderr, line) }
	return export.Run(ctx, o)
}
