// Package structure holds the tests that keep the tree what the README's map
// says it is: who may import whom, that every package says what it is for, and
// that a file stays one idea. It has no code of its own.
package structure
