package main

import "time"

const (
	// The hours of which events are kept, and over which the usual rate is taken: a week.
	keptHours = 7 * 24
	// The hours after which a stream has a usual rate.
	leastHours = 24
	// Identifiers that are remembered, so that no event counts twice: a broker that dies calls for at most 64 events again.
	mostRecent = 128
	// Streams that are kept; of more, the one that has been silent longest is forgotten.
	mostStreams = 1000
)

// What is kept from event to event.
type rates struct {
	streams map[string]*stretch
	// The identifiers that were counted last, the latest at the end.
	recent []string
}

// The hours of one stream. An hour is a number since 1970.
type stretch struct {
	// The earliest and the latest that ever had an event.
	first, latest int64
	events        map[int64]int
	// The hour that was last told to be busy, and the event by which it was; 0 for none.
	told   int64
	toldBy string
}

// What came of an event.
type verdict struct {
	isNew, isBusy bool
	hour          time.Time
	events        int
	usual         float64
}

// Counts an event, unless it was counted before; says whether it makes its stream's hour a busy one, once for each hour.
// `when` is no later than `now`.
func (rates *rates) count(stream, ivoid string, when, now time.Time, factor float64, least int) verdict {
	hour := when.Unix() / 3600
	kept := rates.streams[stream]
	if rates.isRecent(ivoid) {
		if kept == nil || kept.toldBy != ivoid {
			return verdict{}
		}
		return kept.verdict(kept.told, factor, least)
	}
	rates.remember(ivoid)
	if kept == nil {
		if hour <= now.Unix()/3600-keptHours {
			// Of a wrong date, or from an archive: that the stream was silent since then cannot be known.
			return verdict{isNew: true}
		}
		kept = &stretch{first: hour, latest: hour, events: map[int64]int{}}
		rates.streams[stream] = kept
		rates.forgetStream(stream)
	}
	if hour <= kept.latest-keptHours {
		// Of a week that is over.
		return verdict{isNew: true}
	}
	kept.first = min(kept.first, hour)
	kept.latest = max(kept.latest, hour)
	kept.events[hour]++
	for old := range kept.events {
		if old <= kept.latest-keptHours {
			delete(kept.events, old)
		}
	}
	verdict := kept.verdict(hour, factor, least)
	verdict.isNew = true
	// What is called for late is no news, and once an hour is enough.
	verdict.isBusy = verdict.isBusy && hour == kept.latest && hour > kept.told
	if verdict.isBusy {
		kept.told, kept.toldBy = hour, ivoid
	}
	return verdict
}

// How an hour compares with those before it.
func (kept *stretch) verdict(hour int64, factor float64, least int) verdict {
	begin := max(kept.first, hour-keptHours+1)
	before := 0
	for other, events := range kept.events {
		if other >= begin && other < hour {
			before += events
		}
	}
	verdict := verdict{hour: time.Unix(hour*3600, 0), events: kept.events[hour]}
	if hours := hour - begin; hours >= leastHours {
		verdict.usual = float64(before) / float64(hours)
		verdict.isBusy = verdict.events >= least && float64(verdict.events) > factor*verdict.usual
	}
	return verdict
}

func (rates *rates) isRecent(ivoid string) bool {
	for _, recent := range rates.recent {
		if recent == ivoid {
			return true
		}
	}
	return false
}

func (rates *rates) remember(ivoid string) {
	rates.recent = append(rates.recent, ivoid)
	if more := len(rates.recent) - mostRecent; more > 0 {
		rates.recent = rates.recent[more:]
	}
}

// Forgets the stream that has been silent longest, if there are too many besides the one that has just come.
func (rates *rates) forgetStream(latest string) {
	if len(rates.streams) <= mostStreams {
		return
	}
	silent := ""
	for name, kept := range rates.streams {
		if name == latest {
			continue
		}
		// By name where they are equal, so that it is always the same.
		if other := rates.streams[silent]; other == nil || kept.latest < other.latest ||
			(kept.latest == other.latest && name < silent) {
			silent = name
		}
	}
	delete(rates.streams, silent)
}
