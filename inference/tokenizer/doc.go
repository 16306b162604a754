// Package tokenizer turns texts into the ids that SigLIP's text tower reads:
// exactly those of the slow SiglipTokenizer of transformers 4.57 on
// SentencePiece 0.2.1, from the vocabulary of a checkpoint.
//
// A text passes through four steps, each in a file of its own: it is split at
// special tokens and canonicalised as SiglipTokenizer does (canonical.go), then
// normalised (normalizer.go, charsmap.go) and split into pieces (model.go) as
// SentencePiece does.
//
// What surprises is the reference's, and kept: punctuation is deleted, so that
// "remote-sensing" is one word; "</S>" is lowered first and then is a special
// token; every part is encoded behind the text "<unk>", whose tokens are then
// dropped, but whose score stays in the float32 sums that decide between equal
// ways to split.
//
// transformers 5.23 gives other ids in three cases. It lowers a text as a whole,
// so that a final capital sigma becomes "ς" and not "σ". It splits at special
// tokens before it lowers, so that "</S>" and "<UNK>" are text. And it leaves
// the dummy prefix of SentencePiece on, which changes the float32 sums, and so
// can split a repetition, such as "999", elsewhere.
//
// A [Tokenizer] lowers texts and has "</s>", which pads too, and "<unk>", as in
// every SigLIP. The export refuses checkpoints whose settings say otherwise.
//
// [BPE] is SigLIP 2's tokenizer, Gemma's byte pairs (bpe.go, bpejson.go): exactly
// the ids of transformers 4.57 on tokenizers 0.22, which follow tokenizer.json.
// transformers 5.24 does not lower texts for the class GemmaTokenizer, even if
// tokenizer.json says so.
package tokenizer
