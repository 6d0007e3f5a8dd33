// Package machine reads what a Linux host is: its processor, its memory, its
// kernel, and how busy it has been.
//
// It promises that what cannot be read is empty or zero in [Facts] and an error
// everywhere else. It reads files only; the root folder is a parameter, so that
// tests have machines of their own.
package machine
