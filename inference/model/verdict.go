package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// ErrNotFinite reports that a tower has computed an embedding with a NaN or an
// infinite number. The fault is the weights', their precision's or the device's.
var ErrNotFinite = errors.New("not finite")

// verdict is what the runs of a tower say of its device.
type verdict struct {
	mu       sync.Mutex
	computed time.Time   // when the last run that went well ended
	lost     error       // why the last run, and the probe behind it, failed
	changed  func(error) // is told of lost when it begins and ends
}

// is records that a run went well, or that a probe failed.
func (v *verdict) is(lost error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if lost == nil {
		v.computed = time.Now()
	}
	change := (lost == nil) != (v.lost == nil)
	v.lost = lost
	if change && v.changed != nil {
		v.changed(lost)
	}
}

// asks says whether a probe is due.
func (v *verdict) asks(recent time.Duration) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost != nil || time.Since(v.computed) > recent
}

// runAndJudge is run, and what it says of the device. A run that fails may be its
// items' fault, and they are a stranger's: the next run, at once and of one item
// that is known to be good, tells. Those who wait for this run wait for that one,
// so that nobody learns of the failure before the verdict is known.
func (t *tower[T]) runAndJudge(ctx context.Context, in [][]T, out [][]float32) error {
	err := t.run(ctx, in, out)
	if err == nil && !slices.ContainsFunc(out, func(v []float32) bool { return v == nil }) {
		t.verdict.is(nil)
		return nil
	}
	if ctx.Err() == nil {
		probe := warmUp(ctx, t, 1)
		if probe == nil || ctx.Err() == nil { // What is called off says nothing.
			t.verdict.is(probe)
		}
	}
	return err
}

// notFinite is the error of an item for which a run returned no embedding.
func notFinite(t Tower, v []float32, err error) error {
	if err == nil && v == nil {
		return fmt.Errorf("the %s tower's embedding is %w: the weights, their precision or the device are at fault, which `rsclip check` looks into", t, ErrNotFinite)
	}
	return err
}

// verdicts are the towers'.
func (m *Model) verdicts() map[Tower]*verdict {
	return map[Tower]*verdict{Text: &m.textTower.verdict, Vision: &m.imageTower.verdict}
}

// Lost says why a tower does not compute: its last run failed, and so did the
// probe that followed it. It is nil again after a run that goes well.
func (m *Model) Lost(t Tower) error {
	v := m.verdicts()[t]
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lost
}

// OnChange has a function told when a tower is lost, with the reason, and when it
// computes again, with nil. It is called in the tower's turn, and must not wait.
func (m *Model) OnChange(tell func(Tower, error)) {
	for t, v := range m.verdicts() {
		v.mu.Lock()
		v.changed = func(lost error) { tell(t, lost) }
		v.mu.Unlock()
	}
}

// Probe runs each tower on one item, behind what waits for it, if it is lost or
// its last run that went well is longer ago than recent. [Model.Lost] then knows
// the verdict; the error says that a tower did not come to run.
func (m *Model) Probe(ctx context.Context, recent time.Duration) error {
	var text, image error
	var both sync.WaitGroup // A tower that hangs must not keep the other from its probe.
	if m.textTower.verdict.asks(recent) {
		both.Go(func() { _, text = m.EmbedText(ctx, "") })
	}
	if m.imageTower.verdict.asks(recent) {
		both.Go(func() { _, image = m.EmbedPixels(ctx, m.imageTower.sample) })
	}
	both.Wait()
	return errors.Join(text, image)
}
