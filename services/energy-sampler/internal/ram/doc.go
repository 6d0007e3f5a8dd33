// Package ram models the power of a host's memory by the number of its modules,
// since hardly any host measures it.
//
// It promises a constant that follows from the installed memory by published
// rules, marked as modelled wherever it appears. It does not follow the load:
// the model has no term for it.
package ram
