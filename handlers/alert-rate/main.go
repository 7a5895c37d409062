// Counts the events of each stream by the hour, and says when a stream is much busier than usual.
//
// The packet comes on standard input, and what is printed becomes the handler's log. What it counts stands in one file in a
// granted folder. An event counts in the hour in which its author made it, so that one which is called for late, after a
// pause or a restart, counts where it belongs.
//
// Exit status: 0 the event is handled, 75 the folder cannot be used now, 1 the packet or a setting cannot be read.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

const (
	tryLater = 75
	failed   = 1
	// The largest packet that is read.
	mostBytes = 4 << 20
)

// What the environment says; see alert-rate.toml.
type settings struct {
	folder string
	factor float64
	least  int
}

func main() {
	if err := handle(os.Stdin, time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		var later notNow
		if errors.As(err, &later) {
			os.Exit(tryLater)
		}
		os.Exit(failed)
	}
}

// An error that may be gone later.
type notNow struct{ error }

func handle(packet io.Reader, now time.Time) error {
	settings, err := readSettings()
	if err != nil {
		return err
	}
	event, err := readEvent(io.LimitReader(packet, mostBytes))
	if err != nil {
		return fmt.Errorf("the packet cannot be read: %w", err)
	}
	rates, err := load(settings.folder)
	if err != nil {
		return notNow{err}
	}
	when := now
	// An author's clock may be wrong, and is believed up to this one.
	if !event.made.IsZero() && event.made.Before(now) {
		when = event.made
	}
	verdict := rates.count(event.stream, event.ivoid, when, now, settings.factor, settings.least)
	if verdict.isNew {
		if err := rates.save(settings.folder); err != nil {
			return notNow{err}
		}
	}
	// After it is safe on the disk: a call that is made again says it again, and counts nothing twice.
	if verdict.isBusy {
		fmt.Printf("%s is busy: %d events since %s, usually %.2f an hour\n", event.stream, verdict.events,
			verdict.hour.UTC().Format("2006-01-02T15:04"), verdict.usual)
	}
	return nil
}

func readSettings() (settings, error) {
	settings := settings{folder: "/rates", factor: 5, least: 10}
	if text, isSet := os.LookupEnv("FOLDER"); isSet {
		settings.folder = text
	}
	if text, isSet := os.LookupEnv("FACTOR"); isSet {
		factor, err := strconv.ParseFloat(text, 64)
		if err != nil || !(factor >= 1 && factor <= 1e6) {
			return settings, fmt.Errorf("FACTOR is %q, and must be a number from 1 on, such as 5", text)
		}
		settings.factor = factor
	}
	if text, isSet := os.LookupEnv("LEAST"); isSet {
		least, err := strconv.Atoi(text)
		if err != nil || least < 1 {
			return settings, fmt.Errorf("LEAST is %q, and must be a whole number from 1 on, such as 10", text)
		}
		settings.least = least
	}
	return settings, nil
}
