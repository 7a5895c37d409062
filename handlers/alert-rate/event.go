package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// The longest identifier that is read.
const longestIvoid = 1024

// What is wanted of a packet.
type event struct {
	ivoid, stream string
	// When its author made it; zero if it does not say, or not so that it can be read.
	made time.Time
}

// Reads the identifier and Who/Date, and no further than that.
func readEvent(packet io.Reader) (event, error) {
	var event event
	decoder := xml.NewDecoder(packet)
	decoder.CharsetReader = charset
	var path []string
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF) && event.ivoid != "":
			return event, nil
		case err != nil:
			return event, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			path = append(path, token.Name.Local)
			if len(path) == 1 {
				if event.ivoid, err = ivoid(token); err != nil {
					return event, err
				}
				event.stream = stream(event.ivoid)
			}
		case xml.EndElement:
			if len(path) == 2 && path[1] == "Who" {
				return event, nil
			}
			path = path[:len(path)-1]
		case xml.CharData:
			if len(path) == 3 && path[1] == "Who" && path[2] == "Date" {
				event.made = date(strings.TrimSpace(string(token)))
			}
		}
	}
}

func ivoid(root xml.StartElement) (string, error) {
	for _, attribute := range root.Attr {
		if attribute.Name.Local != "ivorn" || attribute.Name.Space != "" {
			continue
		}
		ivoid := strings.TrimSpace(attribute.Value)
		switch {
		case ivoid == "":
		case len(ivoid) > longestIvoid:
			return "", errors.New("its identifier is too long")
		case strings.ContainsFunc(ivoid, unicode.IsControl):
			return "", errors.New("its identifier has several lines")
		default:
			return ivoid, nil
		}
	}
	return "", errors.New("it has no identifier")
}

// The identifier without its local part.
func stream(ivoid string) string {
	stream, _, _ := strings.Cut(ivoid, "#")
	return stream
}

// A time as VOEvent has it, which is UTC, or as ISO 8601 has it with a zone.
func date(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02"} {
		if when, err := time.Parse(layout, text); err == nil {
			return when
		}
	}
	return time.Time{}
}

// Packets are in UTF-8 or in a part of it, but for a few.
func charset(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "us-ascii", "ascii":
		return input, nil
	case "iso-8859-1", "latin1":
		return latin1{input}, nil
	}
	return nil, fmt.Errorf("it is in %q, which is not read", label)
}

// Makes UTF-8 of ISO 8859-1, whose bytes are the first of its characters.
type latin1 struct{ from io.Reader }

func (input latin1) Read(into []byte) (int, error) {
	half := make([]byte, (len(into)+1)/2)
	if len(into) < 2 {
		return 0, io.ErrShortBuffer
	}
	read, err := input.from.Read(half[:len(into)/2])
	text := into[:0]
	for _, byte := range half[:read] {
		text = append(text, string(rune(byte))...)
	}
	return len(text), err
}
