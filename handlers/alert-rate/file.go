package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// The file and its first line. Each line after that is a word and what belongs to it:
//
//	recent IVOID
//	stream FIRST LATEST STREAM      and then of that stream:
//	told HOUR IVOID
//	hour HOUR EVENTS
const (
	name  = "rates.txt"
	title = "alert-rate 1"
)

var errStrange = errors.New("it is not as this handler writes it")

// Reads what is kept. A file that cannot be understood is laid aside, and counting begins anew.
func load(folder string) (*rates, error) {
	empty := &rates{streams: map[string]*stretch{}}
	path := filepath.Join(folder, name)
	text, err := os.ReadFile(path)
	if err != nil {
		if _, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("there is no folder %s: grant one, with guest = %q and writable = true", folder, folder)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return empty, nil
		}
		return nil, err
	}
	kept, err := parse(string(text))
	if err == nil {
		return kept, nil
	}
	aside := path + ".unreadable"
	if err := os.Rename(path, aside); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "%s cannot be understood: it is %s now, and counting begins anew\n", path, aside)
	return empty, nil
}

// Writes it whole or not at all: aside first, to the disk, and then under its name.
func (rates *rates) save(folder string) error {
	path := filepath.Join(folder, name)
	aside, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	_, err = aside.WriteString(rates.text())
	if err = errors.Join(err, aside.Sync(), aside.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (rates *rates) text() string {
	var text strings.Builder
	fmt.Fprintln(&text, title)
	for _, ivoid := range rates.recent {
		fmt.Fprintln(&text, "recent", ivoid)
	}
	names := make([]string, 0, len(rates.streams))
	for name := range rates.streams {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		kept := rates.streams[name]
		fmt.Fprintln(&text, "stream", kept.first, kept.latest, name)
		if kept.told != 0 {
			fmt.Fprintln(&text, "told", kept.told, kept.toldBy)
		}
		for hour := kept.latest - keptHours + 1; hour <= kept.latest; hour++ {
			if events := kept.events[hour]; events > 0 {
				fmt.Fprintln(&text, "hour", hour, events)
			}
		}
	}
	return text.String()
}

func parse(text string) (*rates, error) {
	lines := strings.Split(text, "\n")
	if lines[0] != title || lines[len(lines)-1] != "" {
		return nil, errStrange
	}
	rates := &rates{streams: map[string]*stretch{}}
	var kept *stretch
	for _, line := range lines[1 : len(lines)-1] {
		word, rest, _ := strings.Cut(line, " ")
		var first, second int64
		var err error
		switch {
		case word == "recent":
			rates.recent = append(rates.recent, rest)
		case word == "stream":
			kept = &stretch{events: map[int64]int{}}
			if kept.first, rest, err = number(rest); err == nil {
				kept.latest, rest, err = number(rest)
			}
			rates.streams[rest] = kept
		case word == "told" && kept != nil:
			kept.told, kept.toldBy, err = number(rest)
		case word == "hour" && kept != nil:
			if first, rest, err = number(rest); err == nil {
				second, _, err = number(rest)
			}
			kept.events[first] = int(second)
		default:
			err = errStrange
		}
		if err != nil {
			return nil, err
		}
	}
	return rates, nil
}

// The number with which a text begins, and what follows it.
func number(text string) (int64, string, error) {
	digits, rest, _ := strings.Cut(text, " ")
	number, err := strconv.ParseInt(digits, 10, 64)
	return number, rest, err
}
