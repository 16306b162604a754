package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/family"
	"github.com/seed-74198975/rsclip/inference/tokenizer"
)

// treatment is what an export does with a setting of a checkpoint.
type treatment string

const (
	// followed settings change the model folder, or are refused there where they
	// cannot be.
	followed treatment = "followed"
	// checked settings must have the one meaning that can be served.
	checked treatment = "checked"
	// harmless settings change no embedding.
	harmless treatment = "harmless"
)

// setting is a key of a checkpoint's files.
type setting struct {
	file, key string // of key, a dot goes into an object
	does      treatment
	must      rule   // of a checked one
	family    string // whose it is; "" means every family's
}

// rule is what a checked setting must be.
type rule struct {
	allowed string
	// holds looks at the value, which is nil if it is null or not there.
	holds func(v any, there bool, s *subject) bool
	fix   string
}

// subject is the checkpoint that is checked.
type subject struct {
	kind      family.Family
	tokenizer family.Tokenizer
	config    *siglipConfig
	size      int // side of pictures, in pixels; 0 is any
	class     string
	backend   bool // whether transformers 5 saved the tokenizer's settings, which then say nothing of what it adds
}

// The files. imageFile stands for the settings of pictures, wherever they are.
const (
	configFile    = "config.json"
	imageFile     = "preprocessor_config.json"
	processorFile = "processor_config.json"
	tokenizerFile = "tokenizer_config.json" //nolint:gosec // The name of a file.
	tokensFile    = "special_tokens_map.json"
	addedFile     = "added_tokens.json"
	vocabFile     = "tokenizer.json"
)

const (
	asTrained  = "export the checkpoint that was trained with it, or train again without it"
	mergeFirst = "load it with transformers, and save it without"
)

var (
	isTrue     = rule{"true", func(v any, there bool, _ *subject) bool { return v == true || !there }, "the tower needs that step"}
	isOff      = rule{"false or null", func(v any, _ bool, _ *subject) bool { return v == nil || v == false }, asTrained}
	isEmpty    = rule{"null or empty", func(v any, _ bool, _ *subject) bool { return empty(v) }, asTrained}
	noCode     = rule{"null", func(v any, _ bool, _ *subject) bool { return v == nil }, "a checkpoint's own code is not run: " + mergeFirst}
	plainInput = rule{`["input_ids"]`, func(v any, there bool, _ *subject) bool {
		list, _ := v.([]any)
		return !there || len(list) > 0 && !slices.Contains(list, any("attention_mask"))
	}, "SigLIP reads no attention mask: take it out if the model was trained without"}
	isRight        = oneOf("right", nil)
	channelsFirst  = oneOf("channels_first", nil)
	channelsLast   = oneOf("channels_last", nil)
	imageProcessor = oneOf("SiglipImageProcessor", "SiglipImageProcessorFast", "SiglipImageProcessorPil", nil)
	textType       = oneOf("siglip_text_model", nil)
	visionType     = oneOf("siglip_vision_model", nil)
	sideOfTower    = rule{"the vision_config.image_size of config.json, in height and width", func(v any, there bool, s *subject) bool {
		m, _ := v.(map[string]any)
		return !there || s.size == 0 || len(m) == 2 && m["height"] == float64(s.size) && m["width"] == float64(s.size)
	}, "make both equal, or export with --image-size"}
	tokenizerClass = rule{"a class of the family's", func(v any, _ bool, s *subject) bool {
		name, _ := v.(string)
		bpe, isBPE := s.tokenizer.(*tokenizer.BPE)
		if name == "Siglip2Tokenizer" && isBPE && !bpe.Lowers() {
			return false // It would lower texts, whatever tokenizer.json says.
		}
		return v == nil && s.kind.Name == family.SigLIP || slices.Contains(s.kind.TokenizerClasses, name)
	}, "the texts of another tokenizer are not those of this vocabulary: " + asTrained}
	classInConfig = rule{"null or a class of the family's", func(v any, _ bool, s *subject) bool {
		name, _ := v.(string)
		return v == nil || slices.Contains(s.kind.TokenizerClasses, name)
	}, asTrained}
	lowers     = rule{"true", func(v any, there bool, _ *subject) bool { return v == true || !there }, asTrained}
	readLength = rule{"the text_config.max_position_embeddings of config.json", func(v any, there bool, s *subject) bool {
		n, _ := v.(float64)
		// SigLIP 2's say none, and their callers 64.
		none := s.kind.Name == family.SigLIP2 && (v == nil || n >= 1e20)
		return !there || none || n == float64(s.config.Text.Positions)
	}, "texts are padded to what the model reads: write that number"}
	addsBOS  = rule{"what post_processor of tokenizer.json does", func(v any, there bool, s *subject) bool { return s.adds(v, there, "bos_token") }, mergeFirst}
	addsEOS  = rule{"what post_processor of tokenizer.json does", func(v any, there bool, s *subject) bool { return s.adds(v, there, "eos_token") }, mergeFirst}
	ownToken = rule{"null", func(v any, _ bool, s *subject) bool {
		_, known := s.token(v)
		return v == nil || known
	}, "the vocabulary does not find it in texts: " + asTrained}
	ownTokens = rule{"tokens of the vocabulary", func(v any, _ bool, s *subject) bool { return s.ownAll(v) }, "the vocabulary does not find them in texts: " + asTrained}
	decoder   = rule{"tokens of the vocabulary, with their ids", func(v any, _ bool, s *subject) bool { return s.decodes(v) }, "the vocabulary does not find others in texts: " + asTrained}
	addedID   = rule{"null or tokens of the vocabulary, with their ids", func(v any, _ bool, s *subject) bool { return s.added(v) }, "the vocabulary does not find others in texts: " + asTrained}
)

// oneOf allows some values; if nil is one, a key that is not there, too.
func oneOf(values ...any) rule {
	var names []string
	for _, v := range values {
		if v != nil {
			names = append(names, fmt.Sprint(v))
		}
	}
	return rule{strings.Join(names, ", "), func(v any, _ bool, _ *subject) bool { return slices.Contains(values, v) }, asTrained}
}

// theToken is the rule for one special token of the family's.
func theToken(key string) rule {
	return rule{"the family's", func(v any, there bool, s *subject) bool {
		want, has := s.kind.Tokens[key]
		if !there || !has && v == nil {
			return true
		}
		name, known := s.token(v)
		return has && name == want && known
	}, asTrained}
}

// rows makes settings of many keys of one file.
func rows(file, family string, does treatment, must rule, keys string) []setting {
	var out []setting
	for key := range strings.FieldsSeq(keys) {
		out = append(out, setting{file, key, does, must, family})
	}
	return out
}

// generic are keys that every configuration of transformers may have, and no
// SigLIP tower reads.
const generic = `_attn_implementation _attn_implementation_autoset _attn_implementation_internal _commit_hash _name_or_path _output_attentions
	add_cross_attention architectures attention_dropout attn_implementation bad_words_ids begin_suppress_tokens bos_token_id
	chunk_size_feed_forward cross_attention_hidden_size decoder_start_token_id diversity_penalty do_sample dropout dtype early_stopping
	encoder_no_repeat_ngram_size eos_token_id exponential_decay_length_penalty finetuning_task forced_bos_token_id forced_eos_token_id
	id2label initializer_factor initializer_range is_decoder is_encoder_decoder label2id length_penalty max_length min_length name_or_path
	no_repeat_ngram_size num_beam_groups num_beams num_labels num_return_sequences output_attentions output_hidden_states output_scores
	pad_token_id prefix problem_type remove_invalid_values repetition_penalty return_dict return_dict_in_generate sep_token_id
	suppress_tokens task_specific_params temperature tf_legacy_loss tie_encoder_decoder tie_word_embeddings top_k top_p torch_dtype
	torchscript transformers_version typical_p use_bfloat16 use_cache`

// in puts a section before keys.
func in(section, keys string) string {
	return section + "." + strings.Join(strings.Fields(keys), " "+section+".")
}

const (
	towerKeys   = "hidden_size intermediate_size num_hidden_layers num_attention_heads layer_norm_eps hidden_act"
	specialKeys = "bos_token eos_token pad_token unk_token"
)

// settings are all that a checkpoint's files are known to say. A key that is not
// here is warned of.
var settings = slices.Concat(
	rows(configFile, "", followed, rule{}, "model_type text_config vision_config"),
	rows(configFile, "", followed, rule{}, in("text_config", towerKeys+" vocab_size max_position_embeddings projection_size")),
	rows(configFile, "", followed, rule{}, in("vision_config", towerKeys+" image_size patch_size num_channels vision_use_head")),
	rows(configFile, "", checked, textType, "text_config.model_type"),
	rows(configFile, "", checked, visionType, "vision_config.model_type"),
	rows(configFile, "", checked, isEmpty, "pruned_heads text_config.pruned_heads vision_config.pruned_heads quantization_config text_config.quantization_config vision_config.quantization_config"),
	rows(configFile, "", checked, noCode, "auto_map text_config.auto_map vision_config.auto_map"),
	rows(configFile, "", checked, classInConfig, "tokenizer_class"),
	rows(configFile, "", harmless, rule{}, generic+" logit_scale_init_value projection_dim text_config_dict vision_config_dict"),
	rows(configFile, "", harmless, rule{}, in("text_config", generic+" tokenizer_class")),
	rows(configFile, "", harmless, rule{}, in("vision_config", generic+" tokenizer_class")),

	rows(processorFile, "", followed, rule{}, "image_processor"),
	rows(processorFile, "", checked, noCode, "auto_map"),
	rows(processorFile, "", harmless, rule{}, "processor_class chat_template"),

	rows(imageFile, "", followed, rule{}, "resample rescale_factor image_mean image_std"),
	rows(imageFile, "", checked, isTrue, "do_resize do_rescale do_normalize"),
	rows(imageFile, "", checked, sideOfTower, "size"),
	rows(imageFile, "", checked, imageProcessor, "image_processor_type feature_extractor_type"),
	rows(imageFile, "", checked, isOff, "do_center_crop do_pad do_thumbnail do_align_long_axis do_reduce_labels do_crop_margin do_image_splitting do_pan_and_scan do_flip_channel_order"),
	rows(imageFile, "", checked, channelsFirst, "data_format"),
	rows(imageFile, "", checked, channelsLast, "input_data_format"),
	rows(imageFile, "", checked, noCode, "auto_map"),
	rows(imageFile, "", harmless, rule{}, "do_convert_rgb processor_class crop_size pad_size default_to_square return_tensors device disable_grouping image_seq_length _valid_processor_keys"),

	rows(tokenizerFile, "", checked, tokenizerClass, "tokenizer_class"),
	rows(tokenizerFile, family.SigLIP, checked, lowers, "do_lower_case"),
	rows(tokenizerFile, family.SigLIP, checked, isEmpty, "sp_model_kwargs"),
	rows(tokenizerFile, family.SigLIP, checked, isRight, "padding_side"),
	rows(tokenizerFile, family.SigLIP, harmless, rule{}, "add_bos_token add_eos_token"),
	// tokenizer.json alone says what Gemma's tokenizer normalizes.
	rows(tokenizerFile, family.SigLIP2, harmless, rule{}, "do_lower_case sp_model_kwargs use_default_system_prompt"),
	rows(tokenizerFile, family.SigLIP2, followed, rule{}, "padding_side"),
	rows(tokenizerFile, family.SigLIP2, checked, addsBOS, "add_bos_token"),
	rows(tokenizerFile, family.SigLIP2, checked, addsEOS, "add_eos_token"),
	rows(tokenizerFile, "", checked, readLength, "model_max_length"),
	rows(tokenizerFile, "", checked, isRight, "truncation_side"),
	rows(tokenizerFile, "", checked, isOff, "split_special_tokens add_prefix_space from_slow"),
	rows(tokenizerFile, "", checked, plainInput, "model_input_names"),
	rows(tokenizerFile, "", checked, noCode, "auto_map"),
	rows(tokenizerFile, "", checked, ownTokens, "additional_special_tokens extra_special_tokens"),
	rows(tokenizerFile, "", checked, decoder, "added_tokens_decoder"),
	rows(tokenizerFile, "", harmless, rule{}, `backend chat_template clean_up_tokenization_spaces is_local legacy local_files_only max_length name_or_path
		pad_to_multiple_of pad_token_type_id processor_class spaces_between_special_tokens special_tokens_map_file stride tokenizer_file
		truncation_strategy trust_remote_code use_fast`),
	specialTokens(tokenizerFile),

	specialTokens(tokensFile),
	rows(tokensFile, "", checked, ownTokens, "additional_special_tokens"),
	rows(addedFile, "", checked, addedID, "*"),

	rows(vocabFile, "", followed, rule{}, "added_tokens normalizer model model.type model.vocab"),
	rows(vocabFile, "", followed, rule{}, "model.byte_fallback"),
	rows(vocabFile, family.SigLIP, followed, rule{}, "model.unk_id"),
	// The steps around the pieces are SiglipTokenizer's.
	rows(vocabFile, family.SigLIP, harmless, rule{}, "pre_tokenizer post_processor"),
	rows(vocabFile, family.SigLIP2, followed, rule{}, `pre_tokenizer post_processor model.merges model.unk_token model.fuse_unk model.dropout
		model.continuing_subword_prefix model.end_of_word_suffix model.ignore_merges`),
	// Callers set what is cut off and padded, and ids are never turned into texts.
	rows(vocabFile, "", harmless, rule{}, "version truncation padding decoder"),
)

// specialTokens are the rows of a file that names special tokens.
func specialTokens(file string) []setting {
	var out []setting
	for key := range strings.FieldsSeq(specialKeys) {
		out = append(out, setting{file, key, checked, theToken(key), ""})
	}
	return append(out, rows(file, "", checked, ownToken, "sep_token cls_token mask_token")...)
}

// check walks over a document, as the file that it stands for: a setting that
// cannot be served is an error, of one that is not known warn is told.
func (s *subject) check(d *document, as string, warn func(string)) error {
	if d == nil {
		d = &document{name: as}
	}
	var refused []error
	seen := map[string]bool{}
	for _, row := range settings {
		if row.file != as || row.family != "" && row.family != s.kind.Name {
			continue
		}
		seen[row.key] = true
		if row.does != checked {
			continue
		}
		value, there := d.lookup(row.key)
		if !row.must.holds(value, there, s) {
			refused = append(refused, fmt.Errorf("reading %s: %w", d.name, config.FieldError{Field: row.key, Value: shown(value, there), Allowed: row.must.allowed, Fix: row.must.fix}))
		}
	}
	for _, key := range d.paths(seen) {
		if !seen[key] && !seen["*"] {
			warn(fmt.Sprintf("warning: %s: %.80q is no setting that this rsclip knows: it is not read, and the numbers differ from transformers' if it matters", d.name, key))
		}
	}
	return errors.Join(refused...)
}

// shown is a value as an error shows it, not longer than a line.
func shown(v any, there bool) string {
	if !there {
		return "not there"
	}
	text, err := json.Marshal(v)
	if err != nil || len(text) > 120 {
		return fmt.Sprintf("%.100s...", text)
	}
	if name, ok := v.(string); ok {
		return name
	}
	return string(text)
}

// lookup returns what lies under a path of keys; "*" is all.
func (d *document) lookup(path string) (value any, there bool) {
	if path == "*" {
		return any(d.values), d.values != nil
	}
	object := d.values
	section, key, nested := strings.Cut(path, ".")
	if nested {
		object, _ = object[section].(map[string]any)
	} else {
		key = section
	}
	value, there = object[key]
	return value, there
}

// paths are the keys of a document, and of its sections that known has keys of.
func (d *document) paths(known map[string]bool) []string {
	sections := map[string]bool{}
	for key := range known {
		if section, _, nested := strings.Cut(key, "."); nested {
			sections[section] = true
		}
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(d.values)) {
		out = append(out, key)
		object, _ := d.values[key].(map[string]any)
		for _, inner := range slices.Sorted(maps.Keys(object)) {
			if sections[key] {
				out = append(out, key+"."+inner)
			}
		}
	}
	return out
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// token returns the text of a special token, which may have settings of its own,
// and whether the vocabulary treats it so.
func (s *subject) token(v any) (name string, known bool) {
	name, plain := v.(string)
	if plain {
		_, known = s.tokenizer.Special()[name]
		return name, known
	}
	object, _ := v.(map[string]any)
	name, _ = object["content"].(string)
	special, known := s.tokenizer.Special()[name]
	return name, known && sameToken(object, special)
}

// sameToken reports whether a token's settings are those that it has here.
func sameToken(object map[string]any, special tokenizer.Special) bool {
	for key, want := range map[string]bool{"single_word": false, "lstrip": special.Strips, "rstrip": special.Strips} {
		if v, there := object[key]; there && v != want {
			return false
		}
	}
	return true
}

// ownAll reports whether all of a list's tokens, or of an object's values, are the
// vocabulary's.
func (s *subject) ownAll(v any) bool {
	if v == nil {
		return true
	}
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	for _, one := range object {
		list = append(list, one)
	}
	for _, one := range list {
		if _, known := s.token(one); !known {
			return false
		}
	}
	return isList || isObject
}

// decodes reports whether an added_tokens_decoder has tokens of the vocabulary only.
func (s *subject) decodes(v any) bool {
	if v == nil {
		return true
	}
	object, isObject := v.(map[string]any)
	for id, token := range object {
		name, known := s.token(token)
		n, err := strconv.ParseInt(id, 10, 64)
		if !known || err != nil || s.tokenizer.Special()[name].ID != n {
			return false
		}
	}
	return isObject
}

// added reports whether an added_tokens.json has tokens of the vocabulary only.
func (s *subject) added(v any) bool {
	object, _ := v.(map[string]any)
	for name, id := range object {
		special, known := s.tokenizer.Special()[name]
		if n, isNumber := id.(float64); !known || !isNumber || float64(special.ID) != n {
			return false
		}
	}
	return true
}

// adds reports whether a tokenizer adds a special token to every text as its
// settings say. Gemma's classes follow them, and add bos_token if they are silent.
func (s *subject) adds(v any, there bool, key string) bool {
	bpe, isBPE := s.tokenizer.(*tokenizer.BPE)
	if !isBPE || !strings.HasPrefix(s.class, "Gemma") || s.backend && !there {
		return true
	}
	before, after := bpe.Around()
	adds, want := after, s.kind.Tokens[key]
	if key == "bos_token" {
		adds = before
		if !there {
			v = true
		}
	}
	if v == true {
		return slices.Equal(adds, []string{want})
	}
	return (v == nil || v == false) && len(adds) == 0
}
