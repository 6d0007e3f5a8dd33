package membus

import "strings"

func matchesAny(filters []string, subject string) bool {
	for _, f := range filters {
		if matches(f, subject) {
			return true
		}
	}
	return len(filters) == 0
}

// matches applies a subject filter: * is one token, > at the end one or more.
func matches(filter, subject string) bool {
	for {
		f, filterRest, moreFilter := strings.Cut(filter, ".")
		s, subjectRest, moreSubject := strings.Cut(subject, ".")
		switch {
		case f == ">":
			return true
		case f != "*" && f != s:
			return false
		case !moreFilter || !moreSubject:
			return moreFilter == moreSubject
		}
		filter, subject = filterRest, subjectRest
	}
}
