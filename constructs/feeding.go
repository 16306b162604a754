package constructs

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
)

// card is a kind of GPU, and its peak for fp16 products, in 10^12 operations a
// second, summed in fp32 and without sparsity.
type card struct {
	name      string
	teraflops float64
}

// cards are those that are known by the node label nvidia.com/gpu.product, such as
// NVIDIA-H100-80GB-HBM3. A label is of the first whose words it has.
// Source: NVIDIA's data sheets.
var cards = []card{
	{"T4", 65},
	{"V100", 112},
	{"A10", 125},
	{"A10G", 70},
	{"A30", 165},
	{"A40", 150},
	{"A100", 312},
	{"L4", 121},
	{"L40", 181},
	{"L40S", 362},
	{"H100 PCIe", 756},
	{"H100 NVL", 835},
	{"H100", 989},
	{"H200 NVL", 835},
	{"H200", 989},
	{"GH200", 989},
	{"B200", 2250},
}

const (
	// teraflopsAPicture is the work of the large shape's vision tower: 24 layers of
	// width 1024 over 256 patches.
	teraflopsAPicture = 0.1626
	// partOfPeak is the part of a card's peak that the tower is taken to reach.
	partOfPeak = 0.5
	// coreSecondsAPicture is what a JPEG file costs before it is at the GPU.
	// Source: docs/gpu.md.
	coreSecondsAPicture = 0.0033
)

// pictures is how many pictures a second a card embeds, by calculation.
func (c card) pictures() float64 { return partOfPeak * c.teraflops / teraflopsAPicture }

// cores is how many prepare as many pictures as a card embeds, up to the next even
// number, since nodes have cores in pairs.
func (c card) cores() int { return 2 * int(math.Ceil(c.pictures()*coreSecondsAPicture/2)) }

// is says whether a node label names the card.
func (c card) is(label string) bool {
	words := strings.Split(strings.ToUpper(label), "-")
	for word := range strings.FieldsSeq(strings.ToUpper(c.name)) {
		if !slices.Contains(words, word) {
			return false
		}
	}
	return true
}

// cores is how many feed the largest of the cards of which a pod gets one; 0 if
// none is known, or if a pod gets a part of a card.
func (g GPU) cores() (most int) {
	if g.ResourceName != wholeGPU {
		return 0
	}
	for _, label := range g.Products {
		if strings.Contains(label, "-MIG-") || strings.HasSuffix(label, "-SHARED") {
			continue
		}
		if i := slices.IndexFunc(cards, func(c card) bool { return c.is(label) }); i >= 0 {
			most = max(most, cards[i].cores())
		}
	}
	return most
}

// feed gives a pod the cores that its card needs, where they are more than the
// default, unless the values say how many.
func (p *RsclipModelServiceProps) feed() {
	cores := p.GPU.cores()
	if p.Model.Device == config.CPU || p.Resources.Requests.CPU != "" || p.Resources.Limits.CPU != "" || cores == 0 {
		return
	}
	p.Resources.Requests.CPU = strconv.Itoa(cores)
	if workers := config.DefaultApp().Server.Workers; cores > workers {
		setDefault(&p.App.Server.Workers, cores)
		if !p.Resources.NoCPULimit {
			p.Resources.Limits.CPU = strconv.Itoa(cores)
		}
	}
}
