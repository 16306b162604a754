package main

import "math"

// Traffic is what reaches a service.
type Traffic struct {
	Name    string
	Seconds float64                 // that it lasts
	Most    float64                 // that Rate returns
	Rate    func(t float64) float64 // requests a second, at seconds since the beginning
	// Arrivals are the seconds, in order, at which requests come where they do not
	// come at random.
	Arrivals []float64
}

// steady is one rate all the time.
func steady(rate, seconds float64) Traffic {
	return Traffic{Name: "steady", Seconds: seconds, Most: rate, Rate: func(float64) float64 { return rate }}
}

const day = 24 * 3600.0

// step is a tenth of the peak, the peak from minute 10 to 40, and a tenth again.
func step(peak float64) Traffic {
	return Traffic{Name: "step", Seconds: 3600, Most: peak, Rate: func(t float64) float64 {
		if t >= 600 && t < 2400 {
			return peak
		}
		return peak / 10
	}}
}

// spike is a fifth of the peak, but for three minutes of it.
func spike(peak float64) Traffic {
	return Traffic{Name: "spike", Seconds: 1800, Most: peak, Rate: func(t float64) float64 {
		if t >= 600 && t < 780 {
			return peak
		}
		return peak / 5
	}}
}

// daily goes from a tenth of the peak at night to the peak and back, a cosine.
func daily(peak float64) Traffic { return cosine("day", peak, day) }

const waveSeconds = 2 * 3600.0

// wave is a day of two hours.
func wave(peak float64) Traffic { return cosine("wave", peak, waveSeconds) }

func cosine(name string, peak, seconds float64) Traffic {
	return Traffic{Name: name, Seconds: seconds, Most: peak, Rate: func(t float64) float64 {
		return peak * (0.55 - 0.45*math.Cos(2*math.Pi*t/seconds))
	}}
}
