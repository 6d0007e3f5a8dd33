// Package dataset turns what a scenario names into the prompts of a run.
//
// It reads files ([formats] by ending), folders that the Python library datasets
// saved, datasets of the Hugging Face Hub and request traces; it makes prompts
// up to declared lengths; and it has a small built-in set. Readers know rows and
// columns, [columns] knows which of them mean what, and [choose] samples.
//
// It promises the rows in file order, the same prompts for the same scenario and
// seed, and errors that say which file, which row and which columns there are.
// It does not count tokens: a length is what the dataset declares, or an
// estimate that is called one.
package dataset
