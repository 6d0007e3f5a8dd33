package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

// DeadLetters lists what could not be handled, a line each.
func DeadLetters(w io.Writer, letters []bus.DeadLetter) error {
	if len(letters) == 0 {
		_, err := fmt.Fprintln(w, "there are no dead letters")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "letter\tat\trun\tfrom\tsubject\tattempts\tbytes\treason")
	for _, l := range letters {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s/%d\t%s\t%d\t%s\t%s\n", l.Position, l.At.UTC().Format(time.RFC3339), orMissing(string(l.Run)),
			l.Stream, l.Seq, orMissing(tail(l.Subject)), l.Attempts, size(l), firstLine(l.Reason))
	}
	return t.Flush()
}

// tail is a subject without its run, which has a column of its own.
func tail(subject string) string {
	parts := strings.Split(subject, ".")
	if len(parts) > 4 && parts[0] == "aeb" && parts[2] == "run" {
		return strings.Join(parts[4:], ".")
	}
	return subject
}

func orMissing(text string) string {
	if text == "" {
		return missing
	}
	return text
}

func size(l bus.DeadLetter) string {
	if l.Data == nil {
		return missing
	}
	return count(int64(len(l.Data)))
}

func firstLine(text string) string {
	const longest = 100
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest-1]) + "…"
	}
	return text
}

// DeadLetter prints all that is known of one, the payload last: JSON indented,
// other text as it is, anything else in hexadecimal.
func DeadLetter(w io.Writer, l bus.DeadLetter) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "letter\t%d\n", l.Position)
	fmt.Fprintf(t, "at\t%s\n", l.At.UTC().Format(time.RFC3339Nano))
	fmt.Fprintf(t, "run\t%s\n", orMissing(string(l.Run)))
	fmt.Fprintf(t, "from\tmessage %d of %s\n", l.Seq, l.Stream)
	fmt.Fprintf(t, "subject\t%s\n", orMissing(l.Subject))
	fmt.Fprintf(t, "reason\t%s\n", l.Reason)
	if l.Attempts == 0 {
		fmt.Fprintf(t, "attempts\tnone: a reader of the stored stream found it\n")
	} else {
		fmt.Fprintf(t, "attempts\t%d\n", l.Attempts)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Header)) {
		fmt.Fprintf(t, "header\t%s: %s\n", name, printable(strings.Join(l.Header[name], ", ")))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", payload(l.Data))
	return err
}

func payload(data []byte) string {
	var indented bytes.Buffer
	switch {
	case data == nil:
		return "the message has aged out of its stream"
	case json.Indent(&indented, data, "", "  ") == nil:
		return printable(indented.String())
	case utf8.Valid(data):
		return printable(string(data))
	}
	return fmt.Sprintf("% x", data)
}

// printable keeps a payload from speaking to the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
