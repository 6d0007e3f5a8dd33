// Package figure writes numbers for people: four significant digits, thousands
// apart, and a dash where there is no figure, so that it never looks like zero.
//
// It is not for files that are read by machine: those have every digit.
package figure
